// Everything from outside is hostile: frames that are not what they should be, and options that are not what they should be.
// The first leave the client connected and correct, and are counted; the second are refused with the option's name and a remedy.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { GuestClient } from "../../dist/node.js";
import { StreamClient, TokenManager } from "../../dist/streams-node.js";
import { GuestClient as WebMessagingClient } from "../../dist/web-messaging-node.js";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { contents, openGuest } from "./lib/guest.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };
const UUID = "0b0e7a52-57e5-4b0c-9a3e-5a1b2c3d4e5f";
const MAX_FRAME = 256 * 1024;

const json = (value) => JSON.stringify(value);
const nested = (depth) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const message = (rest) => json({ type: "message", messageId: "an id", content: "hostile", ...rest });

/**
 * Each frame as the service sends it, and the figure of `stats()` that it raises by one, or what is told of it
 * (docs/reading.md).
 */
const FRAMES = [
  // Not JSON
  ["no text at all", "", "malformed"],
  ["no JSON", "hello", "malformed"],
  ["JSON cut off", '{"type":"message","messageId":"x","cont', "malformed"],
  ["two values", '{"type":"x"}{"type":"x"}', "malformed"],
  ["a number that JSON has not", '{"type":"x","n":NaN}', "malformed"],
  ["a zero byte", '{"type":"x"}\u0000', "malformed"],
  ["a byte order mark first", '\ufeff{"type":"x"}', "malformed"],
  ["markup", '<img src=x onerror="alert(1)">', "malformed"],
  // Not an object
  ["null", "null", "malformed"],
  ["a number", "42", "malformed"],
  ["a text", '"messageReceived"', "malformed"],
  ["a list", json([{ type: "messageReceived", messageId: UUID }]), "malformed"],
  // Wrong types
  ["no type", "{}", "malformed"],
  ["a type that is no text", json({ type: 7 }), "malformed"],
  ["a type that is a list", json({ type: ["messageReceived"], messageId: UUID }), "malformed"],
  ["a type by inheritance", '{"__proto__":{"type":"message","messageId":"x","content":"y"}}', "malformed"],
  ["an acknowledgement of nothing", json({ type: "messageReceived" }), "ignored"],
  ["an acknowledgement whose id is a number", json({ type: "messageReceived", messageId: 7 }), "ignored"],
  ["an acknowledgement whose id is null", json({ type: "messageReceived", messageId: null }), "ignored"],
  ["a message without an id", json({ type: "message", content: "hostile" }), { told: "hostile" }],
  ["a message with an empty id", message({ messageId: "" }), { told: "hostile" }],
  ["a message with an endless id", message({ messageId: "x".repeat(5_000) }), { told: "hostile" }],
  ["a message without content", json({ type: "message", messageId: "x" }), "malformed"],
  ["a message whose content is an object", message({ content: { toString: "hostile" } }), "malformed"],
  ["an error without a code", json({ type: "error", message: "?" }), "malformed"],
  ["an error whose code is a word", json({ type: "error", code: "four" }), "malformed"],
  // Out of range
  ["an error's code below zero", json({ type: "error", code: -1 }), "malformed"],
  ["an error's code over all codes", json({ type: "error", code: 65_536 + 403 }), "malformed"],
  ["an error's code that is not whole", json({ type: "error", code: 403.5 }), "malformed"],
  ["an error's code beyond any number", '{"type":"error","code":1e999}', "malformed"],
  ["a time beyond any number", '{"type":"KEEP_ALIVE_ACK","timestamp":-1e999}', "nothing"],
  // Texts that are none
  [
    "a lone surrogate in the content",
    '{"type":"message","messageId":"x","content":"\\ud800"}',
    { told: "\ufffd" },
  ],
  ["a lone surrogate in an id", '{"type":"message","messageId":"\\udc00","content":"x"}', { told: "x" }],
  [
    "a lone surrogate in a name",
    '{"type":"message","messageId":"z","content":"y","\\ud800":1}',
    { told: "y" },
  ],
  // Too large, too deep, too many
  ["a frame over the limit", message({ content: "x".repeat(MAX_FRAME) }), "malformed"],
  ["a frame over the limit in UTF-8 alone", message({ content: "ü".repeat(MAX_FRAME / 2) }), "malformed"],
  ["an object nested too deep", nested(40), "malformed"],
  ["lists nested absurdly deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`, "malformed"],
  ["a small text that is a huge tree", json(Array(100_000).fill(0)), "malformed"],
  [
    "a small text that is a huge object",
    `{"type":"x"${',"a":[]'.repeat(10)},"b":${json(Array(50_000).fill([]))}}`,
    "ignored",
  ],
  [
    "a binary frame",
    { text: json({ type: "message", messageId: "x", content: "y" }), binary: true },
    "malformed",
  ],
  // Well-formed, and nothing to us
  ["an unknown type", json({ type: "typing", who: "agent" }), "ignored"],
  [
    "an unknown type with a known one's fields",
    json({ type: "messagereceived", messageId: UUID }),
    "ignored",
  ],
  ["a type from an object's prototype", json({ type: "constructor" }), "ignored"],
  [
    "an acknowledgement of what was never sent",
    json({ type: "messageReceived", messageId: UUID }),
    "ignored",
  ],
  ["a refusal of what was never sent", json({ type: "error", code: 400, messageId: UUID }), "ignored"],
  ["an error that blames nobody", json({ type: "error", code: 400, message: "?" }), "ignored"],
  ["a success that is told as an error", json({ type: "error", code: 200 }), "ignored"],
  // Duplicated
  [
    "the agent's last word again",
    json({ type: "message", messageId: "twice", content: "again" }),
    "duplicates",
  ],
];

const COUNTERS = ["malformed", "ignored", "duplicates"];

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

test("no frame of the table disturbs the client, and each is counted", LIMIT, async (t) => {
  const { gateway, guest } = await openGuest(t, browser);
  await guest.connect();
  await gateway.break({
    fault: "raw_frame",
    text: json({ type: "message", messageId: "twice", content: "once" }),
  });
  const heard = ["once"];
  for (const [index, [title, frame, counter]] of FRAMES.entries()) {
    const before = await guest.stats();
    await gateway.break({ fault: "raw_frame", ...(typeof frame === "string" ? { text: frame } : frame) });
    // Frames come in order: when this word is heard, the frame before it was taken.
    const marker = `after ${index}`;
    await gateway.say(marker);
    if (counter.told !== undefined) heard.push(counter.told);
    heard.push(marker);
    await eventually(`${title}: what is said after it is heard`, async () => {
      const last = (await guest.told("message")).at(-1);
      return last?.content === marker;
    });
    const after = await guest.stats();
    assert.deepEqual(
      COUNTERS.filter((name) => after[name] !== before[name]).map(
        (name) => `${name} +${after[name] - before[name]}`,
      ),
      COUNTERS.includes(counter) ? [`${counter} +1`] : [],
      title,
    );
    assert.equal(after.state, "connected", title);
  }

  // Nothing of it came through, and the conversation goes on, on the same socket.
  assert.deepEqual(
    (await guest.told("message")).map(({ content }) => content),
    heard,
  );
  const reported = (await guest.told("error")).map(({ code }) => code);
  // One error tells of many: how many it is depends on how long this took.
  assert.deepEqual([...new Set(reported)], ["malformed_frame"]);
  await guest.send(["still here"]);
  const [{ state, via }] = await guest.outcomes();
  assert.deepEqual([state, via], ["delivered", "socket"]);
  assert.deepEqual(contents(await gateway.ledger()), ["still here"]);
  assert.equal((await gateway.connections()).opened, 1);
  assert.deepEqual(guest.problems(), []);
});

test("acknowledgements out of order, and again, each settle their own message", LIMIT, async (t) => {
  // Nothing is sent again, however long this takes.
  const options = { ackTimeout: { min: 600_000, max: 600_000 } };
  const { gateway, guest } = await openGuest(t, browser, { options });
  await guest.connect();
  await gateway.break({ fault: "lose_acks", count: 3 });
  await guest.send(["first", "second", "third"]);
  await eventually("all are taken", async () => (await gateway.ledger()).length === 3);
  const ids = (await gateway.ledger()).map(({ messageId }) => messageId);
  const acknowledge = (id) =>
    gateway.break({ fault: "raw_frame", text: json({ type: "messageReceived", messageId: id }) });
  assert.deepEqual(await guest.states(), ["sending", "sending", "sending"]);
  await acknowledge(ids[2]);
  await eventually("the third is delivered", async () => (await guest.states())[2] === "delivered");
  assert.deepEqual(await guest.states(), ["sending", "sending", "delivered"]);
  await acknowledge(ids[2]);
  await acknowledge(ids[0].toUpperCase());
  await acknowledge(ids[1]);
  const outcomes = await guest.outcomes();
  assert.deepEqual(
    outcomes.map(({ state }) => state),
    ["delivered", "delivered", "delivered"],
  );
  const { delivered, duplicates } = await guest.stats();
  assert.deepEqual({ delivered, duplicates }, { delivered: 3, duplicates: 1 });
});

const HOST = "acme.mypurecloud.com";
const good = { host: HOST, token: TOKEN };

/** Options that are wrong, the option that is named, and what the remedy says. */
const OPTIONS = [
  ["an unknown name", { ...good, hosts: "x" }, "hosts", /dialect, token, apiKey.*\bhost\b/],
  [
    "a name of the module's own",
    { ...good, credential: { kind: "provider" } },
    "credential",
    /token or apiKey/,
  ],
  ["an unknown name inside", { ...good, backoff: { bse: 1 } }, "backoff.bse", /base, cap/],
  ["no host", { token: TOKEN }, "host", /text/],
  ["a host that is a number", { ...good, host: 7 }, "host", /text/],
  ["plain http: to a public host", { ...good, host: `http://${HOST}` }, "host", /https:/],
  ["plain ws: to a public host", { ...good, host: `ws://${HOST}` }, "host", /https:/],
  [
    "loopback in the name of a public host",
    { ...good, host: "http://127.0.0.1.example.com" },
    "host",
    /https:/,
  ],
  ["a host with a path", { ...good, host: `https://${HOST}/chat` }, "host", /a name like/],
  ["a host with a user", { ...good, host: `https://me@${HOST}` }, "host", /a name like/],
  ["an empty host", { ...good, host: "" }, "host", /a name like/],
  ["no credential", { host: HOST }, "token", /one of them/],
  ["two credentials", { ...good, apiKey: TOKEN }, "token", /one of them/],
  ["an empty token", { host: HOST, token: "" }, "token", /10 to 4096/],
  ["a token too short", { host: HOST, token: "123456789" }, "token", /10 to 4096/],
  ["a token with its scheme", { host: HOST, token: `Bearer ${TOKEN}` }, "token", /no word before/],
  ["a token with a line break", { host: HOST, token: `${TOKEN}\r\nX: y` }, "token", /visible ASCII/],
  ["a token that is an object", { host: HOST, token: {} }, "token", /text/],
  ["an empty key", { host: HOST, apiKey: "" }, "apiKey", /10 to 4096/],
  ["a guest that is a text", { ...good, guest: "me" }, "guest", /object/],
  ["a guest's name that is a number", { ...good, guest: { firstName: 7 } }, "guest.firstName", /text/],
  ["a way that is none", { ...good, socketAuth: "header" }, "socketAuth", /query, subprotocol, none/],
  [
    "a policy that is none",
    { ...good, onSessionLost: "retry" },
    "onSessionLost",
    /resend, resend-uncertain, fail/,
  ],
  ["rest that is a text", { ...good, rest: "no" }, "rest", /true or false/],
  ["a ttl of nothing", { ...good, ttl: 0 }, "ttl", /1 to 86400000/],
  ["a ttl that is a text", { ...good, ttl: "5000" }, "ttl", /whole number/],
  ["a window below one", { ...good, window: -1 }, "window", /1 to 1000/],
  ["a window that is not whole", { ...good, window: 1.5 }, "window", /whole number/],
  ["a bound that is no number", { ...good, maxMessages: Number.NaN }, "maxMessages", /1 to 100000/],
  ["a bound without end", { ...good, maxBytes: Number.POSITIVE_INFINITY }, "maxBytes", /1 to 67108864/],
  ["a cap below the base", { ...good, backoff: { base: 500, cap: 100 } }, "backoff.cap", /500 to/],
  ["a backoff that is a number", { ...good, backoff: 1000 }, "backoff", /object/],
  ["no attempts", { ...good, maxAttempts: 0 }, "maxAttempts", /1 to/],
  ["opens beyond the limit", { ...good, maxOpens: 1001 }, "maxOpens", /1 to 1000/],
  [
    "a ceiling under the floor",
    { ...good, ackTimeout: { min: 1000, max: 999 } },
    "ackTimeout.max",
    /1000 to/,
  ],
  ["a heartbeat too often", { ...good, heartbeat: { stable: 4999 } }, "heartbeat.stable", /5000 to 45000/],
  ["a heartbeat too seldom", { ...good, heartbeat: { stable: 45_001 } }, "heartbeat.stable", /5000 to 45000/],
  [
    "a heartbeat less often in doubt than without",
    { ...good, heartbeat: { stable: 8000, degraded: 8001 } },
    "heartbeat.degraded",
    /5000 to 8000/,
  ],
  ["a loss over all", { ...good, quality: { loss: 1.5 } }, "quality.loss", /over 0 and from 0 to 1|0 to 1/],
  ["a deadline too short", { ...good, socketTimeout: 50 }, "socketTimeout", /100 to/],
  ["a grace below nothing", { ...good, closeGrace: -1 }, "closeGrace", /0 to/],
  ["a frame without end", { ...good, maxFrame: 2 ** 40 }, "maxFrame", /1 to 4194304/],
  ["a close code that is none", { ...good, closeCodes: { 999: "stop" } }, "closeCodes.999", /1000 to 4999/],
  [
    "a close code with no such action",
    { ...good, closeCodes: { 4000: "retry" } },
    "closeCodes.4000",
    /reconnect/,
  ],
  ["a WebSocket that is none", { ...good, WebSocket: "ws" }, "WebSocket", /constructor/],
  ["no options", null, "options", /object/],
  ["options that are a list", [], "token", /one of them/],
];

test(
  "options that are wrong are refused with their name and a remedy, before anything is asked of anybody",
  LIMIT,
  async (t) => {
    const { gateway, guest } = await openGuest(t, browser);
    const refuse = (options) =>
      guest.do((options) => {
        const { GuestClient } = globalThis.guest;
        try {
          new GuestClient(options).dispose();
          return "accepted";
        } catch (error) {
          const { name, code, option, message, remedy, retryable } = error;
          return { name, code, option, message, remedy, retryable, isError: error instanceof Error };
        }
      }, options);
    for (const [title, options, option, remedy] of OPTIONS) {
      const refused = await refuse(options);
      const { name, code, retryable, isError } = refused;
      assert.deepEqual(
        { name, code, option: refused.option, retryable, isError },
        { name: "CallerError", code: "bad_option", option, retryable: false, isError: true },
        title,
      );
      assert.match(refused.remedy, remedy, title);
      assert.ok(refused.message.includes(option), `${title}: "${refused.message}" names it`);
      assert.ok(!JSON.stringify(refused).includes(TOKEN), `${title}: the token is not told`);
    }
    // The plainest options are right, so that it is not everything that is refused.
    assert.equal(await refuse(good), "accepted");
    assert.deepEqual(await gateway.requests(), []);
    assert.deepEqual(guest.problems(), []);
  },
);

/** Where each kind of client is told where its service is, by the option's name. */
const PLACES = {
  host: (host) => new GuestClient({ host, token: TOKEN, WebSocket: class {} }),
  region: (region) => new WebMessagingClient({ region, deploymentId: "d", WebSocket: class {} }),
  "region of a stream": (region) => new StreamClient({ region, credentials: TOKEN, WebSocket: class {} }),
  url: (host) => new StreamClient({ url: `wss://${host}/stream`, WebSocket: class {} }),
  "region of a token manager": (region) => new TokenManager({ region, clientId: "i", clientSecret: "s" }),
  tokenUrl: (host) => new TokenManager({ tokenUrl: `https://${host}/t`, clientId: "i", clientSecret: "s" }),
};

test("where nobody can be is refused at once, and where somebody can be is asked for as it was written", () => {
  for (const [place, make] of Object.entries(PLACES)) {
    // Names that platforms refuse, or read as another host.
    for (const host of [
      "a.1",
      "a.0x1",
      "999.999",
      "0x7f.1",
      "1.2.3.04",
      "a.xn--0",
      "a.xn--",
      "a b.de",
      "[::1::]",
      "a..b",
      "é.de",
    ]) {
      const option = place.split(" ")[0];
      assert.throws(() => make(host), { code: "bad_option", option }, `${place}: ${host}`);
    }
    for (const host of [
      "mypurecloud.de",
      "xn--bcher-kva.example",
      "1.example",
      "0x7f.example",
      "a-b.example",
    ]) {
      assert.equal(new URL(`https://api.${host}`).hostname, `api.${host}`);
      make(host).dispose();
    }
  }
});

test("a constructor of sockets that throws whatever it is asked is refused by name, and so are options that do", () => {
  const throwing = (of) =>
    new Proxy(of, {
      get() {
        throw new Error(`raw ${TOKEN}`);
      },
    });
  for (const [options, option] of [
    [{ host: "a.example", token: TOKEN, WebSocket: throwing(class {}) }, "WebSocket"],
    [{ host: "a.example", token: TOKEN, WebSocket: class {}, backoff: throwing({ base: 1 }) }, "options"],
    [throwing({ host: "a.example" }), "options"],
  ]) {
    assert.throws(
      () => new GuestClient(options),
      (error) => error.code === "bad_option" && error.option === option && !error.stack.includes(TOKEN),
      option,
    );
  }
});
