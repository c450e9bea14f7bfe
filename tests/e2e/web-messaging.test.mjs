// Web messaging, by its own entry, in real Chromium and in Node, on the real gateway: a service that knows no ids and tells
// nothing again. What it has of a conversation is for its ledger to say.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { contents, joinGateway, numbered, openGuest, tally } from "./lib/guest.mjs";
import { join, ownGateway } from "./lib/node-guest.mjs";

const LIMIT = { timeout: 120_000 };
const SERVICE = "web-messaging";
const TOKEN = "2b1f3a52-7d0b-4b4c-9a55-0b6c8a2f6d11";
/** Quick to come back, and to believe that what is not there will not come: the gateway is not late unless it is told to be. */
const OPTIONS = { token: TOKEN, backoff: { base: 50, cap: 200 }, maxOpens: 100, settleAfter: 500 };

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const open = (t, { flags, ...options } = {}) =>
  openGuest(t, browser, { service: SERVICE, flags, options: { ...OPTIONS, ...options } });

const isState = (guest, state) => eventually(`it is ${state}`, async () => (await guest.state()) === state);

const heard = async (guest) => (await guest.told("message")).map(({ content }) => content);

describe("in Chromium", { concurrency: true }, () => {
  test("a message is acknowledged by its own echo, and another tab hears it", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    const other = await joinGateway(t, browser, gateway, { service: SERVICE, options: OPTIONS });
    await guest.connect();
    await other.connect();
    await guest.send(["Hello"]);
    const [outcome] = await guest.outcomes();
    assert.deepEqual([outcome.state, outcome.via, outcome.attempts], ["delivered", "socket", 1]);
    const ledger = await gateway.ledger();
    assert.deepEqual(
      ledger.map(({ content, tracingId }) => [content, tracingId]),
      [["Hello", outcome.id]],
    );
    await eventually("the other tab hears it", async () => (await heard(other)).length > 0);
    const [told] = await other.told("message");
    assert.deepEqual([told.sender, told.content], ["guest", "Hello"]);
    assert.deepEqual(await heard(guest), []);
    assert.deepEqual([guest.problems(), other.problems()], [[], []]);
  });

  test(
    "what was in flight when its link died is there once, whether it had arrived or not",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await open(t);
      await guest.connect();
      // The first is taken, and its echo lost with the link.
      await gateway.break([
        { fault: "lose_acks", count: 1 },
        { fault: "reset", after: { messages: 1 } },
      ]);
      await guest.send(["taken"]);
      await guest.outcomes();
      await isState(guest, "connected");
      // The second goes into a link that is dead already, and is reset when it is there.
      await gateway.break({ fault: "silence", ms: 600_000 });
      await guest.send(["lost"]);
      await eventually("it has left", async () => (await guest.states())[1] === "sending");
      await gateway.mend();
      await guest.outcomes();
      await guest.send(["after"]);
      const outcomes = await guest.outcomes();
      assert.deepEqual(
        contents(await gateway.ledger()),
        ["taken", "lost", "after"],
        "all, in order, each once",
      );
      assert.deepEqual(
        outcomes.map(({ state, attempts }) => [state, attempts]),
        [
          ["delivered", 1],
          ["delivered", 2],
          ["delivered", 1],
        ],
      );
      assert.deepEqual(guest.problems(), []);
    },
  );

  test("30 messages survive five deaths of the link, in order, each once", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    await gateway.break([
      { fault: "delay", ms: 15 },
      { fault: "silence", ms: 120, on: "open", count: 5, after: { messages: 4 } },
    ]);
    await guest.connect();
    const texts = numbered("message", 30);
    await guest.send(texts);
    const outcomes = await guest.outcomes();
    assert.deepEqual(contents(await gateway.ledger()), texts);
    assert.deepEqual(tally(outcomes.map(({ state }) => state)), { delivered: 30 });
    assert.equal((await gateway.connections()).opened, 6);
    assert.deepEqual(guest.problems(), []);
  });

  test(
    "what was said while it was away is raised once, in order, before what is said then",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await open(t);
      await guest.connect();
      await gateway.say("one");
      await eventually("it is heard", async () => (await heard(guest)).length === 1);
      for (const [missed, then] of [
        [["two", "three"], "four"],
        [["five"], "six"],
      ]) {
        await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
        await isState(guest, "reconnecting");
        for (const text of missed) await gateway.say(text);
        await gateway.mend();
        await isState(guest, "connected");
        await gateway.say(then);
        await eventually("the last is heard", async () => (await heard(guest)).includes(then));
      }
      assert.deepEqual(await heard(guest), ["one", "two", "three", "four", "five", "six"]);
      assert.deepEqual(await guest.told("gap"), []);
      assert.deepEqual(guest.problems(), []);
    },
  );

  test("a guest whose place a fourth connection takes is closed, and stays away", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    await guest.connect();
    const others = [];
    for (let place = 2; place <= 4; place += 1) {
      const other = await joinGateway(t, browser, gateway, { service: SERVICE, options: OPTIONS });
      await other.connect();
      others.push(other);
    }
    await isState(guest, "closed");
    assert.deepEqual(
      (await guest.told("error")).map(({ code }) => code),
      ["evicted"],
    );
    // Had it come back, it would have taken the place of the second.
    await others[2].send(["we are three"]);
    await others[2].outcomes();
    for (const other of others) assert.equal(await other.state(), "connected");
    const { opened, connections } = await gateway.connections();
    assert.deepEqual([opened, connections.length], [4, 3]);
    assert.deepEqual(guest.problems(), []);
  });
});

describe("in Node, with ws", { concurrency: true }, () => {
  /** A client on a gateway of its own. */
  async function start(t, flags, options) {
    const gateway = await ownGateway(t, flags);
    return { gateway, client: join(t, gateway, { ...OPTIONS, ...options }) };
  }

  test("it says where it comes from: the history is read, and what was missed is told", LIMIT, async (t) => {
    const { gateway, client } = await start(t, []);
    const told = [];
    client.addEventListener("message", ({ detail }) => told.push(detail.content));
    await client.connect();
    await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
    await eventually("the link is lost", () => client.state === "reconnecting");
    await gateway.say("missed");
    await gateway.mend();
    await eventually("it is told", () => told.length > 0);
    assert.deepEqual(told, ["missed"]);
    assert.equal((await client.send("Hello from Node").done).state, "delivered");
    const asked = (await gateway.requests()).filter(({ what }) => what === "history");
    assert.ok(asked.length > 0 && asked.every(({ status }) => status === 200), JSON.stringify(asked));
  });

  test("where a deployment lets in some pages only, it can be one of them", LIMIT, async (t) => {
    const flags = ["--wm-allowed-domain", "shop.example"];
    const good = await start(t, flags, { origin: "https://www.shop.example" });
    await good.client.connect();
    assert.equal((await good.client.send("Hello").done).state, "delivered");
    const bad = await start(t, flags, { origin: "https://elsewhere.example", maxAttempts: 1 });
    await assert.rejects(bad.client.connect(), { code: "attempts_exhausted" });
  });
});
