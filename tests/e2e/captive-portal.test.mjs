// A network that answers for everybody: a captive portal, here a service worker, gives 200 and a page to every request. Nothing that it
// says counts as the service's word: no message is delivered by it, no session and no client ends by it, and when it is gone, what was
// written arrives, once.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { contents } from "./lib/guest.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 180_000 };
const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

/** The portal: whether it is up says a file, so that it knows it whenever the browser starts it anew. */
const PORTAL = `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(answer(event.request)));

async function answer(request) {
  const portal = await (await fetch("/portal")).text();
  if (portal === "") return fetch(request);
  return new Response(portal, { status: 200, headers: { "Content-Type": "text/html" } });
}
`;

const SIGN_IN = "<!doctype html><title>Wi-Fi</title><h1>Sign in to go on</h1>";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

/** A page under the portal's worker, with a client that is not connected yet; `portal(up)` puts it up or takes it down. */
async function openInPortal(t, gateway, options = {}) {
  const folder = await mkdtemp(join(tmpdir(), "guestwire-portal-"));
  const portal = (up) => writeFile(join(folder, "portal"), up ? SIGN_IN : "");
  await portal(false);
  await cp(DIST, join(folder, "dist"), { recursive: true });
  await writeFile(join(folder, "worker.js"), PORTAL);
  await writeFile(join(folder, "index.html"), '<!doctype html><link rel="icon" href="data:,">');
  const server = await serveFolder(folder);
  const context = await browser.newContext();
  const page = await openPage(context);
  t.after(async () => {
    await context.close();
    await server.close();
    await rm(folder, { recursive: true });
  });
  await page.goto(`${server.origin}/`);
  await page.evaluate(
    async ([host, token, options]) => {
      const controlled = new Promise((resolve) => {
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true });
      });
      await navigator.serviceWorker.register("/worker.js");
      await controlled;
      const { GuestClient } = await import("/dist/index.js");
      const client = await GuestClient.create({ host, token, ...options });
      globalThis.guest = { client, audits: [], deliveries: [], errors: [] };
      client.addEventListener("audit", ({ detail }) => globalThis.guest.audits.push(detail.what));
      client.addEventListener("delivery", ({ detail }) => globalThis.guest.deliveries.push(detail.state));
      client.addEventListener("error", ({ detail }) => globalThis.guest.errors.push(detail.code));
    },
    [gateway.address, TOKEN, { backoff: { base: 200, cap: 2_000 }, maxOpens: 100, ...options }],
  );
  const send = (text) =>
    page.evaluate((text) => {
      globalThis.guest.sent = globalThis.guest.client.send(text);
    }, text);
  const told = () =>
    page.evaluate(() => {
      const { client, audits, deliveries, errors, sent } = globalThis.guest;
      return { audits, deliveries, errors, state: client.state, sent: sent?.state };
    });
  const done = () => page.evaluate(() => globalThis.guest.sent.done);
  return { page, portal, send, told, done };
}

/** How many answers the portal has given by now, as the client's audit has them. */
const answers = ({ audits }) => audits.filter((what) => what === "answer" || what === "request").length;

async function afterMoreAnswers(told, more) {
  const before = answers(await told());
  await eventually("the portal has answered", async () => answers(await told()) >= before + more);
}

describe("a captive portal answers everything with 200 and a page", { concurrency: true }, () => {
  test("a message that is written in it is not delivered, and is when it is gone", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { page, portal, send, told, done } = await openInPortal(t, gateway);
    await page.evaluate(() => globalThis.guest.client.connect());
    await portal(true);
    // No socket leads out of it, so that what is written would go by REST.
    await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
    await eventually("the socket is gone", async () => (await told()).state === "reconnecting");
    await send("is anybody there?");
    await afterMoreAnswers(told, 3);
    const inside = await told();
    assert.ok(!["delivered", "rejected", "unconfirmed"].includes(inside.sent), inside.sent);
    assert.equal(inside.state, "reconnecting");
    assert.deepEqual(await gateway.ledger(), []);

    await portal(false);
    await gateway.mend();
    assert.equal((await done()).state, "delivered");
    const ledger = await gateway.ledger();
    assert.deepEqual(contents(ledger), ["is anybody there?"]);
    const { deliveries } = await told();
    assert.equal(deliveries.filter((state) => state === "delivered").length, 1);
  });

  test("a client that begins in it waits, and begins when it is gone", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { page, portal, send, told, done } = await openInPortal(t, gateway);
    await portal(true);
    await page.evaluate(() => void globalThis.guest.client.connect());
    await send("from the first moment");
    await afterMoreAnswers(told, 3);
    const inside = await told();
    assert.ok(["connecting", "reconnecting"].includes(inside.state), inside.state);
    assert.equal(inside.sent, "queued");
    assert.deepEqual((await gateway.requests()).length, 0, "the service has heard nothing");

    await portal(false);
    assert.equal((await done()).state, "delivered");
    assert.deepEqual(contents(await gateway.ledger()), ["from the first moment"]);
  });
});
