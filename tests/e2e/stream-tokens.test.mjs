// Streams and the token manager that they share, in Node, on the real gateway: what the service has been asked is for its own
// ledger to say.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { TokenManager } from "../../dist/streams-node.js";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { openStream, Stream } from "./lib/stream.mjs";

const LIMIT = { timeout: 120_000 };
const QUICK = { backoff: { base: 50, cap: 200 }, maxOpens: 1000 };
const TOPIC = "v2.users.u-1.presence";

/** A manager that goes when the test ends, and every token that it gave. */
function manager(t, gateway) {
  const tokens = new TokenManager({ region: gateway.address, ...APPLICATION, backoff: QUICK.backoff });
  t.after(() => tokens.dispose());
  return tokens;
}

/** Once it is heard, the stream is whole. Where it was missed, and a gap says so, the next one is. */
async function hears(gateway, ...streams) {
  for (const { events, told } of streams) {
    await eventually("it is heard", async () => {
      const gaps = told.gap.length;
      const { correlationId } = await gateway.emit(TOPIC, { heard: true });
      const heard = () => events.includes(correlationId);
      await eventually("it is told", () => heard() || told.gap.length > gaps);
      return heard();
    });
  }
}

describe("in Node", { concurrency: true }, () => {
  test("streams of both kinds and the application's own requests have one token", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const tokens = manager(t, gateway);
    const wanted = { topics: [TOPIC] };
    const streams = await Promise.all([
      openStream(t, gateway, { ...wanted, options: { credentials: tokens } }),
      openStream(t, gateway, { ...wanted, options: { credentials: tokens } }),
      openStream(t, gateway, { ...wanted, kind: "events", options: { auth: tokens } }),
    ]);
    const { token } = await tokens.token();
    const headers = { Authorization: `Bearer ${token}` };
    assert.equal((await fetch(`${gateway.address}/api/v2/notifications/channels`, { headers })).status, 200);
    await hears(gateway, ...streams);
    assert.equal((await gateway.streams()).tokens.issued, 1);
  });

  for (const fault of ["expire_session", "revoke_token"]) {
    test(`a token that ends in mid-life is renewed once for all streams (${fault})`, LIMIT, async (t) => {
      const gateway = await ownGateway(t, ["--stream-outlive-token"]);
      const tokens = manager(t, gateway);
      const options = { ...QUICK, credentials: tokens };
      const streams = await Promise.all([
        openStream(t, gateway, { topics: [TOPIC], options }),
        openStream(t, gateway, { topics: [TOPIC], options }),
      ]);
      await gateway.break([{ fault }, { fault: "restart" }]);
      // Something that only a good token is allowed.
      const results = await Promise.all(
        streams.map(({ client }) => client.subscribe(["v2.users.u-2.presence"])),
      );
      assert.ok(
        results.flat().every(({ state }) => state === "subscribed"),
        inspect(results),
      );
      await eventually("both are connected", () =>
        streams.every(({ client }) => client.state === "connected"),
      );
      await hears(gateway, ...streams);
      assert.equal((await gateway.streams()).tokens.issued, 2, "one token, and one for its refusal");
    });
  }

  test("a wrong secret ends the client, and it says which it was and no more", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const credentials = { ...APPLICATION, clientSecret: "not-the-secret-of-anybody" };
    const stream = new Stream(gateway, { topics: [TOPIC], options: { credentials } });
    t.after(() => stream.close());
    const error = await stream.connect().catch((reason) => reason);
    assert.equal(error.code, "invalid_client");
    assert.deepEqual(stream.errors, ["invalid_client"], "once");
    assert.equal(stream.client.state, "closed");
    assert.equal((await gateway.streams()).calls.token, 1, "it does not ask again");
    const shown =
      inspect([error, stream.told], { depth: 10, showHidden: true }) + JSON.stringify(stream.client.trace());
    assert.ok(!shown.includes(credentials.clientSecret));
  });

  test(
    "a client's own manager waits as the service asks, and the client is connected when it may be",
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t);
      await gateway.break({ fault: "refuse_rest", scope: "token", status: 429, retry_after: 1, count: 1 });
      const stream = await openStream(t, gateway, { topics: [TOPIC], options: QUICK });
      await hears(gateway, stream);
      const { calls, tokens } = await gateway.streams();
      assert.deepEqual([calls.token, tokens.issued], [2, 1]);
      assert.ok(stream.told.audit.some(({ what, code }) => what === "rate_limited" && code === 429));
    },
  );
});
