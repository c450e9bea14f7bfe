// A page that is open all day: what a client takes at the beginning is what it takes in the end, and what it took from its page
// it gives back when it is closed.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { contents, openGuest, tally } from "./lib/guest.mjs";
import { watchLeftovers } from "./lib/leftovers.mjs";
import { withFullStack } from "./lib/stack.mjs";

const LIMIT = { timeout: 180_000 };
const MESSAGES = 10_000;
const BATCH = 500; // half the buffer
/** Nothing is sent again, however slow the machine. */
const PATIENT = { ackTimeout: { min: 600_000, max: 600_000 } };

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

/** What is left in the page, once the sockets have finished their closing handshakes. */
async function leftBehind(guest) {
  await eventually("the sockets are closed", () => guest.do(() => globalThis.leftovers.openSockets() === 0));
  return guest.do(() => ({
    listeners: globalThis.leftovers.listeners(),
    timers: globalThis.leftovers.timers(),
  }));
}

function noSocketAt(gateway) {
  return eventually(
    "the gateway has no socket",
    async () => (await gateway.connections()).connections.length === 0,
  );
}

const NOTHING = { listeners: [], timers: 0 };

const LIVES = [
  { title: "10,000 messages through one client", flags: [] },
  { title: "10,000 messages, and an answer to each", flags: ["--echo"] },
];

/** By then the recorder's window and the 1,024 ids that are remembered of what comes have been filled often. */
const SETTLED = 3_000;

for (const { title, flags } of LIVES) {
  test(`${title}: the module's memory is in the end what it was after ${SETTLED}`, LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser, {
      flags,
      options: PATIENT,
      before: watchLeftovers,
    });
    await guest.connect();
    assert.equal(await guest.do(() => globalThis.leftovers.memories()), 1, "the module's memory is watched");
    const seen = await guest.do(liveLong, [MESSAGES, BATCH, SETTLED, flags.includes("--echo")]);
    assert.ok(seen.settled > 0);
    assert.equal(seen.end, seen.settled, "bytes of the module's memory");
    assert.deepEqual(tally(seen.states), { delivered: MESSAGES });
    assert.deepEqual(seen.stats.messages, { queued: 0, inFlight: 0, bytes: 0 });
    assert.equal(seen.stats.received, flags.length === 0 ? 0 : MESSAGES);
    const ledger = await gateway.ledger();
    assert.deepEqual(
      contents(ledger).map((text) => Number(text.split(" ")[1])),
      Array.from({ length: MESSAGES }, (_, index) => index + 1),
    );
    assert.deepEqual(tally(ledger.map(({ copies }) => copies)), { 1: MESSAGES });

    await guest.close();
    assert.deepEqual(await leftBehind(guest), NOTHING);
    await noSocketAt(gateway);
    assert.equal(await guest.do(() => globalThis.leftovers.memory()), seen.settled);
    assert.deepEqual(guest.problems(), []);
  });
}

/** Runs in the page: sends them all, batch after batch, and measures after so many and in the end. */
async function liveLong([messages, batch, settled, answered]) {
  const { client, send, sent, told } = globalThis.guest;
  let received = 0;
  let wake = () => {};
  client.addEventListener("message", () => {
    received += 1;
    wake();
  });
  let settledAt;
  for (let first = 1; first <= messages; first += batch) {
    const outgoing = [];
    for (let number = first; number < first + batch; number += 1) {
      // Texts of every length up to a few kB, the same ones in each batch.
      outgoing.push(send(`message ${number} ${"ü".repeat(((number % batch) * 37) % 2000)}`));
    }
    const last = first + batch - 1;
    await Promise.all(outgoing.map(({ done }) => done));
    while (answered && received < last) {
      await new Promise((resolve) => {
        wake = resolve;
      });
    }
    // The page's own notes are no part of the module.
    told.length = 0;
    if (last === settled) settledAt = globalThis.leftovers.memory();
  }
  return {
    settled: settledAt,
    end: globalThis.leftovers.memory(),
    states: sent.map(({ result }) => result.state),
    stats: client.stats(),
  };
}

test(
  "a client that is closed leaves no listener, timer or socket behind, whatever it was doing",
  LIMIT,
  async (t) => {
    const { gateway, guest } = await openGuest(t, browser, { before: watchLeftovers });
    // While it lives it does listen, and has a timer and a socket: else there would be nothing to see here.
    await guest.connect();
    const alive = await guest.do(() => ({
      listeners: globalThis.leftovers.listeners(),
      timers: globalThis.leftovers.timers(),
      open: globalThis.leftovers.openSockets(),
    }));
    assert.deepEqual([...new Set(alive.listeners.map((one) => one.split(" ")[0]))].sort(), [
      "HTMLDocument",
      "WebSocket",
      "Window",
    ]);
    assert.ok(alive.timers > 0);
    assert.equal(alive.open, 1);
    await guest.close();
    assert.deepEqual(await leftBehind(guest), NOTHING);

    // In the middle of a request, while it waits for the next attempt, with messages in flight, and by dispose().
    await gateway.break([
      { fault: "delay", ms: 60_000 },
      { fault: "refuse_socket", status: 503 },
    ]);
    await guest.startConnecting();
    await eventually("a request is under way", async () => {
      const { step } = await guest.stats();
      return step === "session" || step === "socket" || step === "waiting";
    });
    await guest.do(() => globalThis.guest.send("too late"));
    await guest.close();
    assert.equal(await guest.connecting(), "closed");
    assert.deepEqual(await leftBehind(guest), NOTHING);

    await gateway.mend();
    await guest.connect();
    await gateway.break({ fault: "delay", ms: 60_000 });
    await guest.do(() => {
      globalThis.guest.send("in flight");
      globalThis.guest.client.dispose();
    });
    assert.deepEqual(await leftBehind(guest), NOTHING);
    await noSocketAt(gateway);
    assert.deepEqual(guest.problems(), []);
  },
);

test("fifty clients one after another take the memory of ten", LIMIT, async (t) => {
  const { gateway, guest } = await openGuest(t, browser, { before: watchLeftovers });
  const memory = await guest.do(async () => {
    const { GuestClient, options } = globalThis.guest;
    const sizes = [];
    for (let life = 1; life <= 50; life += 1) {
      const client = await GuestClient.create(options);
      await client.connect();
      await client.send(`life ${life}`).done;
      await client.close();
      client.dispose();
      sizes.push(globalThis.leftovers.memory());
    }
    return { after10: sizes[9], after50: sizes[49] };
  });
  assert.equal(memory.after50, memory.after10);
  assert.deepEqual(await leftBehind(guest), NOTHING);
  assert.equal((await gateway.ledger()).length, 50);
  await noSocketAt(gateway);
  assert.deepEqual(guest.problems(), []);
});

for (const service of ["webchat", "web-messaging"]) {
  test(
    `a page that runs out of stack in the middle of a call of ${service} is told so, gets all of it back, and goes on`,
    LIMIT,
    async (t) => {
      const { gateway, guest } = await openGuest(t, browser, { service, before: watchLeftovers });
      await guest.connect();
      await guest.page.evaluate(`globalThis.withFullStack = ${withFullStack}`);
      const other = await guest.do(async () => {
        const { GuestClient, options, client, send } = globalThis.guest;
        const second = await GuestClient.create(options);
        await second.connect();
        await second.send("before").done;
        let failed = false;
        const call = () => {
          try {
            client.stats();
          } catch (error) {
            failed = error.code === "module_failed";
            throw error;
          }
        };
        // With each turn the end is another one, by a few words.
        for (let turn = 0; client.state === "connected" && turn < 1000; turn += 1) {
          send(`turn ${turn}`);
          globalThis.withFullStack(call, turn % 16, () => failed);
          await new Promise((resolve) => setTimeout(resolve));
        }
        return second.state;
      });
      assert.equal(other, "closed");
      const ends = await guest.told("statechange");
      assert.deepEqual([ends.at(-1).to, ends.at(-1).why], ["closed", "module_failed"]);
      assert.deepEqual(await leftBehind(guest), NOTHING);
      await noSocketAt(gateway);
      assert.match(
        guest.problems().join(),
        /^(?:Uncaught )?GuestwireError: the stack was full[^,]*, or [^,]*$/,
      );

      const state = await guest.do(async () => {
        const { GuestClient, options } = globalThis.guest;
        const third = await GuestClient.create(options);
        await third.connect();
        const { state } = await third.send("after").done;
        await third.close();
        third.dispose();
        return state;
      });
      assert.equal(state, "delivered");
      const taken = contents(await gateway.ledger());
      assert.deepEqual([taken[0], taken.at(-1)], ["before", "after"]);
      // Whatever was accepted was told its end, and what was told is true.
      for (const { content, state } of await guest.outcomes()) {
        const times = taken.filter((text) => text === content).length;
        assert.ok(times <= 1, `${content} came ${times} times`);
        if (state === "delivered") assert.equal(times, 1, content);
        if (state === "cancelled") assert.equal(times, 0, content);
      }
    },
  );
}
