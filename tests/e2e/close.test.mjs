// close(), in every state that a client can be in: each message has its final state, and it is true; connect() says `closed`;
// the service sees an orderly end; and the client can be used again.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { contents, openGuest } from "./lib/guest.mjs";
import { serviceWithoutHandshake } from "./lib/handshake.mjs";
import { watchSockets } from "./lib/sockets.mjs";

const LIMIT = { timeout: 120_000 };
/** Longer than any test: what waits for this waits for good. */
const NEVER = 600_000;

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const open = (t, options = {}) => openGuest(t, browser, { before: watchSockets, options });

const states = async (guest) => (await guest.outcomes()).map(({ state }) => state);

const taken = (gateway, count) =>
  eventually(`${count} messages are taken`, async () => (await gateway.ledger()).length === count);

const isReconnecting = (guest) =>
  eventually("the link is gone", async () => (await guest.state()) === "reconnecting");

/** The page may know of a socket's end before the gateway has put it away. */
const noSocketAt = (gateway) =>
  eventually("no socket is left", async () => (await gateway.connections()).connections.length === 0);

/** Every socket that was open has had its closing handshake with 1000, and the gateway has none. */
async function assertOrderlyEnd(gateway, guest) {
  const sockets = await eventually("the sockets are closed", async () => {
    const sockets = await guest.do(() => globalThis.sockets);
    return sockets.every(({ closed }) => closed) && sockets;
  });
  const ends = sockets.filter(({ opened }) => opened).map(({ closed }) => closed);
  assert.deepEqual(
    ends,
    ends.map(() => ({ code: 1000, wasClean: true })),
  );
  await noSocketAt(gateway);
  assert.equal(await guest.state(), "closed");
  assert.deepEqual(guest.problems(), []);
}

/** It starts anew, and what had its final state keeps it: the ledger has these, and then the new one. */
async function assertStartsAnew(gateway, guest, before) {
  await gateway.mend();
  await guest.connect();
  await guest.send(["anew"]);
  assert.equal((await states(guest)).at(-1), "delivered");
  assert.deepEqual(contents(await gateway.ledger()), [...before, "anew"]);
  await guest.close();
  assert.equal(await guest.state(), "closed");
}

describe("close()", { concurrency: true }, () => {
  test("before connect(): what waits is cancelled, and the service hears nothing", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    await guest.send(["one", "two"]);
    await guest.close();
    assert.deepEqual(await states(guest), ["cancelled", "cancelled"]);
    assert.deepEqual(await gateway.requests(), []);
    await assertOrderlyEnd(gateway, guest);
    await guest.close();
    await assertStartsAnew(gateway, guest, []);
  });

  test("while the token provider thinks", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    const seen = await guest.do(async () => {
      const { GuestClient, options } = globalThis.guest;
      let answer;
      let asked = () => {};
      const wasAsked = new Promise((resolve) => {
        asked = resolve;
      });
      const token = () =>
        new Promise((resolve) => {
          answer = resolve;
          asked();
        });
      const client = await GuestClient.create({ ...options, token });
      const connecting = client.connect().catch((error) => error.code);
      const { done } = client.send("never");
      await wasAsked;
      await client.close();
      // The answer comes too late, and starts nothing.
      answer(options.token);
      return { connecting: await connecting, state: (await done).state, now: client.state };
    });
    assert.deepEqual(seen, { connecting: "closed", state: "cancelled", now: "closed" });
    assert.deepEqual(await gateway.requests(), []);
  });

  test("while the request for a session hangs: it is aborted", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    const aborted = [];
    guest.page.on("requestfailed", (request) => aborted.push(request.failure().errorText));
    await gateway.break({ fault: "delay", ms: NEVER });
    await guest.startConnecting();
    await guest.send(["never"]);
    await eventually("the request has come", async () => (await gateway.requests()).length > 0);
    await guest.close();
    assert.equal(await guest.connecting(), "closed");
    assert.deepEqual(await states(guest), ["cancelled"]);
    await eventually("the browser has aborted it", () => aborted.includes("net::ERR_ABORTED"));
    await assertOrderlyEnd(gateway, guest);
    await assertStartsAnew(gateway, guest, []);
  });

  test("while the socket's handshake hangs: the connection ends", LIMIT, async (t) => {
    const service = await serviceWithoutHandshake(t);
    const { guest } = await open(t, { host: service.address });
    await guest.startConnecting();
    await guest.send(["never"]);
    const connection = await service.handshake;
    t.after(() => connection.destroy());
    const ended = once(connection, "end");
    connection.resume();
    await guest.close();
    assert.equal(await guest.connecting(), "closed");
    assert.deepEqual(await states(guest), ["cancelled"]);
    await ended;
    assert.equal(await guest.state(), "closed");
  });

  test("while the service has not said a word yet", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    await gateway.break({ fault: "silence", ms: NEVER, on: "open" });
    // All in the page: the word is not waited for for long.
    const connecting = await guest.do(async () => {
      const { client, send } = globalThis.guest;
      const connecting = client.connect().catch((error) => error.code);
      send("never");
      while (client.stats().step !== "greeting") await new Promise((resolve) => setTimeout(resolve));
      await client.close();
      return connecting;
    });
    assert.equal(connecting, "closed");
    assert.deepEqual(await states(guest), ["cancelled"]);
    await assertStartsAnew(gateway, guest, []);
  });

  test("with messages in flight: what settles within the grace is delivered", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    await guest.connect();
    await gateway.break({ fault: "delay", ms: 300 });
    await guest.send(["one", "two", "three"]);
    await guest.close({ grace: 30_000 });
    assert.deepEqual(await states(guest), ["delivered", "delivered", "delivered"]);
    await assertOrderlyEnd(gateway, guest);
    await assertStartsAnew(gateway, guest, ["one", "two", "three"]);
  });

  test(
    "with no grace: what is in flight is unconfirmed, what has not left is cancelled",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await open(t, { window: 2 });
      await guest.connect();
      await gateway.break({ fault: "lose_acks" });
      await guest.send(["one", "two", "three", "four"]);
      await taken(gateway, 2);
      await guest.close({ grace: 0 });
      assert.deepEqual(await states(guest), ["unconfirmed", "unconfirmed", "cancelled", "cancelled"]);
      await assertOrderlyEnd(gateway, guest);
      await assertStartsAnew(gateway, guest, ["one", "two"]);
    },
  );

  test(
    "while it reconnects: what may have arrived is unconfirmed, what waits is cancelled",
    LIMIT,
    async (t) => {
      // By REST it would be settled soon.
      const { gateway, guest } = await open(t, { rest: false });
      await guest.connect();
      await gateway.break([{ fault: "lose_acks" }, { fault: "refuse_socket", status: 503 }]);
      await guest.send(["uncertain"]);
      await taken(gateway, 1);
      await gateway.break({ fault: "reset" });
      await isReconnecting(guest);
      await guest.startConnecting();
      await guest.send(["waits"]);
      await guest.close();
      assert.equal(await guest.connecting(), "closed");
      assert.deepEqual(await states(guest), ["unconfirmed", "cancelled"]);
      await noSocketAt(gateway);
      await assertStartsAnew(gateway, guest, ["uncertain"]);
    },
  );

  test("while a message is under way by REST", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    const aborted = [];
    guest.page.on("requestfailed", (request) => aborted.push(request.failure().errorText));
    await guest.connect();
    await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
    await isReconnecting(guest);
    // The first one is asked for the service before; those behind it go at once.
    await guest.send(["went"]);
    await taken(gateway, 1);
    await gateway.break({ fault: "delay", ms: NEVER });
    await guest.send(["under way", "waits"]);
    await taken(gateway, 2);
    await guest.close({ grace: 100 });
    assert.deepEqual(await states(guest), ["delivered", "unconfirmed", "cancelled"]);
    await eventually("the browser has aborted the request", () => aborted.includes("net::ERR_ABORTED"));
    await assertStartsAnew(gateway, guest, ["went", "under way"]);
  });

  test(
    "twice, and connect() in the middle: the first close() ends at once, and it starts anew",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await open(t);
      await guest.connect();
      await gateway.break({ fault: "lose_acks" });
      await guest.send(["in flight"]);
      await taken(gateway, 1);
      const seen = await guest.do(async (never) => {
        const { client } = globalThis.guest;
        const order = [];
        const closes = [client.close({ grace: never }), client.close({ grace: never })];
        for (const close of closes) void close.then(() => order.push("closed"));
        let refused;
        try {
          client.send("too late");
        } catch (error) {
          refused = error.code;
        }
        const while_ = client.state;
        await client.connect().then(() => order.push("connected"));
        await Promise.all(closes);
        return { refused, while: while_, order };
      }, NEVER);
      assert.deepEqual(seen, {
        refused: "closed",
        while: "closing",
        order: ["closed", "closed", "connected"],
      });
      assert.deepEqual(await states(guest), ["unconfirmed"]);
      await guest.close();
      await assertOrderlyEnd(gateway, guest);
      await assertStartsAnew(gateway, guest, ["in flight"]);
    },
  );

  test("after the service has ended the conversation: there is nothing left to close", LIMIT, async (t) => {
    const { gateway, guest } = await open(t);
    await guest.connect();
    await gateway.break({ fault: "close", code: 1000, reason: "bye" });
    await eventually("it is closed", async () => (await guest.state()) === "closed");
    await guest.close();
    assert.deepEqual(
      (await guest.told("error")).map(({ code }) => code),
      ["ended"],
    );
    await assertOrderlyEnd(gateway, guest);
    await assertStartsAnew(gateway, guest, []);
  });
});

test("an abort ends only its own wait", LIMIT, async (t) => {
  const { gateway, guest } = await open(t);
  await gateway.break({ fault: "refuse_socket", status: 503 });
  const waits = await guest.do(async () => {
    const { client } = globalThis.guest;
    const end = (promise) =>
      promise.then(
        () => "connected",
        (error) => error.name,
      );
    const before = await end(client.connect({ signal: AbortSignal.abort() }));
    const idle = client.state;
    const controller = new AbortController();
    const aborted = end(client.connect({ signal: controller.signal }));
    globalThis.patient = end(client.connect());
    controller.abort();
    return { before, idle, aborted: await aborted, now: client.state };
  });
  assert.deepEqual(waits, { before: "AbortError", idle: "idle", aborted: "AbortError", now: "connecting" });
  await gateway.mend();
  assert.equal(await guest.do(() => globalThis.patient), "connected");
  await guest.close();
  await assertOrderlyEnd(gateway, guest);
});
