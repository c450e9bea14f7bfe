// What a page recorded is run again elsewhere: the reader of the demo breaks the network, saves the trace, and the native core
// comes to the same end by it. The file says nothing of what was said.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { TOKEN } from "./lib/token.mjs";

const PAGE = fileURLToPath(new URL("../../www/dist", import.meta.url));
const run = promisify(execFile);

/** Runs a saved trace again: the timeline, or what the command failed with. */
async function replay(file) {
  assert.ok(process.env.GUESTWIRE_REPLAY_BIN, "run it as `cargo xtask test e2e`");
  return run(process.env.GUESTWIRE_REPLAY_BIN, [file]).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    ({ stdout, stderr, code }) => ({ stdout, stderr, code }),
  );
}

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

test("a trace of a broken network, saved from the page, runs again to the same end and keeps its secrets", async (t) => {
  const gateway = await startGateway(["--www", PAGE, "--echo"]);
  const context = await browser.newContext();
  t.after(async () => {
    await context.close();
    await gateway.stop();
  });
  const page = await openPage(context, gateway.address);
  const write = async (text) => {
    await page.locator("#composer-text").fill(text);
    await page.locator("#composer-text").press("Enter");
  };
  const delivered = (count) =>
    eventually(`${count} messages are delivered`, async () => (await gateway.ledger()).length === count);
  await eventually("connected", () => page.locator('#pill[data-state="connected"]').count());
  // Nothing that chance could write: a trace is full of digits.
  await write('my card is "4111 1111 1111 1111"');
  await delivered(1);
  await gateway.break([{ fault: "refuse_socket", status: 503, count: 2 }, { fault: "reset" }]);
  await write("are you there?");
  await delivered(2);
  await eventually("connected again", () => page.locator('#pill[data-state="connected"]').count());
  await write("good, you are");
  await delivered(3);
  await eventually("the page knows", async () => {
    const states = await page
      .locator("#messages .guest")
      .evaluateAll((all) => all.map((it) => it.dataset.state));
    return states.length === 3 && states.every((state) => state === "delivered");
  });

  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#trace").click()]);
  assert.match(download.suggestedFilename(), /^guestwire-trace-[\dTZ-]+\.json$/);
  const file = await download.path();
  const text = await readFile(file, "utf8");
  const { host } = new URL(gateway.address);
  for (const secret of ["4111 1111", "are you there", "good, you", "Thank you", TOKEN, host]) {
    assert.ok(!text.includes(secret), `${secret} stands in the trace`);
  }
  const { entries } = JSON.parse(text);
  const ids = entries.filter(({ out }) => out === "delivery").map(({ detail }) => detail.id);
  assert.deepEqual(
    [...new Set(ids)],
    (await gateway.ledger()).map(({ messageId }) => messageId),
  );

  const { stdout, stderr, code } = await replay(file);
  assert.equal(code, 0, stderr ?? stdout);
  assert.match(stdout, /connecting → connected/);
  assert.match(stdout, /; waits \d\.\d s before attempt \d/);
  assert.match(stdout, /queued, .* sending by .*, .* delivered by /);
  assert.match(stdout, /led to the same outputs and the same state, bit for bit/);
  assert.deepEqual(
    page.problems.filter((problem) => !/WebSocket connection to .* failed/.test(problem)),
    [],
  );
});
