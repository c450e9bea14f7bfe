// Why nothing comes of a connection, in the words of the platform or of whoever answers: in Node with the package ws and with its
// own WebSocket. What repeats is told once.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:https";
import { describe, test } from "node:test";
import { WebSocket } from "ws";
import { GuestClient } from "../../dist/node.js";
import { StreamClient } from "../../dist/streams-node.js";
import { selfSigned } from "./lib/certificate.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { PLACES, runProgram, skipped } from "./lib/program.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 180_000 };
const QUICK = { base: 100, cap: 2_000 };

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
