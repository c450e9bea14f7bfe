// The default options, and everything that goes wrong in the main job: acknowledgements lost and doubled, REST refused
// when it is the only way left, a service that restarts, and a session that ends in the middle.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { contents, numbered, openGuest, tally } from "./lib/guest.mjs";

const LIMIT = { timeout: 180_000 };
/** Well below what an acknowledgement may take before its message goes again, in ms. */
const HELD_UP = 2_000;

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

/** Everything was delivered: the ledger has it once, in the order of sending, and the client says so. */
async function assertAllDelivered(gateway, guest, texts) {
  const outcomes = await guest.outcomes();
  assert.deepEqual(contents(await gateway.ledger()), texts, "all, in order, each once");
  assert.deepEqual(tally(outcomes.map(({ state }) => state)), { delivered: texts.length });
  assert.deepEqual(guest.problems(), []);
  return outcomes;
}

describe("with the default options", { concurrency: true }, () => {
  test("messages whose acknowledgements are lost go again, and stand once", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser);
    await guest.connect();
    const texts = numbered("message", 40);
    await guest.send(texts.slice(0, 10));
    await guest.outcomes();
    await gateway.break({ fault: "lose_acks", count: 10 });
    const begun = performance.now();
    await guest.send(texts.slice(10), { every: 20 });
    const sending = performance.now() - begun;
    const outcomes = await assertAllDelivered(gateway, guest, texts);
    // The ten came again, and nothing else did: the link was alive all the while.
    const ledger = await gateway.ledger();
    const again = contents(ledger.filter(({ copies }) => copies > 1));
    const ten = texts.slice(10, 20);
    assert.deepEqual(
      again.filter((text) => ten.includes(text)),
      ten,
    );
    // Where the machine held one up for as long as an acknowledgement may take, those beside it go again too.
    const prompt = outcomes.every(({ content, elapsed }) => ten.includes(content) || elapsed < HELD_UP);
    if (prompt && sending < HELD_UP) assert.deepEqual(again, ten);
    assert.equal((await gateway.connections()).opened, 1);
  });

  test("an acknowledgement that comes twice counts once", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser);
    await guest.connect();
    await gateway.break({ fault: "duplicate_acks", count: 20 });
    const texts = numbered("message", 30);
    await guest.send(texts);
    await assertAllDelivered(gateway, guest, texts);
    const { delivered, duplicates } = await eventually("the last second one has come", async () => {
      const stats = await guest.stats();
      return stats.duplicates === 20 && stats;
    });
    assert.deepEqual({ delivered, duplicates }, { delivered: 30, duplicates: 20 });
    const finals = (await guest.told("delivery")).filter(({ state }) => state === "delivered");
    assert.equal(finals.length, 30, "one final event each");
    assert.deepEqual(tally((await gateway.ledger()).map(({ copies }) => copies)), { 1: 30 });
  });

  test(
    "refused by REST with 429 and 503 while sockets are refused too, messages wait and arrive",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await openGuest(t, browser);
      await guest.connect();
      // A minute of refusals, pressed into eight of a second or two each: counted, so that none is missed.
      await gateway.break([
        { fault: "refuse_socket", status: 503 },
        { fault: "refuse_rest", status: 429, retry_after: 1, count: 4 },
        { fault: "refuse_rest", status: 503, retry_after: 1, count: 4 },
        { fault: "reset" },
      ]);
      await eventually("the link is gone", async () => (await guest.state()) === "reconnecting");
      const texts = numbered("message", 20);
      await guest.send(texts, { every: 20 });
      const outcomes = await assertAllDelivered(gateway, guest, texts);
      assert.deepEqual(tally(outcomes.map(({ via }) => via)), { rest: 20 });
      const refused = (await gateway.requests()).filter(
        ({ what, status }) => what === "messages" && status >= 400,
      );
      assert.deepEqual(
        refused.map(({ status }) => status),
        [429, 429, 429, 429, 503, 503, 503, 503],
      );
      // A paused path is not the message's fault: more refusals than a message may have failures, and it is delivered.
      assert.equal(
        new Set(refused.map(({ messageId }) => messageId)).size,
        1,
        "the first waits, none goes past it",
      );
    },
  );

  test("the service restarts in the middle, and nothing is lost", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser);
    await gateway.break([
      { fault: "delay", ms: 15 },
      { fault: "restart", ms: 500, after: { messages: 30 } },
    ]);
    await guest.connect();
    const texts = numbered("message", 60);
    await guest.send(texts, { every: 20 });
    await assertAllDelivered(gateway, guest, texts);
    const ledger = await gateway.ledger();
    assert.ok(
      ledger.some(({ copies }) => copies > 1),
      "some were in flight when it went down",
    );
    assert.equal(new Set(ledger.map(({ conversation }) => conversation)).size, 1, "the session outlived it");
  });

  test("all of it together: 300 messages, all delivered", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser);
    await gateway.break([
      { fault: "delay", ms: 15 },
      { fault: "lose_acks", via: "all", count: 20 },
      { fault: "duplicate_acks", count: 20 },
      { fault: "restart", ms: 500, after: { messages: 60 } },
      // The second death finds the door shut, so that messages must go by REST, which is refused at first.
      { fault: "silence", ms: 120, after: { messages: 120 } },
      { fault: "refuse_socket", status: 503, count: 4, after: { messages: 120 } },
      { fault: "refuse_rest", status: 429, retry_after: 1, count: 2, after: { messages: 120 } },
      { fault: "refuse_rest", status: 503, retry_after: 1, count: 2, after: { messages: 120 } },
    ]);
    await guest.connect();
    const texts = numbered("message", 300);
    await guest.send(texts, { every: 20 });
    const outcomes = await assertAllDelivered(gateway, guest, texts);
    const via = tally(outcomes.map(({ via }) => via));
    assert.ok(via.socket > 0 && via.rest > 0, `both paths carried some: ${JSON.stringify(via)}`);
  });
});

test("a session that expires in the middle costs nothing but what was in flight", LIMIT, async (t) => {
  const { gateway, guest } = await openGuest(t, browser);
  // A window of 32 goes out at once. Of it the service takes 30 and acknowledges 24; then it knows the guest no more.
  await gateway.break([
    { fault: "lose_acks", count: 6, after: { messages: 24 } },
    { fault: "expire_session", after: { messages: 30 } },
  ]);
  await guest.connect();
  const texts = numbered("message", 60);
  await guest.send(texts.slice(0, 32));
  await guest.send(texts.slice(32), { every: 20 });
  const outcomes = await guest.outcomes();
  const ledger = await gateway.ledger();

  // What was under way when the link ended, by the client's own events.
  const told = await guest.do(() => globalThis.guest.told);
  const inFlight = new Set();
  for (const event of told) {
    if (event.event === "session" && event.replaces !== null) break;
    if (event.event === "delivery" && event.state === "sending") inFlight.add(event.id);
    // Back to `queued` is uncertain; it leaves the set by a final state only.
    if (event.event === "delivery" && event.state === "delivered") inFlight.delete(event.id);
  }
  const unconfirmed = outcomes.filter(({ state }) => state === "unconfirmed");
  const delivered = outcomes.filter(({ state }) => state === "delivered");
  assert.deepEqual(
    contents(unconfirmed.slice(0, 8)),
    texts.slice(24, 32),
    "taken or not, no true answer came",
  );
  assert.equal(delivered.length + unconfirmed.length, texts.length);
  assert.deepEqual(
    unconfirmed.filter(({ id }) => !inFlight.has(id)),
    [],
    "only what was in flight may be unconfirmed",
  );
  assert.deepEqual(tally(unconfirmed.map(({ reason }) => reason)), { session_lost: unconfirmed.length });

  // Two conversations; nothing stands twice in both together, and what is delivered is there, in order.
  assert.equal(new Set(ledger.map(({ conversation }) => conversation)).size, 2);
  assert.equal(new Set(contents(ledger)).size, ledger.length, "nothing stands twice");
  const there = contents(ledger).filter((text) => delivered.some(({ content }) => content === text));
  assert.deepEqual(there, contents(delivered));
  const [, replaced] = await guest.told("session");
  assert.equal(replaced.replaces, ledger[0].conversation);
  assert.equal(replaced.id, ledger.at(-1).conversation);
  assert.deepEqual(guest.problems(), []);
});
