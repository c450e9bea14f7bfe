// What was said before a client came, and what its deployment is like: asked for from pages and from Node, on the real gateway.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { openGuest } from "./lib/guest.mjs";
import { join, ownGateway } from "./lib/node-guest.mjs";

const LIMIT = { timeout: 120_000 };
const TOKEN = "6f0c1d11-52f0-4c43-8f4e-0b7d3a3fb1c7";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

async function start(t, flags = []) {
  const gateway = await ownGateway(t, flags);
  return { gateway, client: () => join(t, gateway, { token: TOKEN }) };
}

const contents = (page) => page.messages.map(({ sender, content }) => `${sender}: ${content}`);

describe("the history", { concurrency: true }, () => {
  test("who comes back is given what was said before, the newest page first, each once", LIMIT, async (t) => {
    // Sent without a pause, whatever the limits of the service.
    const { gateway, client } = await start(t, ["--wm-message-rate", "0", "--wm-request-rate", "0"]);
    const first = client();
    await first.connect();
    const said = Array.from({ length: 3 }, (_, number) => `word ${number}`);
    for (const content of said) await first.send(content).done;
    for (let number = 0; number < 110; number += 1) await gateway.say(`agent ${number}`);
    await first.close();

    const second = client();
    const told = [];
    second.addEventListener("message", ({ detail }) => told.push(detail.content));
    await second.connect();
    const newest = await second.history();
    const older = await second.history();
    const agent = Array.from({ length: 110 }, (_, number) => `agent: agent ${number}`);
    assert.deepEqual(
      [...contents(older), ...contents(newest)],
      [...said.map((content) => `guest: ${content}`), ...agent],
    );
    assert.deepEqual([newest.done, older.done, newest.messages.length], [false, true, 100]);
    assert.deepEqual(told, [], "what is given is not raised");
  });

  test("what this client said and heard is not given to it again", LIMIT, async (t) => {
    const { gateway, client } = await start(t);
    const guest = client();
    const heard = new Promise((resolve) => guest.addEventListener("message", resolve, { once: true }));
    await guest.connect();
    await guest.send("hello").done;
    await gateway.say("good morning");
    await heard;
    assert.deepEqual(await guest.history(), { messages: [], done: true });
  });

  test("a wait that is aborted ends, and a client that is closed says so", LIMIT, async (t) => {
    const { gateway, client } = await start(t);
    const guest = client();
    await guest.connect();
    await gateway.break([{ fault: "delay", ms: 60_000 }]);
    const reason = new Error("not wanted any more");
    await assert.rejects(guest.history({ signal: AbortSignal.abort(reason) }), reason);
    const open = guest.history();
    await guest.close({ grace: 0 });
    await assert.rejects(open, { code: "closed" });
    await assert.rejects(guest.history(), { code: "closed" });
  });
});

describe("the deployment", { concurrency: true }, () => {
  test("its configuration and its domains are there without a connection", LIMIT, async (t) => {
    const { client } = await start(t, ["--wm-allowed-domain", "shop.example"]);
    const guest = client();
    const config = await guest.deployment();
    assert.equal(config.id, "the-deployment");
    assert.equal(typeof config.messenger.apps.conversations.autoStart.enabled, "boolean");
    assert.deepEqual(await guest.domains(), { allowAllDomains: false, allowedDomains: ["shop.example"] });
    assert.equal(guest.state, "idle");
  });

  test("one that there is not is refused", LIMIT, async (t) => {
    const { client } = await start(t, ["--wm-deployment", "another"]);
    await assert.rejects(client().deployment(), { code: "refused", retryable: false });
  });

  test("a page of another origin can read it", LIMIT, async (t) => {
    const { guest } = await openGuest(t, browser, { service: "web-messaging", options: { token: TOKEN } });
    const id = await guest.do(async () => (await globalThis.guest.client.deployment()).id);
    assert.equal(typeof id, "string");
    assert.deepEqual(guest.problems(), []);
  });
});
