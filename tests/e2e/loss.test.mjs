// What the package is for: messages sent at a steady pace over a link that dies again and again, each time half-open for
// a while before the reset, as a phone's network does. The program and the peers' figures are in bench/.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { contents, numbered, openGuest, tally } from "./lib/guest.mjs";

const MESSAGES = 300;
const EVERY = 20; // ms
const DEATHS = 8;
const SILENCE = 120; // ms, before each reset
const ACK_AFTER = 15; // ms

/** Tuned as the peers were for their figures: quick to come back, one path only. The defaults have a file of their own. */
const OPTIONS = { backoff: { base: 50, cap: 200 }, rest: false, maxOpens: 100 };

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

test("300 messages survive eight deaths of the link, in order, each once", {
  timeout: 120_000,
}, async (t) => {
  const { gateway, guest } = await openGuest(t, browser, { options: OPTIONS });
  await gateway.break([
    { fault: "delay", ms: ACK_AFTER },
    // Each connection takes messages for a while, so each death follows a ready connection; the acknowledgements
    // of its last messages are under way when it falls silent, and those that follow go nowhere.
    { fault: "silence", ms: SILENCE, on: "open", count: DEATHS, after: { messages: 30 } },
  ]);
  await guest.connect();
  const texts = numbered("message", MESSAGES);
  await guest.send(texts, { every: EVERY });
  const outcomes = await guest.outcomes();

  const ledger = await gateway.ledger();
  assert.deepEqual(contents(ledger), texts, "all, in order, each once");
  assert.equal(new Set(ledger.map(({ messageId }) => messageId)).size, MESSAGES);
  assert.deepEqual(
    outcomes.map(({ id }) => id),
    ledger.map(({ messageId }) => messageId),
  );
  assert.deepEqual(tally(outcomes.map(({ state, via }) => `${state} by ${via}`)), {
    "delivered by socket": MESSAGES,
  });
  // The deaths did hit something: at each, at least one message was taken whose acknowledgement never came.
  const copies = ledger.filter(({ copies }) => copies > 1).length;
  assert.ok(copies >= DEATHS, `${copies} messages came more than once`);
  assert.equal((await gateway.connections()).opened, DEATHS + 1);
  const { delivered, unconfirmed, reconnects } = await guest.stats();
  assert.deepEqual(
    { delivered, unconfirmed, reconnects },
    { delivered: MESSAGES, unconfirmed: 0, reconnects: DEATHS },
  );
  assert.deepEqual(guest.problems(), []);
});
