// The tarball, not the tree: packed once, installed in real projects, judged by the gateway's ledger.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { launchChromium, openPage } from "../e2e/lib/browser.mjs";
import { startGateway } from "../e2e/lib/gateway.mjs";
import { serveFolder } from "../e2e/lib/serve.mjs";
import { TOKEN } from "../e2e/lib/token.mjs";
import { output, pack, project, root } from "./project.mjs";

let tarball;
let gateway;
before(async () => {
  tarball = await pack();
  gateway = await startGateway();
});
after(async () => {
  await gateway?.stop();
  await tarball?.remove();
});

/** What the page's promise became, the page being on another origin than the gateway. */
async function outcomeOf(folder) {
  const server = await serveFolder(folder);
  const browser = await launchChromium();
  try {
    const parameters = new URLSearchParams({ gateway: gateway.address, token: TOKEN });
    const page = await openPage(browser, `${server.origin}/?${parameters}`);
    const outcome = await page
      .waitForFunction(() => globalThis.outcome)
      .catch((error) => assert.fail([error.message, ...page.problems].join("\n")));
    assert.deepEqual(page.problems, []);
    return await outcome.jsonValue();
  } finally {
    await browser.close();
    await server.close();
  }
}

/** The client of each entry says that it is delivered, and its service has it, once. */
async function assertDelivered({ outcomes, oneClassOfErrors }, content) {
  const taken = (await gateway.ledger()).filter((message) => message.content === content);
  assert.deepEqual(
    outcomes.map(({ id, state }) => [id, state]).sort(),
    // Web messaging names a message itself; the id that it was given stands beside.
    taken
      .map(({ messageId, tracingId, copies }) => [tracingId ?? messageId, copies === 1 && "delivered"])
      .sort(),
  );
  assert.equal(outcomes.length, 2);
  assert.ok(oneClassOfErrors, "the entries share what is not theirs alone");
}

test("the tarball holds a module for each service, scripts and types, and nothing else of ours", () => {
  const about = ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];
  assert.deepEqual(
    tarball.contents.filter((path) => !path.startsWith("dist/")),
    about,
  );
  const shipped = tarball.contents.filter((path) => path.startsWith("dist/"));
  assert.deepEqual(
    shipped.filter((path) => path.endsWith(".wasm")),
    ["dist/guestwire.wasm", "dist/streams.wasm", "dist/web-messaging.wasm"],
  );
  for (const path of shipped)
    assert.match(
      path,
      /^dist\/([a-z-]+(\.c?js|\.d\.c?ts|\.wasm)|(guest|webchat|web-messaging|streams)\/[a-z-]+\.d\.c?ts)$/,
    );
});

test("a page without a bundler sends a message", async () => {
  const { folder, remove } = await project("plain", [tarball.file]);
  try {
    await assertDelivered(await outcomeOf(folder), "Hello from a plain page");
  } finally {
    await remove();
  }
});

test("a Vite project builds, and its page sends a message", async () => {
  const { folder, remove } = await project("vite", [tarball.file]);
  try {
    await output(join(root, "node_modules/.bin/vite"), ["build"], { cwd: folder });
    await assertDelivered(await outcomeOf(join(folder, "dist")), "Hello from Vite");
  } finally {
    await remove();
  }
});

test("Node sends a message, with the WebSocket constructor that it is given", async () => {
  const { folder, remove } = await project("node", [tarball.file, join(root, "node_modules/ws")]);
  try {
    const said = await output("node", ["main.mjs", gateway.address, TOKEN], { cwd: folder, timeout: 60_000 });
    await assertDelivered(JSON.parse(said), "Hello from Node");
  } finally {
    await remove();
  }
});

test("CommonJS sends a message: both entries come by require, loaded and with one class of errors", async () => {
  const { folder, remove } = await project(
    "commonjs",
    [tarball.file, join(root, "node_modules/ws")],
    "commonjs",
  );
  try {
    const said = await output("node", ["main.cjs", gateway.address, TOKEN], { cwd: folder, timeout: 60_000 });
    await assertDelivered(JSON.parse(said), "Hello from CommonJS");
  } finally {
    await remove();
  }
});

test("strict TypeScript accepts what the documentation shows, with the types of the package alone", async () => {
  const { folder, remove } = await project("types", [tarball.file]);
  try {
    const tsc = (...flags) => output(join(root, "node_modules/.bin/tsc"), flags, { cwd: folder });
    await tsc("--project", "tsconfig.json");
    await tsc("--project", "tsconfig.json", "--module", "NodeNext", "--moduleResolution", "NodeNext");
    await tsc("--project", "tsconfig.commonjs.json");
  } finally {
    await remove();
  }
});
