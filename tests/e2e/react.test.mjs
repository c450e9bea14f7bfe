// The README's component, as it is written there, with the real React in development: StrictMode, hot reload and an unmount in the middle of
// sending leave one session that lives, one socket, and nothing behind. Judged by the gateway.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { watchLeftovers } from "./lib/leftovers.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const ROOT = new URL("../../", import.meta.url);
const root = (path) => fileURLToPath(new URL(path, ROOT));
const HOST = "acme.mypurecloud.com";

/** What a page around the component does, with React's own way of exchanging it: another component of the same name takes its place. */
const MAIN = `
import { createElement, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import * as guest from "guestwire";

let root;
globalThis.guest = guest;
globalThis.page = {
  async show(version) {
    const { Chat } = await import(new URL("chat-" + version + ".js", document.baseURI).href);
    root ??= createRoot(document.getElementById("root"));
    root.render(createElement(StrictMode, null, createElement(Chat)));
  },
  hide() {
    root.unmount();
    root = undefined;
  },
};
`;

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

/** A page with the README's component, in several editions, as a development server gives it. */
async function openChat(t) {
  const gateway = await ownGateway(t, ["--echo"]);
  const readme = await readFile(new URL("README.md", ROOT), "utf8");
  const [, component] = /```jsx\n([\s\S]*?)```/.exec(readme) ?? assert.fail("the README has no component");
  assert.equal(component.split(`"${HOST}"`).length, 2, "the component names its host once");
  const folder = await mkdtemp(join(tmpdir(), "guestwire-react-"));
  t.after(() => rm(folder, { recursive: true }));
  await cp(root("dist"), join(folder, "dist"), { recursive: true });
  const sources = join(folder, "sources");
  const entryPoints = ["main.js"];
  await cp(root("package.json"), join(sources, "package.json"));
  await writeFile(join(sources, "main.js"), MAIN);
  for (let version = 0; version < 5; version += 1) {
    entryPoints.push(`chat-${version}.jsx`);
    const edition = component.replace(HOST, gateway.address).concat(`\nexport const edition = ${version};\n`);
    await writeFile(join(sources, `chat-${version}.jsx`), edition);
  }
  await build({
    entryPoints: entryPoints.map((name) => join(sources, name)),
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    nodePaths: [root("node_modules")],
    plugins: [
      {
        name: "the package as it is shipped",
        setup: ({ onResolve }) =>
          onResolve({ filter: /^guestwire$/ }, () => ({ path: "./dist/index.js", external: true })),
      },
    ],
    logLevel: "warning",
  });
  await writeFile(join(folder, "chat-token"), TOKEN);
  await writeFile(
    join(folder, "index.html"),
    `<!doctype html><title>React</title><link rel="icon" href="data:,"><div id="root"></div><script type="module" src="./main.js"></script>`,
  );
  const server = await serveFolder(folder);
  t.after(() => server.close());
  const context = await browser.newContext();
  t.after(() => context.close());
  await context.addInitScript(watchLeftovers);
  const page = await openPage(context, `${server.origin}/`);
  await page.waitForFunction(() => globalThis.page);
  return { gateway, page };
}

const show = (page, version) => page.evaluate((version) => globalThis.page.show(version), version);
const hide = (page) => page.evaluate(() => globalThis.page.hide());
const open = async (gateway) => (await gateway.connections()).connections.length;
const sessions = async (gateway) => (await gateway.requests()).filter(({ what }) => what === "guests").length;

async function say(page, text) {
  await page.fill("input", text);
  await page.press("input", "Enter");
}

/** What listens outside of the component's own page, and what was not given back. */
const left = (page) =>
  page.evaluate(() => ({
    listeners: globalThis.leftovers
      .listeners()
      // React listens to everything on the element that it has.
      .filter(
        (one) =>
          !one.startsWith("HTML") &&
          /online|offline|pageshow|resume|visibilitychange|abort|WebSocket/.test(one),
      ),
    openSockets: globalThis.leftovers.openSockets(),
  }));

const NOTHING = { listeners: [], openSockets: 0 };

test("in StrictMode the README's component has one session and one socket, and says and hears each thing once", async (t) => {
  const { gateway, page } = await openChat(t);
  await show(page, 0);
  await page.waitForSelector("input:enabled");
  await say(page, "Hello");
  await eventually("the answer is there", () => page.locator("li").count());
  assert.equal(await page.locator("li").count(), 1);
  const ledger = await gateway.ledger();
  assert.deepEqual(
    ledger.map(({ content, copies }) => [content, copies]),
    [["Hello", 1]],
  );
  assert.equal(await sessions(gateway), 1, "sessions");
  assert.equal((await gateway.connections()).opened, 1, "sockets that were ever opened");
  assert.deepEqual(page.problems, []);
});

test("four hot reloads leave one socket, and what the others had is given back", async (t) => {
  const { gateway, page } = await openChat(t);
  for (let version = 0; version < 5; version += 1) {
    await show(page, version);
    await page.waitForSelector("input:enabled");
    await say(page, `of edition ${version}`);
    await eventually("it has arrived", async () => (await gateway.ledger()).length === version + 1);
    await eventually("one socket is open", async () => (await open(gateway)) === 1);
  }
  assert.equal(await sessions(gateway), 5, "one session for each edition");
  await hide(page);
  await eventually("no socket is open", async () => (await open(gateway)) === 0);
  await eventually("nothing is left", async () => (await left(page)).openSockets === 0);
  assert.deepEqual(await left(page), NOTHING);
  assert.deepEqual(page.problems, []);
});

test("what is being sent when the component goes arrives once, and nothing is left behind, however often that happens", async (t) => {
  const { gateway, page } = await openChat(t);
  const memory = () => page.evaluate(() => globalThis.leftovers.memory());
  let settled;
  for (let round = 0; round < 12; round += 1) {
    await show(page, round % 5);
    await page.waitForSelector("input:enabled");
    await eventually("it is connected", async () => (await open(gateway)) === 1);
    await say(page, `round ${round}`);
    await hide(page);
    await eventually("no socket is open", async () => (await open(gateway)) === 0);
    if (round === 5) settled = await memory();
  }
  const ledger = await gateway.ledger();
  assert.deepEqual(
    ledger.map(({ content, copies }) => [content, copies]),
    Array.from({ length: 12 }, (_, round) => [`round ${round}`, 1]),
  );
  await eventually("nothing is left", async () => (await left(page)).openSockets === 0);
  assert.deepEqual(await left(page), NOTHING);
  assert.equal(await memory(), settled, "bytes of the module's memory");
  assert.deepEqual(page.problems, []);
});
