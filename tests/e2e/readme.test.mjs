// The README's first example, as it is written there, in a page without a bundler. One thing is put in: the gateway's
// address for the example's host, which nobody can reach. The example's own server, which gives the token, is this test's.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const ROOT = new URL("../../", import.meta.url);
const HOST = "acme.mypurecloud.com";

const PAGE = `<!doctype html>
<title>The README's example</title>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "guestwire": "./dist/index.js" } }</script>
<script type="module" src="./example.js"></script>
`;

test("the README's first example runs as written", async (t) => {
  const readme = await readFile(new URL("README.md", ROOT), "utf8");
  const [, example] = /```js\n([\s\S]*?)```/.exec(readme) ?? assert.fail("the README has no js example");
  assert.equal(example.split(`"${HOST}"`).length, 2, "the example names its host once");

  const gateway = await startGateway(["--echo"]);
  const folder = await mkdtemp(join(tmpdir(), "guestwire-readme-"));
  await cp(fileURLToPath(new URL("dist", ROOT)), join(folder, "dist"), { recursive: true });
  await writeFile(join(folder, "index.html"), PAGE);
  await writeFile(join(folder, "example.js"), example.replace(HOST, gateway.address));
  await writeFile(join(folder, "chat-token"), TOKEN);
  const server = await serveFolder(folder);
  const browser = await launchChromium();
  t.after(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
    await gateway.stop();
  });

  const page = await openPage(browser);
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  await page.goto(`${server.origin}/`);
  await eventually("the example says how its message ended", () =>
    said.some((line) => /^delivered by socket in \d+ ms$/.test(line)),
  );
  assert.deepEqual(
    (await gateway.ledger()).map(({ content, copies }) => [content, copies]),
    [["Hello", 1]],
  );
  await eventually("the example closes", async () => said.some((line) => line.endsWith("closed")));
  assert.deepEqual(page.problems, []);
});
