// A network that lets no socket through, as some companies' proxies do: every message goes by REST, one at a time, in order,
// and waits as long as the service asks. The page's origin is not the service's, so what it can read of an answer is for the
// service to say. The waits are judged by the gateway's own records: never less than was asked.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { contents, numbered, openGuest, tally } from "./lib/guest.mjs";
import { watchSockets } from "./lib/sockets.mjs";

const LIMIT = { timeout: 180_000 };
const MESSAGES = 50;
/** What the client waits where it can read no number (the contract's 5 s). */
const UNREAD = 5;
/** More than that with its jitter (up to 1 s), so that a wait of this length was read and not guessed. */
const ASKED = 7;
/** How many sockets may be tried within any 20 s, by default. */
const OPENS = 5;

const STORIES = [
  {
    title: "the header is exposed, in both its forms, and is obeyed",
    flags: [],
    refusals: [
      { status: 429, retry_after: ASKED, retry_after_form: "seconds", retry_after_in: "header" },
      { status: 503, retry_after: ASKED, retry_after_form: "http-date", retry_after_in: "header" },
    ],
    waits: [ASKED, ASKED],
  },
  {
    title: "the header is hidden, and the body's number is obeyed",
    flags: ["--no-expose-headers"],
    refusals: [
      { status: 429, retry_after: ASKED, retry_after_in: "both" },
      { status: 503, retry_after: ASKED, retry_after_in: "body" },
    ],
    waits: [ASKED, ASKED],
  },
  {
    title: "the header is hidden and the body says nothing: the client waits as the contract has it",
    flags: ["--no-expose-headers"],
    refusals: [
      { status: 429, retry_after: 1, retry_after_form: "seconds", retry_after_in: "header" },
      { status: 503, retry_after: 1, retry_after_form: "http-date", retry_after_in: "header" },
    ],
    waits: [UNREAD, UNREAD],
  },
];

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

describe("with sockets refused for good, 50 messages arrive by REST", { concurrency: true }, () => {
  for (const { title, flags, refusals, waits } of STORIES) {
    test(title, LIMIT, async (t) => {
      const { gateway, guest } = await openGuest(t, browser, { flags, before: watchSockets });
      assert.notEqual(guest.origin, new URL(gateway.address).origin, "another origin");
      await gateway.break([
        { fault: "refuse_socket", status: 503 },
        ...refusals.map((refusal, index) => ({
          fault: "refuse_rest",
          count: 1,
          after: { messages: 10 * (index + 1) },
          ...refusal,
        })),
      ]);
      await guest.startConnecting();
      const texts = numbered("message", MESSAGES);
      await guest.send(texts);
      const outcomes = await guest.outcomes();

      const ledger = await gateway.ledger();
      assert.deepEqual(contents(ledger), texts, "all, in order, each once");
      assert.deepEqual(tally(ledger.map(({ via, copies }) => `${via} ${copies}`)), { "rest 1": MESSAGES });
      assert.deepEqual(tally(outcomes.map(({ state, via }) => `${state} by ${via}`)), {
        "delivered by rest": MESSAGES,
      });

      // What was refused comes again before anything else, and not before its time.
      const posts = (await gateway.requests()).filter(({ what }) => what === "messages");
      assert.equal(posts.length, MESSAGES + refusals.length);
      const refused = posts.flatMap(({ status }, index) => (status === 200 ? [] : [index]));
      assert.deepEqual(
        refused.map((index) => posts[index].status),
        refusals.map(({ status }) => status),
      );
      for (const [place, index] of refused.entries()) {
        const [refusal, next] = posts.slice(index, index + 2);
        assert.equal(next.messageId, refusal.messageId, "the refused message is the next");
        const waited = next.at - refusal.at;
        assert.ok(waited >= waits[place] * 1000, `waited ${waited} ms, was asked for ${waits[place]} s`);
      }

      // It went on trying for a socket meanwhile, as a good neighbour does. When, is for the page's clock to say: not every
      // attempt is as long on its way to the gateway.
      const { opened, attempts } = await gateway.connections();
      assert.equal(opened, 0);
      assert.ok(attempts.length >= 2);
      const made = await guest.do(() => globalThis.sockets.map(({ at }) => at));
      for (const [index, at] of made.entries()) {
        const later = made[index + OPENS];
        assert.ok(later === undefined || later - at >= 19_900, `a sixth after ${later - at} ms`);
      }
      assert.equal(await guest.state(), "reconnecting");
      assert.deepEqual(guest.problems(), []);
    });
  }
});
