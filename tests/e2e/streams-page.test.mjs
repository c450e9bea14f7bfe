// A stream in a page: a function gives the token, as an application's own server would; the page is on another origin than the
// service, so each request is asked for with a preflight.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TokenManager } from "../../dist/streams-node.js";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { watchSleep } from "./lib/sleep.mjs";
import { eventsAddress } from "./lib/stream.mjs";

const LIMIT = { timeout: 120_000 };
const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const TOPIC = "v2.users.a.presence";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

/** Runs in the page: a client whose tokens come from the test, and what it told. */
async function listen(options) {
  const { StreamClient } = await import("/streams.js");
  const provider = ({ renew }) => globalThis.giveToken(renew);
  const tokens = options.url ? { auth: provider } : { credentials: provider };
  const client = await StreamClient.create({ ...options, ...tokens });
  const told = { event: [], gap: [], error: [], statechange: [] };
  for (const [type, list] of Object.entries(told)) {
    client.addEventListener(type, ({ detail }) => list.push(detail.code ?? detail));
  }
  globalThis.stream = { client, told };
  await client.connect();
}

/** A page with a connected client. */
async function openStream(t, gateway, options) {
  const server = await serveFolder(DIST);
  t.after(() => server.close());
  const context = await browser.newContext();
  t.after(() => context.close());
  const tokens = new TokenManager({ ...APPLICATION, region: gateway.address });
  t.after(() => tokens.dispose());
  const page = await openPage(context);
  let last;
  await page.exposeFunction("giveToken", async (renew) => {
    const { token, expiresIn } = await tokens.token(renew && last ? { refused: last } : {});
    last = token;
    return { token, expiresIn };
  });
  // Any file of that origin will do for a document; the browser asks for a picture of it.
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await page.goto(`${server.origin}/streams.js`);
  await page.evaluate(`globalThis.slept = (${watchSleep})()`);
  await page.evaluate(listen, options);
  const told = (type) => page.evaluate((type) => globalThis.stream.told[type], type);
  // What was missed is told as a gap, and then the next one is heard.
  const hears = () =>
    eventually("it is heard", async () => {
      const gaps = (await told("gap")).length;
      const { correlationId } = await gateway.emit(TOPIC);
      const heard = async () => (await told("event")).some((event) => event.correlationId === correlationId);
      await eventually("it is told", async () => (await heard()) || (await told("gap")).length > gaps);
      return heard();
    });
  return { page, told, hears };
}

const channels = (gateway, more = {}) => ({ region: gateway.address, topics: [TOPIC], ...more });
const QUICK = { backoff: { base: 20, cap: 200 }, maxOpens: 1000 };

describe("in a page", { concurrency: true }, () => {
  test("a stream listens with the tokens of a function, and comes back after a drop", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { page, told, hears } = await openStream(t, gateway, channels(gateway, QUICK));
    await hears();
    await gateway.break({ fault: "close", code: 1012 });
    await eventually("the gap is told", async () => (await told("gap")).length > 0);
    await hears();
    const topics = await page.evaluate(() => globalThis.stream.client.subscribe("v2.users.b.presence"));
    assert.deepEqual(topics, [{ topic: "v2.users.b.presence", state: "subscribed" }]);
    await page.evaluate(() => globalThis.stream.client.close());
    await eventually("no socket is left", async () => {
      const { connections } = await gateway.connections();
      return connections.length === 0;
    });
    assert.deepEqual(page.problems, []);
  });

  test("a channel that is gone is asked about, and made anew with another token", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { told, hears } = await openStream(t, gateway, channels(gateway, QUICK));
    await gateway.break([{ fault: "expire_session" }, { fault: "close", code: 1001 }]);
    await eventually("the gap is told", async () => (await told("gap")).length > 0);
    await hears();
    const asked = (await gateway.requests()).map(({ what }) => what);
    assert.ok(asked.includes("check_channel"), asked.join());
    assert.equal((await gateway.streams()).tokens.issued, 2);
  });

  test(
    "an announced end is taken over by a second channel, with two sockets for a while",
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t, ["--stream-closing-notice", "45000"]);
      const options = channels(gateway, { handover: "second-channel" });
      const { page, told, hears } = await openStream(t, gateway, options);
      await gateway.break({ fault: "socket_closing" });
      const over = async () => (await gateway.connections()).opened > 1;
      await eventually("another socket has opened", over, { deadline: 60_000 });
      await hears();
      const alone = async () => (await gateway.streams()).sockets.length === 1;
      await eventually("the first is closed", alone);
      await hears();
      if (!(await page.evaluate("slept()"))) assert.deepEqual(await told("gap"), []);
      const ids = (await told("event")).map(({ correlationId }) => correlationId);
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(page.problems, []);
    },
  );

  test("a plain event socket has its token in the address, where no header can be", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const options = { url: eventsAddress(gateway), subscribe: { topics: [TOPIC] } };
    const { page, hears } = await openStream(t, gateway, options);
    await hears();
    assert.deepEqual(page.problems, []);
  });
});
