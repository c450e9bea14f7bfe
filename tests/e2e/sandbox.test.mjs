// A chat in a sandboxed frame, as help desks and page builders embed foreign widgets: its origin is `null`, its storage throws when it is
// touched, and all that it loads is of another origin. What it sends arrives all the same.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };
const DIST = fileURLToPath(new URL("../../dist", import.meta.url));

const PAGE = `<!doctype html>
<title>A page with a chat in a sandbox</title>
<link rel="icon" href="data:,">
<script>
  globalThis.told = [];
  addEventListener("message", ({ data, origin }) => told.push({ ...data, origin }));
</script>
<iframe sandbox="allow-scripts" src="frame.html"></iframe>
`;

const frame = (script) => `<!doctype html>
<title>A chat</title>
<script type="module">
${script}
let stored = "there";
try {
  localStorage;
} catch ({ name }) {
  stored = name;
}
const errors = [];
client.addEventListener("error", ({ detail }) => errors.push(detail.code));
await client.connect();
const heard = client.messages();
const { state, via } = await client.send("from a sandbox").done;
const { value } = await heard.next();
parent.postMessage({ state, via, stored, errors, heard: value.content }, "*");
await client.close();
</script>
`;

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser?.close());

/** What a client in a sandboxed frame, which `script` makes, tells the page around it. */
async function outcomeOf(t, script, headers) {
  const folder = await mkdtemp(join(tmpdir(), "guestwire-sandbox-"));
  await cp(DIST, join(folder, "dist"), { recursive: true });
  await writeFile(join(folder, "index.html"), PAGE);
  await writeFile(join(folder, "frame.html"), frame(script));
  const server = await serveFolder(folder, headers);
  const page = await openPage(browser);
  t.after(async () => {
    await page.close();
    await server.close();
    await rm(folder, { recursive: true });
  });
  await page.goto(`${server.origin}/`);
  return {
    page,
    outcome: () =>
      eventually("the frame says what became of its message", () => page.evaluate(() => globalThis.told[0])),
  };
}

/** Whoever serves the package lets frames of the origin \`null\` read it. */
const FOR_ALL = { "Access-Control-Allow-Origin": "*" };

const CLIENTS = {
  webchat: (address) => `import { GuestClient } from "./dist/index.js";
const client = await GuestClient.create({ host: "${address}", token: "${TOKEN}" });`,
  "web messaging": (address) => `import { GuestClient } from "./dist/web-messaging.js";
const options = { deploymentId: "the-deployment", region: "${address}", storage: () => localStorage };
const client = await GuestClient.create(options);`,
};

for (const [service, script] of Object.entries(CLIENTS)) {
  test(
    `a message is delivered from a sandboxed frame by ${service}, and the answer is heard`,
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t, ["--echo"]);
      const { page, outcome } = await outcomeOf(t, script(gateway.address), FOR_ALL);
      const { heard, errors, ...told } = await outcome();
      assert.deepEqual(told, { state: "delivered", via: "socket", stored: "SecurityError", origin: "null" });
      assert.match(heard, /from a sandbox/);
      assert.deepEqual(
        errors,
        service === "webchat" ? [] : ["storage_failed"],
        "it is told, and goes on in memory",
      );
      const ledger = await gateway.ledger();
      assert.deepEqual(
        ledger.map(({ content, copies }) => [content, copies]),
        [["from a sandbox", 1]],
      );
      assert.deepEqual(page.problems, []);
    },
  );
}

test("where the package is served to its own origin alone, the frame's console says so", LIMIT, async (t) => {
  const gateway = await ownGateway(t);
  const { page } = await outcomeOf(t, CLIENTS.webchat(gateway.address), {});
  await eventually("the console says why", () => page.problems.some((problem) => /CORS/.test(problem)));
  assert.deepEqual((await gateway.connections()).attempts, []);
});
