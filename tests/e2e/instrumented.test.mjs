// Programs put things of their own in the place of what the platform has: a `fetch` that logs, one of a test. Whatever that gives, no
// process ends of it, and the client goes on as after any failure.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { PLACES, runProgram, skipped } from "./lib/program.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };

/** Each is asked once, then the platform's own. */
const FETCHES = `[
  () => { throw new TypeError("fetch throws"); },
  () => undefined,
  async () => undefined,
  async () => null,
  async () => ({}),
  async () => ({ get headers() { throw new TypeError("no headers"); } }),
  async () => { const answer = new Response("{}"); await answer.text(); return answer; },
  async () => { const answer = new Response("{}"); answer.body.getReader(); return answer; },
  async () => reading(() => undefined),
  async () => reading(() => ({ then: (fulfilled) => fulfilled({ done: true }) })),
]`;

/** In two parts: where a third answer in an hour cannot be read, a stream waits for a minute before it makes another channel. */
const PARTS = ["slice(0, 8)", "slice(8)"];

const program = (part) => `
  const own = fetch;
  const reading = (read) => ({ status: 200, headers: new Headers(), body: { getReader: () => ({ read }) } });
  const fetches = ${FETCHES}.${part};
  let asked = 0;
  globalThis.fetch = (request) => (fetches[asked++] ?? own)(request);
  const QUICK = { WebSocket, backoff: { base: 1, cap: 2 }, maxOpens: 1000 };
`;

/** What connects: the entry, and how a client of it is made. */
const CLIENTS = {
  "a stream": (address) => `
    import { StreamClient, TokenManager } from "./dist/streams-node.js";
    const tokens = new TokenManager({ ...${JSON.stringify(APPLICATION)}, region: "${address}" });
    const { token } = await tokens.token();
    const make = (options) => new StreamClient({
      region: "${address}", credentials: token, topics: ["v2.users.b.presence"], ...options,
    });`,
  "a guest's client": (address) => `
    import { GuestClient } from "./dist/node.js";
    const make = (options) => new GuestClient({ host: "${address}", token: "${TOKEN}", ...options });`,
};

for (const [what, client] of Object.entries(CLIENTS)) {
  test(`whatever stands in the place of fetch, ${what} tries again`, LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const source = (part) => `
      import WebSocket from "ws";
      ${client(gateway.address)}
      ${program(part)}
      const client = make(QUICK);
      await client.connect();
      if (asked <= fetches.length) throw new Error("it asked " + asked + " times");
      await client.close();`;
    for (const part of PARTS)
      assert.deepEqual(await runProgram(t, source(part)), { code: 0, said: "" }, part);
  });
}

test("whatever stands in the place of fetch, a token manager asks again", LIMIT, async (t) => {
  const gateway = await ownGateway(t);
  const source = `
    import WebSocket from "ws";
    import { TokenManager } from "./dist/streams-node.js";
    ${program("slice(0, 4)")}
    const tokens = new TokenManager({ ...${JSON.stringify(APPLICATION)}, region: "${gateway.address}", backoff: QUICK.backoff });
    await tokens.token();`;
  assert.deepEqual(await runProgram(t, source), { code: 0, said: "" });
});

const [{ node }] = PLACES.filter(({ own }) => own);

test("the package undici of another version than Node's, beside it, keeps no socket of Node's own from opening", {
  ...LIMIT,
  skip: skipped({ node }),
}, async (t) => {
  const gateway = await ownGateway(t, ["--stream-open-to-all"]);
  const source = `
    import { StreamClient } from "./dist/streams-node.js";
    try {
      new WebSocket("no-such-protocol:");
    } catch {
      // Node's own is loaded by then.
    }
    // What the other one leaves behind when it is imported; it refuses handlers of another age.
    const place = Number(process.versions.undici.split(".")[0]) < 8 ? "undici.globalDispatcher.2" : "undici.globalDispatcher.1";
    const dispatch = () => {
      throw new TypeError("invalid handler");
    };
    Object.defineProperty(globalThis, Symbol.for(place), { value: { dispatch }, writable: true });
    const url = "${gateway.address.replace("http", "ws")}/events";
    const client = new StreamClient({ url, maxAttempts: 1 });
    await client.connect();
    await client.close();`;
  assert.deepEqual(await runProgram(t, source, { node }), { code: 0, said: "" });
});

for (const { place, node, own } of PLACES) {
  const made = own
    ? `{ own: WebSocket, derived: class extends WebSocket {}, wrapped: new Proxy(WebSocket, {}) }`
    : `{ derived: class extends ws {}, wrapped: new Proxy(ws, {}), bound: ws.bind(null), called: function (...a) { return new ws(...a); } }`;
  test(`what is made of a socket's constructor carries the token as that does (${place})`, {
    ...LIMIT,
    skip: skipped({ node }),
  }, async (t) => {
    const gateway = await ownGateway(t);
    const source = `
      import ws from "ws";
      import { StreamClient } from "./dist/streams-node.js";
      const url = "${gateway.address.replace("http", "ws")}/events";
      const auth = ${JSON.stringify({ ...APPLICATION, tokenUrl: `${gateway.address}/oauth/token` })};
      const made = ${made};
      for (const [how, given] of Object.entries(made)) {
        const client = new StreamClient({ url, auth, WebSocket: given, maxAttempts: 1 });
        await client.connect().catch(({ code }) => console.log(how, code));
        await client.close();
      }`;
    assert.deepEqual(await runProgram(t, source, { node }), { code: 0, said: "" });
  });
}

test("what is no constructor in the place of WebSocket is refused with its name", LIMIT, async (t) => {
  const source = `
    globalThis.WebSocket = () => undefined;
    const { StreamClient } = await import("./dist/streams-node.js");
    try {
      new StreamClient({ url: "ws://127.0.0.1:9/", auth: "${TOKEN}" });
    } catch ({ code, option }) {
      console.log(code, option);
    }`;
  assert.deepEqual(await runProgram(t, source), { code: 0, said: "bad_option WebSocket\n" });
});

test("lists of topics that cannot be are refused before the module takes them in", LIMIT, async (t) => {
  const source = `
    import WebSocket from "ws";
    import { StreamClient } from "./dist/streams-node.js";
    const client = new StreamClient({ url: "ws://127.0.0.1:9/", WebSocket });
    const refused = (call) => {
      try {
        call();
      } catch ({ code }) {
        console.log(code);
      }
    };
    const many = Array.from({ length: 1e6 }, (_, place) => "v2.topic." + place);
    const long = new Array(1000).fill("x".repeat(1 << 24));
    for (const topics of [many, new Array(1e6), long]) {
      for (let times = 0; times < 100; times += 1) {
        refused(() => client.subscribe(topics));
        refused(() => client.unsubscribe(topics));
      }
    }
    client.dispose();`;
  const said = ["too_many_topics", "too_many_topics", "topic_too_long"]
    .map((code) => `${code}\n`.repeat(200))
    .join("");
  assert.deepEqual(await runProgram(t, source), { code: 0, said });
});
