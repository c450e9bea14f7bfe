// What errors say to whoever has set something up wrongly: in Node, on the real gateway.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import { GuestClient as Webchat } from "../../dist/node.js";
import { StreamClient } from "../../dist/streams-node.js";
import { eventually } from "./lib/eventually.mjs";
import { join, ownGateway } from "./lib/node-guest.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 60_000 };
const QUICK = { backoff: { base: 20, cap: 100 }, maxOpens: 100 };

describe("in Node, with ws", { concurrency: true }, () => {
  test(
    "a deployment that there is not is named, whether the greeting is refused or the handshake",
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t, ["--wm-deployment", "another"]);
      const client = join(t, gateway, QUICK);
      await assert.rejects(client.connect(), (error) => {
        assert.equal(error.code, "refused");
        assert.match(error.remedy, /deploymentId and region/);
        return true;
      });
      await gateway.break({ fault: "refuse_socket", status: 403, count: 4 });
      const told = [];
      const other = join(t, gateway, QUICK);
      other.addEventListener("error", ({ detail }) => told.push(detail));
      other.connect();
      await eventually("it is told", () => told.some(({ code }) => code === "unknown_deployment"));
      assert.match(told.find(({ code }) => code === "unknown_deployment").remedy, /deploymentId and region/);
    },
  );

  test("a member that no message has is named, with those that there are", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const client = join(t, gateway, QUICK);
    assert.throws(
      () => client.send({ text: "hello", quickreply: { text: "Yes", payload: "y" } }),
      (error) => {
        assert.equal(error.code, "bad_content");
        assert.match(error.message, /quickreply/);
        assert.match(error.remedy, /quickReply/);
        return true;
      },
    );
    assert.throws(() => client.send({ text: "hello", attributes: { age: 5 } }), {
      code: "bad_content",
      message: /attributes/,
    });
  });

  test("a loopback host without a scheme is refused by the address that was meant", () => {
    const refused = (option) => (error) => {
      assert.deepEqual([error.code, error.option], ["bad_option", option]);
      assert.match(error.remedy, /http:\/\/localhost:8787/);
      return true;
    };
    assert.throws(() => new Webchat({ host: "localhost:8787", token: TOKEN, WebSocket }), refused("host"));
    const region = "localhost:8787";
    assert.throws(() => new StreamClient({ region, credentials: TOKEN, WebSocket }), refused("region"));
  });
});
