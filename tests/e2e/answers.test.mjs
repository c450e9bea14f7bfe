// Somebody else answers in the service's place, as captive portals, proxies and service workers do. The gateway's ledger says what
// the service has; nothing is delivered that is not there, and nobody's page ends anything.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { contents, openGuest } from "./lib/guest.mjs";

const LIMIT = { timeout: 120_000 };
const PAGE = "<!doctype html><h1>You are offline</h1>";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

describe("what somebody else answers is not the service's word", { concurrency: true }, () => {
  for (const [title, answer] of [
    ["a page", { status: 200, body: PAGE }],
    ["nothing", { status: 200, body: "" }],
    [
      "JSON of their own",
      { status: 200, body: '{"portal":"please sign in"}', content_type: "application/json" },
    ],
  ]) {
    test(`${title} with 200 to a message is no acknowledgement`, LIMIT, async (t) => {
      const { gateway, guest } = await openGuest(t, browser, { flags: [] });
      await gateway.break([
        { fault: "refuse_socket", status: 503 },
        { fault: "foreign", path: "messages", count: 2, ...answer },
      ]);
      await guest.startConnecting();
      await guest.send(["hello"]);
      const [outcome] = await guest.outcomes();
      assert.deepEqual([outcome.state, outcome.via], ["delivered", "rest"]);
      assert.deepEqual(
        contents(await gateway.ledger()),
        ["hello"],
        "delivered when the service has it, and not before",
      );
      const posts = (await gateway.requests()).filter(({ what }) => what === "messages");
      assert.equal(posts.length, 3);
    });
  }

  test("a page in the place of the service ends nothing, and nothing is posted to it", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser, { flags: [] });
    await gateway.break([
      { fault: "foreign", path: "guests", status: 401, body: PAGE, count: 1 },
      { fault: "foreign", path: "guests", status: 403, body: PAGE, count: 1 },
      { fault: "refuse_socket", status: 503 },
      { fault: "foreign", path: "probe", status: 200, body: PAGE, count: 2 },
    ]);
    await guest.startConnecting();
    await guest.send(["hello"]);
    const [outcome] = await guest.outcomes();
    assert.equal(outcome.state, "delivered");
    const asked = (await gateway.requests()).map(({ what, status }) => `${what} ${status}`);
    assert.equal(asked.filter((it) => it.startsWith("guests")).at(-1), "guests 200");
    assert.ok(asked.indexOf("messages 200") > asked.lastIndexOf("probe 200"), asked.join(", "));
    assert.equal(asked.filter((it) => it.startsWith("messages")).length, 1);
  });
});
