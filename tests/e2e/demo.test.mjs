// The demo page as it is served: what its reader sees while the link is broken, judged by the service's ledger.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { bubble, connected, defects, inState, isInGoodShape, openDemo, write } from "./lib/demo.mjs";
import { eventually } from "./lib/eventually.mjs";
import { TOKEN } from "./lib/token.mjs";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const contents = async (gateway) => (await gateway.ledger()).map(({ content }) => content);

test("a message is delivered, shows so, and is answered", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
  await write(page, "Hello");
  assert.match(await inState(page, "Hello", "delivered"), /^Delivered · by socket · \d/);
  assert.deepEqual(await contents(gateway), ["Hello"]);
  await eventually("the agent answers", () => page.locator("#messages .agent", { hasText: "Hello" }).count());
  await eventually("the ledger agrees", () => page.locator('#verdict[data-verdict="good"]').count());
  assert.equal(await page.locator("#composer-text").inputValue(), "");
  assert.deepEqual(page.problems, []);
});

test("after a reset the page reconnects by itself, and what was written meanwhile is delivered", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
  // Sockets are refused, so that there is a meanwhile.
  await gateway.break({ fault: "refuse_socket", status: 503 });
  await page.getByRole("button", { name: "Reset the link" }).click();
  await eventually("the page says so", () => page.locator('#pill[data-state="reconnecting"]').count());
  await write(page, "written without a link");
  await gateway.mend();
  await connected(page);
  await inState(page, "written without a link", "delivered");
  assert.deepEqual(await contents(gateway), ["written without a link"]);
  const log = await page.locator("#log-entries").innerText();
  assert.match(log, /reconnecting/);
  assert.deepEqual(defects(page), []);
});

test("with sockets refused a message is delivered by REST", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
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
  assert.deepEqual(defects(page), []);
});

test("a waiting message can be taken back, and never arrives", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
  await gateway.break([
    { fault: "refuse_socket", status: 503 },
    { fault: "refuse_rest", status: 503, retry_after: 600 },
    { fault: "reset" },
  ]);
  await eventually("the link is gone", () => page.locator('#pill[data-state="reconnecting"]').count());
  await write(page, "not after all");
  const takeBack = bubble(page, "not after all").getByRole("button", { name: "Take back" });
  await eventually("it is taken back", async () => {
    // While it is tried by REST there is no button, and whoever was too late finds it again.
    await takeBack.evaluateAll((buttons) => {
      for (const button of buttons) button.click();
    });
    return (await bubble(page, "not after all").getAttribute("data-state")) === "cancelled";
  });
  await gateway.mend();
  await write(page, "this one");
  await inState(page, "this one", "delivered");
  assert.deepEqual(await contents(gateway), ["this one"]);
});

test("an expired session is replaced, and the page says that the conversation is another one", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
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
  const { gateway, page } = await openDemo(t, browser);
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

test("a message that is delivered while the ledger is on its way is not called lost", async (t) => {
  const { page } = await openDemo(t, browser);
  const verdicts = await page.evaluateHandle(() => {
    const told = [];
    const verdict = document.getElementById("verdict");
    new MutationObserver(() => told.push(verdict.textContent)).observe(verdict, { childList: true });
    return told;
  });
  await write(page, "one");
  await eventually("the ledger agrees", () =>
    page.locator("#verdict", { hasText: "All 1 delivered" }).count(),
  );
  let held = 0;
  let letGo;
  const arrives = new Promise((resolve) => {
    letGo = resolve;
  });
  await page.route("**/control/ledger?*", async (route) => {
    const response = await route.fetch();
    held += 1;
    await arrives;
    await route.fulfill({ response });
  });
  await write(page, "two");
  await eventually("a ledger is on its way", () => held > 0);
  await write(page, "three");
  await inState(page, "three", "delivered");
  letGo();
  await eventually("the ledger agrees", () =>
    page.locator("#verdict", { hasText: "All 3 delivered" }).count(),
  );
  assert.deepEqual(
    (await verdicts.jsonValue()).filter((text) => text.includes("disagrees")),
    [],
  );
});

test("what the agent says is shown as text, whatever it looks like", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
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

test("the list stays at its end while its reader is there, and where its reader reads above", async (t) => {
  const { gateway, page } = await openDemo(t, browser, { flags: [] });
  const said = async (text) => {
    await gateway.say(text);
    await eventually(`"${text}" is shown`, () => page.locator("#messages .agent", { hasText: text }).count());
  };
  const fromEnd = () =>
    page.locator("#messages-scroll").evaluate((it) => it.scrollHeight - it.clientHeight - it.scrollTop);
  const atEnd = (after) => eventually(`it is at its end after ${after}`, async () => (await fromEnd()) < 1);
  for (let line = 1; line <= 20; line += 1) await said(`line ${line}.`);
  await atEnd("twenty messages");
  // What was said before grows in the frame in which the list scrolls, as an image does that is loaded just then.
  await page.locator("#messages-scroll").evaluate((it) => {
    it.scrollTop -= 1;
    it.querySelector(".bubble:last-of-type").style.minHeight = "400px";
  });
  await atEnd("an image");
  await page.locator("#composer-text").fill("a\nlong\ndraft\nof five\nlines");
  await atEnd("a long draft");
  await page.locator("#messages-scroll").hover();
  await page.mouse.wheel(0, -300);
  await eventually("its reader is above", async () => (await fromEnd()) >= 300);
  const before = await fromEnd();
  await said("not read yet");
  assert.ok((await fromEnd()) > before);
  await page.mouse.wheel(0, 10_000);
  await atEnd("its reader went there");
  await said("read at once");
  await atEnd("another message");
});

test("a token that the service refuses ends the client, with the reason and the remedy; another one helps", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
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
  const { gateway, page } = await openDemo(t, browser);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the message field");
  await page.keyboard.press("Enter");
  await eventually("the field has the focus", () => page.locator("#composer-text:focus").count());
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
    const { gateway, page } = await openDemo(t, browser, { width, colorScheme });
    await write(page, `a long word: ${"x".repeat(300)}`);
    await inState(page, "a long word", "delivered");
    await gateway.say(`an address: https://example.invalid/${"y".repeat(300)}`);
    await eventually("the agent speaks", () =>
      page.locator("#messages .agent", { hasText: "an address" }).count(),
    );
    await page.locator(".settings summary").click();
    await isInGoodShape(page);
    assert.deepEqual(page.problems, []);
  });
}
