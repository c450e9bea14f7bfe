// Why nothing comes of a connection, in the words of the platform or of whoever answers: in Node with the package ws and with its
// own WebSocket, and in a page, which is told less. What repeats is told once.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { GuestClient } from "../../dist/node.js";
import { StreamClient } from "../../dist/streams-node.js";
import { launchChromium } from "./lib/browser.mjs";
import { selfSigned } from "./lib/certificate.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { openGuest } from "./lib/guest.mjs";
import { PLACES, runProgram, skipped } from "./lib/program.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 180_000 };
const QUICK = { base: 100, cap: 2_000 };
const ELSEWHERE = "https://elsewhere.example/api?access_token=hush";

/** A service whose certificate nobody signed but itself. */
async function untrusted(t) {
  const server = createServer(selfSigned("localhost"), (_request, response) => response.end());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `localhost:${server.address().port}`;
}

/** What a client told: waits for the first failure, and gives its reason and its cause. */
async function firstFailure(t, client, told) {
  t.after(() => client.dispose());
  client.connect().catch(() => undefined);
  const change = await eventually("it failed", () =>
    told.find(({ wait, to }) => wait !== null || to === "closed"),
  );
  return { why: change.why, cause: change.cause };
}

function watch(client, type = "statechange") {
  const told = [];
  client.addEventListener(type, ({ detail }) => told.push(detail));
  return told;
}

/** A plain event socket in a process of its own: why its first attempt failed. */
async function failureOf(t, { node, own }, url) {
  const { said } = await runProgram(
    t,
    `import { StreamClient } from "./dist/streams-node.js";
    import ws from "ws";
    const WebSocket = ${own ? "undefined" : "ws"};
    const client = new StreamClient({ url: "${url}", auth: "${TOKEN}", WebSocket, backoff: { base: 60_000, cap: 60_000 } });
    client.addEventListener("statechange", ({ detail: { why, wait, to, cause } }) => {
      if (wait === null && to !== "closed") return;
      console.log(JSON.stringify({ why, to, cause }));
      client.dispose();
    });
    client.connect().catch(() => undefined);`,
    { node },
  );
  return JSON.parse(said.split("\n")[0]);
}

for (const place of PLACES) {
  describe(`in Node ${place.place}`, { concurrency: 2, skip: skipped(place) }, () => {
    test("a certificate that nobody signed is named", LIMIT, async (t) => {
      const { why, cause } = await failureOf(t, place, `wss://${await untrusted(t)}/events`);
      assert.deepEqual([why, cause], ["unopened", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" }]);
    });

    test("a name that does not resolve is named", LIMIT, async (t) => {
      const { why, cause } = await failureOf(t, place, "wss://nowhere.invalid/events");
      assert.equal(why, "unopened");
      assert.match(cause.code, /^(ENOTFOUND|EAI_AGAIN)$/);
    });

    for (const [status, right] of [
      [401, { why: "token_refused", to: "reconnecting" }],
      [403, { why: "forbidden", to: "closed" }],
      [404, { why: "unopened", to: "reconnecting" }],
      [429, { why: "rate_limited", to: "reconnecting" }],
      [503, { why: "unavailable", to: "reconnecting" }],
    ]) {
      test(`a handshake that is answered ${status} means what a request would`, LIMIT, async (t) => {
        const gateway = await ownGateway(t);
        await gateway.break({ fault: "refuse_socket", status, retry_after: 30 });
        const url = `${gateway.address.replace("http", "ws")}/events`;
        assert.deepEqual(await failureOf(t, place, url), { ...right, cause: { status } });
      });
    }

    test(
      "a handshake that is answered like a success is no socket, and its status is told",
      LIMIT,
      async (t) => {
        const gateway = await ownGateway(t);
        await gateway.break({ fault: "foreign", path: "socket", status: 200 });
        const told = await failureOf(t, place, `${gateway.address.replace("http", "ws")}/events`);
        assert.deepEqual(told, { why: "unopened", to: "reconnecting", cause: { status: 200 } });
      },
    );

    test("a handshake that leads elsewhere is not followed, and the host is named", LIMIT, async (t) => {
      const gateway = await ownGateway(t);
      await gateway.break({ fault: "foreign", path: "socket", status: 301, location: ELSEWHERE });
      const told = await failureOf(t, place, `${gateway.address.replace("http", "ws")}/events`);
      const cause = { status: 301, host: "elsewhere.example" };
      assert.deepEqual(told, { why: "redirected", to: "reconnecting", cause });
    });

    test("nothing outlives the last one who waits for a token", LIMIT, async (t) => {
      const gateway = await ownGateway(t);
      await gateway.break({ fault: "delay", ms: 600_000 });
      const { code, said } = await runProgram(
        t,
        `import { TokenManager } from "./dist/streams-node.js";
        const tokens = new TokenManager({
          region: "${gateway.address}", clientId: "demo-client", clientSecret: "demo-secret-0000000000", timeout: 60_000,
        });
        const error = await tokens.token({ signal: AbortSignal.timeout(200) }).catch((error) => error);
        console.log(error.name);`,
        { node: place.node, word: "TimeoutError", deadline: 25_000 },
      );
      assert.deepEqual([code, said], [0, "TimeoutError\n"]);
    });
  });
}

test("a handshake that is told to wait is not repeated before", LIMIT, async (t) => {
  const gateway = await ownGateway(t);
  await gateway.break({ fault: "refuse_socket", status: 429, retry_after: 25, count: 1 });
  const client = new GuestClient({ host: gateway.address, token: TOKEN, WebSocket, backoff: QUICK });
  const told = watch(client);
  const { why, cause } = await firstFailure(t, client, told);
  assert.deepEqual([why, cause], ["rate_limited", { status: 429 }]);
  assert.ok(told.at(-1).wait >= 25_000);
});

test("a service that has moved is named, and asked nothing where it went", LIMIT, async (t) => {
  const gateway = await ownGateway(t);
  await gateway.break({ fault: "foreign", path: "guests", status: 308, location: ELSEWHERE });
  const client = new GuestClient({ host: gateway.address, token: TOKEN, WebSocket, backoff: QUICK });
  const errors = watch(client, "error");
  const { why, cause } = await firstFailure(t, client, watch(client));
  assert.deepEqual([why, cause], ["redirected", { status: 308, host: "elsewhere.example" }]);
  // Nothing but waiting can show that it is told once it has lasted.
  const error = await eventually("it is told", () => errors[0], { deadline: 120_000 });
  assert.deepEqual([error.code, error.retryable, client.state], ["not_connecting", true, "reconnecting"]);
  assert.deepEqual(error.cause, { status: 308, host: "elsewhere.example", why: "redirected" });
  assert.ok(error.count >= 3 && Date.now() - error.since >= 30_000);
  assert.equal(errors.length, 1);
  await gateway.mend();
  await eventually("it is back", () => client.state === "connected");
});

test(
  "a certificate that nobody signed is told once, with what to do, and in the records",
  LIMIT,
  async (t) => {
    const host = await untrusted(t);
    const client = new StreamClient({ url: `wss://${host}/events`, auth: TOKEN, WebSocket, backoff: QUICK });
    t.after(() => client.dispose());
    const errors = watch(client, "error");
    const records = watch(client, "audit");
    client.connect().catch(() => undefined);
    const error = await eventually("it is told", () => errors[0], { deadline: 120_000 });
    assert.deepEqual(error.cause, { code: "DEPTH_ZERO_SELF_SIGNED_CERT", why: "unopened" });
    assert.match(error.remedy, /NODE_EXTRA_CA_CERTS/);
    const said = records.find(({ what }) => what === "closed");
    assert.deepEqual([said.code, said.cause], [1006, "DEPTH_ZERO_SELF_SIGNED_CERT"]);
    assert.ok(!JSON.stringify([error, error.message, records]).includes(TOKEN));
  },
);

describe("in a page", () => {
  let browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  test("a service that has moved is named as far as pages are told", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser, { options: { backoff: QUICK } });
    await gateway.break({ fault: "foreign", path: "guests", status: 308, location: ELSEWHERE });
    await guest.startConnecting();
    const change = await eventually("it failed", () =>
      guest.do(() => globalThis.guest.told.find(({ wait }) => typeof wait === "number")),
    );
    assert.deepEqual([change.why, change.cause], ["redirected", null]);
    await gateway.mend();
    await eventually("it is back", () => guest.do(() => globalThis.guest.client.state === "connected"));
  });
});
