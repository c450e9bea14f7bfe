// Who is asked for tokens, in Node, on the real gateway: a bad minute of theirs is waited for in every entry, and a final no ends the
// client at once.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { GuestClient as Webchat } from "../../dist/node.js";
import { StreamClient, TokenManager } from "../../dist/streams-node.js";
import { GuestClient as Messaging } from "../../dist/web-messaging-node.js";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { eventsAddress } from "./lib/stream.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };
const QUICK = { WebSocket, backoff: { base: 20, cap: 100 }, maxOpens: 100 };
const GUEST = "5e0d6a52-7d0b-4b4c-9a55-0b6c8a2f6d11";

/** A token that the gateway's streams take. */
async function streamToken(gateway) {
  const tokens = new TokenManager({ region: gateway.address, ...APPLICATION });
  const { token } = await tokens.token();
  tokens.dispose();
  return token;
}

/** A client of each entry that asks `provider`, and a token that it can use. */
const ENTRIES = {
  webchat: async (gateway) => [TOKEN, (token) => new Webchat({ host: gateway.address, token, ...QUICK })],
  "web-messaging": async (gateway) => [
    GUEST,
    (token) => new Messaging({ region: gateway.address, deploymentId: "d", token, ...QUICK }),
  ],
  "streams of channels": async (gateway) => [
    await streamToken(gateway),
    (credentials) => new StreamClient({ region: gateway.address, credentials, ...QUICK }),
  ],
  "streams of a plain socket": async (gateway) => [
    await streamToken(gateway),
    (auth) => new StreamClient({ url: eventsAddress(gateway), auth, ...QUICK }),
  ],
};

const errorsOf = (client) => {
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push(detail));
  return errors;
};

describe("in Node, with ws", { concurrency: true }, () => {
  for (const [entry, made] of Object.entries(ENTRIES)) {
    test(`${entry}: a provider's bad minute is waited for, and then its token is used`, LIMIT, async (t) => {
      const gateway = await ownGateway(t);
      const [token, make] = await made(gateway);
      const minute = [
        () => Promise.reject(new Error("the server is away")),
        () => undefined,
        () => ({ error: "not now" }),
        () => ({ token, expiresIn: "soon" }),
      ];
      const asked = [];
      const client = make(async ({ renew, signal }) => {
        asked.push([renew, signal.aborted]);
        return (minute.shift() ?? (() => ({ token, expiresIn: 3600 })))();
      });
      t.after(() => client.dispose());
      const errors = errorsOf(client);
      await client.connect();
      // Four failures of one kind within a minute are told once.
      assert.deepEqual(
        errors.map(({ code }) => code),
        ["token_unavailable"],
      );
      assert.deepEqual(asked, Array(5).fill([false, false]));
    });

    test(`${entry}: a provider's final no ends the client, which says whose it was`, LIMIT, async (t) => {
      const gateway = await ownGateway(t);
      const [, make] = await made(gateway);
      let asked = 0;
      const client = make(() => {
        asked += 1;
        throw Object.assign(new Error("a secret"), { retryable: false });
      });
      t.after(() => client.dispose());
      const errors = errorsOf(client);
      await assert.rejects(client.connect(), (error) => {
        assert.deepEqual([error.code, error.retryable, asked], ["unauthorized", false, 1]);
        assert.match(error.message, /token provider/);
        return true;
      });
      assert.deepEqual(
        errors.map(({ code }) => code),
        ["unauthorized"],
      );
    });
  }

  test("a wrong secret of an OAuth client ends a stream under its own code", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    for (const options of [
      { region: gateway.address, credentials: { ...APPLICATION, clientSecret: "wrong-secret-0000000" } },
      {
        url: eventsAddress(gateway),
        auth: { ...APPLICATION, clientSecret: "wrong", tokenUrl: `${gateway.address}/oauth/token` },
      },
    ]) {
      const client = new StreamClient({ ...QUICK, ...options });
      t.after(() => client.dispose());
      const errors = errorsOf(client);
      const ends = [];
      client.addEventListener("statechange", ({ detail }) => detail.error && ends.push(detail.error.code));
      await assert.rejects(client.connect(), (error) => {
        assert.deepEqual(
          [error.name, error.code, error.retryable],
          ["ServiceError", "invalid_client", false],
        );
        assert.match(error.remedy, /clientId and clientSecret/);
        return true;
      });
      assert.deepEqual([errors.map(({ code }) => code), ends], [["invalid_client"], ["invalid_client"]]);
    }
  });

  test("whoever signs guests in is asked again after a bad minute", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const minute = [() => Promise.reject(new Error("away")), () => ({}), () => undefined];
    const reasons = [];
    const client = new Messaging({
      region: gateway.address,
      deploymentId: "d",
      ...QUICK,
      auth: async ({ reason, renew }) => {
        reasons.push([reason, renew]);
        const grant = () => ({ code: "alice:1", redirectUri: "https://shop.example", codeVerifier: "v" });
        return (minute.shift() ?? grant)();
      },
    });
    t.after(() => client.dispose());
    const errors = errorsOf(client);
    await client.connect();
    assert.equal((await client.send("as myself").done).state, "delivered");
    assert.deepEqual(reasons, Array(4).fill(["first", false]));
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["grant_unavailable", "bad_grant", "bad_grant"],
    );
  });
});
