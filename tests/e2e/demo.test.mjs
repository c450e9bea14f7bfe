// The demo page as it is served: what its reader sees while the link is broken, judged by the service's ledger.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { TOKEN } from "./lib/token.mjs";

const PAGE = fileURLToPath(new URL("../../www/dist", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What Chromium itself says of a request that was refused, where the test had it refused. */
const REFUSED = /WebSocket connection to .* failed|Failed to load resource/;

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

/** A gateway with the page, and the page in a tab of its own, connected. */
async function openDemo(t, { width = 1280, height = 900, colorScheme = "light" } = {}) {
  const gateway = await startGateway(["--www", PAGE, "--echo"]);
  const context = await browser.newContext({ viewport: { width, height }, colorScheme });
  t.after(async () => {
    await context.close();
    await gateway.stop();
  });
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`),
    );
  });
  const page = await openPage(context, gateway.address);
  await connected(page);
  return { gateway, page };
}

const connected = (page) =>
  eventually("the page says that it is connected", () =>
    page.locator('#pill[data-state="connected"]').count(),
  );

async function write(page, text) {
  await page.locator("#composer-text").fill(text);
  await page.locator("#composer-text").press("Enter");
}

const bubble = (page, text) => page.locator("#messages .guest", { hasText: text });

const inState = (page, text, state) =>
  eventually(`"${text}" is ${state}`, async () => {
    const now = await bubble(page, text).getAttribute("data-state");
    return now === state && bubble(page, text).locator(".bubble-state").innerText();
  });

const contents = async (gateway) => (await gateway.ledger()).map(({ content }) => content);

test("a message is delivered, shows so, and is answered", async (t) => {
  const { gateway, page } = await openDemo(t);
  await write(page, "Hello");
  assert.match(await inState(page, "Hello", "delivered"), /^Delivered · by socket · \d/);
  assert.deepEqual(await contents(gateway), ["Hello"]);
  await eventually("the agent answers", () => page.locator("#messages .agent", { hasText: "Hello" }).count());
  await eventually("the ledger agrees", () => page.locator('#verdict[data-verdict="good"]').count());
  assert.equal(await page.locator("#composer-text").inputValue(), "");
  assert.deepEqual(page.problems, []);
});

test("after a reset the page reconnects by itself, and what was written meanwhile is delivered", async (t) => {
  const { gateway, page } = await openDemo(t);
  // One refusal, so that there is a meanwhile.
  await gateway.break({ fault: "refuse_socket", status: 503, count: 1 });
  await page.getByRole("button", { name: "Reset the link" }).click();
  await eventually("the page says so", () => page.locator('#pill[data-state="reconnecting"]').count());
  await write(page, "written without a link");
  await connected(page);
  await inState(page, "written without a link", "delivered");
  assert.deepEqual(await contents(gateway), ["written without a link"]);
  const log = await page.locator("#log-entries").innerText();
  assert.match(log, /reconnecting/);
  assert.deepEqual(
    page.problems.filter((problem) => !REFUSED.test(problem)),
    [],
  );
});

test("with sockets refused a message is delivered by REST", async (t) => {
  const { gateway, page } = await openDemo(t);
  await gateway.break({ fault: "refuse_socket", status: 503 });
  await page.getByRole("button", { name: "Reset the link" }).click();
  await eventually("the link is gone", () => page.locator('#pill[data-state="reconnecting"]').count());
  await write(page, "by another way");
  assert.match(await inState(page, "by another way", "delivered"), /^Delivered · by REST · \d/);
  assert.deepEqual(
    (await gateway.ledger()).map(({ content, via }) => [content, via]),
    [["by another way", "rest"]],
  );
  await eventually("a countdown to the next attempt is shown", () =>
    page.locator("#wait-text", { hasText: /Next attempt in \d/ }).count(),
  );
  await page.getByRole("button", { name: "Mend everything" }).click();
  await connected(page);
  assert.deepEqual(
    page.problems.filter((problem) => !REFUSED.test(problem)),
    [],
  );
});

test("a waiting message can be taken back, and never arrives", async (t) => {
  const { gateway, page } = await openDemo(t);
  await gateway.break([
    { fault: "refuse_socket", status: 503 },
    { fault: "refuse_rest", status: 503, retry_after: 600 },
    { fault: "reset" },
  ]);
  await eventually("the link is gone", () => page.locator('#pill[data-state="reconnecting"]').count());
  await write(page, "not after all");
  await bubble(page, "not after all").getByRole("button", { name: "Take back" }).click();
  await inState(page, "not after all", "cancelled");
  await gateway.mend();
  await write(page, "this one");
  await inState(page, "this one", "delivered");
  assert.deepEqual(await contents(gateway), ["this one"]);
});

test("an expired session is replaced, and the page says that the conversation is another one", async (t) => {
  const { gateway, page } = await openDemo(t);
  assert.equal(await page.locator("#messages .note").count(), 0);
  await page.getByRole("button", { name: "Expire the session" }).click();
  await eventually("it says so", () =>
    page.locator("#messages .note", { hasText: "new conversation" }).count(),
  );
  await connected(page);
  await write(page, "still here");
  await inState(page, "still here", "delivered");
  assert.deepEqual(await contents(gateway), ["still here"]);
});

test("the stress run ends with every message in the ledger, once and in order", async (t) => {
  const { gateway, page } = await openDemo(t);
  await page.locator("#stress").getByRole("button").click();
  await eventually(
    "all of it is delivered",
    async () => (await page.locator("#figure-delivered").innerText()) === "120",
    {
      deadline: 60_000,
    },
  );
  assert.deepEqual(
    await contents(gateway),
    Array.from({ length: 120 }, (_, index) => `Stress ${index + 1} of 120`),
  );
  await eventually("the page's own verdict", () =>
    page.locator("#verdict", { hasText: "All 120 delivered are in the ledger, once, in order." }).count(),
  );
});

test("what the agent says is shown as text, whatever it looks like", async (t) => {
  const { gateway, page } = await openDemo(t);
  const html = '<img src="x" onerror="document.title=1"><script>document.title=2</script><b>bold</b>';
  await write(page, "Hello");
  await inState(page, "Hello", "delivered");
  await gateway.say(html);
  const said = page.locator("#messages .agent .bubble-text", { hasText: "onerror" });
  await eventually("it is there", () => said.count());
  assert.equal(await said.innerText(), html);
  assert.equal(await page.locator("#messages img, #messages script, #messages b").count(), 0);
  assert.deepEqual(page.problems, []);
});

test("a token that the service refuses ends the client, with the reason and the remedy; another one helps", async (t) => {
  const { gateway, page } = await openDemo(t);
  await page.locator(".settings summary").click();
  await page.getByLabel("Token").fill("another-token-0000000");
  await page.getByRole("button", { name: "Start a new client" }).click();
  await eventually("the page says closed", () => page.locator('#pill[data-state="closed"]').count());
  const why = page.locator("#state-why", { hasText: /refused the credential.*scope/ });
  await eventually("the page says why, and what to do", () => why.count());
  await page.getByLabel("Token").fill(TOKEN);
  await page.getByRole("button", { name: "Start a new client" }).click();
  await connected(page);
  await write(page, "as before");
  await inState(page, "as before", "delivered");
  assert.deepEqual(await contents(gateway), ["as before"]);
});

test("the whole page can be used by keyboard alone", async (t) => {
  const { gateway, page } = await openDemo(t);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the message field");
  await page.keyboard.press("Enter");
  await page.keyboard.type("typed");
  await page.keyboard.press("Shift+Enter");
  await page.keyboard.type("on two lines");
  await page.keyboard.press("Enter");
  await inState(page, "typed", "delivered");
  assert.deepEqual(await contents(gateway), ["typed\non two lines"]);
  const dark = page.getByRole("button", { name: "Dark theme" });
  await dark.focus();
  await page.keyboard.press("Space");
  assert.equal(await dark.getAttribute("aria-pressed"), "true");
});

for (const [width, colorScheme] of [
  [360, "light"],
  [360, "dark"],
  [1280, "light"],
  [1280, "dark"],
]) {
  test(`at ${width} px, ${colorScheme}, nothing is cut off, and axe finds nothing`, async (t) => {
    const { gateway, page } = await openDemo(t, { width, colorScheme });
    await write(page, `a long word: ${"x".repeat(300)}`);
    await inState(page, "a long word", "delivered");
    await gateway.say(`an address: https://example.invalid/${"y".repeat(300)}`);
    await eventually("the agent speaks", () =>
      page.locator("#messages .agent", { hasText: "an address" }).count(),
    );
    await page.locator(".settings summary").click();
    const wide = await page.evaluate(() =>
      [document.documentElement, ...document.querySelectorAll("main *:not(canvas)")]
        .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth)
        .filter((one) => !one.closest(".visually-hidden") && getComputedStyle(one).display !== "inline")
        .map((one) => one.outerHTML.slice(0, 80)),
    );
    assert.deepEqual(wide, [], "wider than the place that they have");
    // Evaluated by the debugger, since the page's policy lets no foreign script in.
    await page.evaluate(await readFile(AXE, "utf8"));
    const { violations } = await page.evaluate(() => globalThis.axe.run());
    assert.deepEqual(
      violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
      [],
    );
    assert.deepEqual(page.problems, []);
  });
}
