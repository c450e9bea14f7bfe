// The README's examples, as they are written there, in a page without a bundler, and the one of streams in Node. One thing is put in: the gateway's address
// for the example's host or region, which nobody can reach. The first one's own server, which gives the token, is this test's.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway, startGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const ROOT = new URL("../../", import.meta.url);

const PAGE = `<!doctype html>
<title>The README's example</title>
<link rel="icon" href="data:,">
<script type="importmap">
  { "imports": { "guestwire": "./dist/index.js", "guestwire/web-messaging": "./dist/web-messaging.js" } }
</script>
<script type="module" src="./example.js"></script>
`;

/**
 * Opens a page with the README's example that imports from `entry`, where `place` stands for the gateway.
 *
 * @returns its gateway, and what it writes to the console.
 */
async function openExample(t, entry, place) {
  const example = await exampleOf(entry);
  assert.equal(example.split(`"${place}"`).length, 2, "the example names its place once, but for comments");

  const gateway = await startGateway(["--echo"]);
  const folder = await mkdtemp(join(tmpdir(), "guestwire-readme-"));
  await cp(fileURLToPath(new URL("dist", ROOT)), join(folder, "dist"), { recursive: true });
  await writeFile(join(folder, "index.html"), PAGE);
  await writeFile(join(folder, "example.js"), example.replace(place, gateway.address));
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
  return { gateway, page, said };
}

/** The README's example that imports from `entry`. */
async function exampleOf(entry) {
  const readme = await readFile(new URL("README.md", ROOT), "utf8");
  const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
  return examples.find((code) => code.includes(`from "${entry}"`)) ?? assert.fail("no example");
}

const contents = async (gateway) => (await gateway.ledger()).map(({ content, copies }) => [content, copies]);

test("the README's first example runs as written", async (t) => {
  const { gateway, page, said } = await openExample(t, "guestwire", "acme.mypurecloud.com");
  await eventually("the example says how its message ended", () =>
    said.some((line) => /^delivered by socket in \d+ ms$/.test(line)),
  );
  assert.deepEqual(await contents(gateway), [["Hello", 1]]);
  await eventually("the example closes", async () => said.some((line) => line.endsWith("closed")));
  assert.deepEqual(page.problems, []);
});

test("the README's example of web messaging runs as written", async (t) => {
  const { gateway, page, said } = await openExample(t, "guestwire/web-messaging", "eu-central-1");
  const says = (line) => eventually(`the example says: ${line}`, () => said.includes(line));
  await says("Hello: delivered");
  assert.deepEqual(await contents(gateway), [["Hello", 1]]);
  await eventually("the agent's echo is heard", () => said.some((line) => /^agent: .*Hello/.test(line)));
  const offer = { contentType: "QuickReply", quickReply: { text: "Yes", payload: "yes" } };
  await gateway.say({ message: { type: "Structured", text: "Well?", content: [offer] } });
  await says("agent: Well?");
  await says("with a QuickReply");
  const typing = { eventType: "Typing", typing: { type: "On", duration: 5000 } };
  await gateway.say({ message: { type: "Event", events: [typing] } });
  await says("the agent writes");
  const end = { eventType: "Presence", presence: { type: "Disconnect" } };
  await gateway.say({ message: { type: "Event", metadata: { readOnly: "true" }, events: [end] } });
  await says("read only");
  assert.deepEqual(page.problems, []);
});

test("the README's example of streams runs as written, in Node", async (t) => {
  const example = await exampleOf("guestwire/streams");
  assert.equal(example.split('"eu-central-1"').length, 2, "the example names its place once");
  const gateway = await ownGateway(t);
  const source = example.replace("eu-central-1", gateway.address);
  const { clientId: CLIENT_ID, clientSecret: CLIENT_SECRET } = APPLICATION;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    cwd: fileURLToPath(ROOT),
    env: { ...process.env, CLIENT_ID, CLIENT_SECRET },
    stdio: ["ignore", "pipe", "inherit"],
  });
  t.after(() => child.kill());
  let said = "";
  child.stdout.on("data", (data) => {
    said += data;
  });
  const says = (words) => eventually(`the example says: ${words}`, () => said.includes(words));
  await says("connection: connected");
  await says("v2.users.supervisor.presence: subscribed");
  await gateway.emit("v2.users.supervisor.presence", { name: "busy" });
  await says("v2.users.supervisor.presence { name: 'busy' }");
  await gateway.break({ fault: "reset" });
  await says("ms to catch up with, by REST");
  await gateway.emit("v2.routing.queues.support.conversations", { id: "c-1" });
  await says("v2.routing.queues.support.conversations { id: 'c-1' }");
});
