// One writer: a message goes by the socket or by REST, never by both at once, and the order is that of sending, whatever the
// paths do meanwhile. The gateway's own records say what came by which path, and when.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { contents, numbered, openGuest, tally } from "./lib/guest.mjs";

const LIMIT = { timeout: 120_000 };
/** A socket that comes back soon once it may. */
const QUICK = { backoff: { base: 100, cap: 200 }, maxOpens: 1_000 };
/** Nothing is given up while a test holds it, however slow the machine. */
const PATIENT = { restTimeout: 600_000, ackTimeout: { min: 600_000, max: 600_000 } };

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const isState = (guest, state) => eventually(`it is ${state}`, async () => (await guest.state()) === state);

const posts = async (gateway) => (await gateway.requests()).filter(({ what }) => what === "messages");

/**
 * The answer of the first message that goes by REST is held back, though the service has taken it.
 *
 * @param {(route: import("playwright-core").Route, response: import("playwright-core").APIResponse) => Promise<void>} end what
 *   becomes of it when it is let go.
 */
async function holdAnswer({ page }, end) {
  let letGo;
  const released = new Promise((resolve) => {
    letGo = resolve;
  });
  const held = { count: 0, letGo };
  await page.route("**/messages", async (route) => {
    // Where sockets fail, a client asks at the same address whether its session is still there.
    if (route.request().method() !== "POST" || held.count > 0) return route.continue();
    const response = await route.fetch();
    held.count += 1;
    await released;
    await end(route, response);
  });
  return held;
}

/** The moment, by the clock of the ledger. */
const now = async (gateway) => (await gateway.emit("v2.users.nobody.presence")).at;

async function assertInOrder(gateway, guest, texts) {
  const outcomes = await guest.outcomes();
  const ledger = await gateway.ledger();
  assert.deepEqual(contents(ledger), texts, "all, in the order of sending, each once");
  assert.deepEqual(tally(outcomes.map(({ state }) => state)), { delivered: texts.length });
  assert.deepEqual(guest.problems(), []);
  return { outcomes, ledger };
}

describe("the order of sending is the order of the ledger", { concurrency: true }, () => {
  test(
    "when the socket comes back while a request is under way: it waits for the answer",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await openGuest(t, browser, { options: { ...QUICK, ...PATIENT } });
      await guest.connect();
      const texts = numbered("message", 30);
      await guest.send(texts.slice(0, 5));
      await guest.outcomes();

      const held = await holdAnswer(guest, (route, response) => route.fulfill({ response }));
      await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
      await isState(guest, "reconnecting");
      await guest.send(texts.slice(5, 15));
      await eventually("an answer is held back", () => held.count === 1);
      await gateway.mend();
      await isState(guest, "connected");
      await guest.send(texts.slice(15));
      assert.deepEqual(
        (await guest.states()).slice(5),
        ["sending", ...Array(24).fill("queued")],
        "the request is under way, and nothing else, though the socket is ready",
      );
      const answered = await now(gateway);
      held.letGo();
      const { outcomes, ledger } = await assertInOrder(gateway, guest, texts);

      assert.deepEqual(
        outcomes.map(({ via }) => via),
        texts.map((_, index) => (index === 5 ? "rest" : "socket")),
      );
      assert.equal((await posts(gateway)).length, 1);
      assert.ok(ledger[6].at >= answered, "the socket wrote nothing before the request was answered");
      assert.deepEqual(tally(ledger.map(({ copies }) => copies)), { 1: texts.length });
    },
  );

  test(
    "when a request's answer is lost and the socket is back: the same message goes first",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await openGuest(t, browser, { options: { ...QUICK, ...PATIENT } });
      await guest.connect();
      const texts = numbered("message", 20);
      const held = await holdAnswer(guest, (route) => route.abort("connectionreset"));
      await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
      await isState(guest, "reconnecting");
      await guest.send(texts.slice(0, 10));
      await eventually("an answer is held back", () => held.count === 1);
      await gateway.mend();
      await isState(guest, "connected");
      await guest.send(texts.slice(10));
      const lost = await now(gateway);
      held.letGo();
      const { outcomes, ledger } = await assertInOrder(gateway, guest, texts);
      assert.deepEqual(tally(ledger.map(({ via, copies }) => `${via} ${copies}`)), {
        "rest 2": 1,
        "websocket 1": 19,
      });
      assert.equal(ledger[0].via, "rest");
      assert.deepEqual(
        tally(outcomes.map(({ via }) => via)),
        { socket: 20 },
        "the acknowledgement came by the socket",
      );
      assert.ok(ledger[1].at >= lost, "nothing overtook the request");
    },
  );

  test("when the socket dies with messages in flight: REST settles them first", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser, { options: { ...QUICK, ...PATIENT } });
    await guest.connect();
    const texts = numbered("message", 25);
    // Whoever cuts the link, and when: there will be no other.
    await gateway.break([
      { fault: "refuse_socket", status: 503 },
      { fault: "lose_acks", count: 5 },
    ]);
    await guest.send(texts.slice(0, 5));
    await eventually("they are taken", async () => (await gateway.ledger()).length === 5);
    await gateway.break({ fault: "reset" });
    await isState(guest, "reconnecting");
    await guest.send(texts.slice(5));
    const { outcomes, ledger } = await assertInOrder(gateway, guest, texts);
    assert.deepEqual(
      ledger.map(({ via, copies }) => `${via} ${copies}`),
      [...Array(5).fill("websocket 2"), ...Array(20).fill("rest 1")],
    );
    assert.deepEqual(tally(outcomes.map(({ via }) => via)), { rest: 25 });
    // One after another, in order, the uncertain ones first.
    assert.deepEqual(
      (await posts(gateway)).map(({ messageId }) => messageId),
      outcomes.map(({ id }) => id),
    );
  });

  test("when both paths come and go: 200 messages, each path has its share", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser, { options: QUICK });
    await gateway.break([
      { fault: "delay", ms: 15 },
      // By turns: the socket dies and stays away for some attempts, in which REST takes over.
      ...[30, 70, 110, 150].flatMap((messages) => [
        { fault: "refuse_socket", status: 503, count: 4, after: { messages } },
        { fault: "silence", ms: 60, after: { messages } },
        { fault: "refuse_rest", status: 503, retry_after: 0, count: 1, after: { messages: messages + 2 } },
        { fault: "lose_acks", via: "rest", count: 1, after: { messages: messages + 3 } },
      ]),
    ]);
    await guest.connect();
    const texts = numbered("message", 200);
    await guest.send(texts, { every: 10 });
    const { outcomes, ledger } = await assertInOrder(gateway, guest, texts);
    const via = tally(outcomes.map(({ via }) => via));
    assert.ok(via.socket > 0 && via.rest > 0, `both paths carried some: ${JSON.stringify(via)}`);
    // The client's word and the service's agree, but where a second copy brought the acknowledgement.
    for (const [index, entry] of ledger.entries()) {
      assert.equal(entry.messageId, outcomes[index].id);
      const said = { socket: "websocket", rest: "rest" }[outcomes[index].via];
      assert.ok(entry.via === said || entry.copies > 1, `${entry.content}: ${entry.via}, said to be ${said}`);
    }
  });
});
