// Trying now, at the caller's word, in Node, on the real gateway: the waits are such that without it no test would end.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { GuestClient as Webchat } from "../../dist/node.js";
import { StreamClient } from "../../dist/streams-node.js";
import { GuestClient as Messaging } from "../../dist/web-messaging-node.js";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 60_000 };
const SLOW = { WebSocket, backoff: { base: 600_000, cap: 600_000 }, maxOpens: 3 };

const ENTRIES = {
  webchat: ({ address }) => new Webchat({ host: address, token: TOKEN, rest: false, ...SLOW }),
  "web-messaging": ({ address }) => new Messaging({ region: address, deploymentId: "d", ...SLOW }),
  streams: ({ address }) => new StreamClient({ region: address, credentials: APPLICATION, ...SLOW }),
};

describe("in Node, with ws", { concurrency: true }, () => {
  for (const [entry, make] of Object.entries(ENTRIES)) {
    test(
      `${entry}: a wait of minutes becomes one of a second at most, and connect() leaves it alone`,
      LIMIT,
      async (t) => {
        const gateway = await ownGateway(t);
        const client = make(gateway);
        t.after(() => client.dispose());
        client.reconnectNow();
        assert.equal(client.state, "idle", "it does not begin anything");
        await client.connect();
        await gateway.break([{ fault: "refuse_socket", status: 503, count: 1 }, { fault: "reset" }]);
        await eventually(
          "it waits",
          () => client.state === "reconnecting" && client.stats().nextAttemptIn > 0,
        );
        // The first wait may be short by chance; the one after it is not.
        if (client.stats().opens === 1) client.reconnectNow();
        await eventually(
          "it waits for minutes",
          () => client.stats().opens === 2 && client.stats().nextAttemptIn > 60_000,
        );
        const connected = client.connect();
        assert.ok(client.stats().nextAttemptIn > 60_000);
        client.reconnectNow();
        assert.ok(client.stats().nextAttemptIn <= 1000);
        await connected;
        assert.equal(client.stats().opens, 3);
        client.dispose();
        assert.throws(() => client.reconnectNow(), { code: "closed" });
      },
    );
  }
});
