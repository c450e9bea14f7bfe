// The demo's page of event streams: what its reader sees while the link is broken, beside what happened at the service.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { connected, defects, isInGoodShape, openDemo } from "./lib/demo.mjs";
import { eventually } from "./lib/eventually.mjs";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const open = (t, wanted) => openDemo(t, browser, { path: "/streams.html", flags: [], ...wanted });

const figure = async (page, name) => Number(await page.locator(`#figure-${name}`).innerText());

const shows = (page, what, selector, options) =>
  eventually(`${what} is shown`, () => page.locator(selector, options).count());

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

const more = async (page, count) => {
  const before = await figure(page, "heard");
  await eventually(`${count} more are heard`, async () => (await figure(page, "heard")) >= before + count);
};

async function subscribe(page, topic) {
  await page.locator("#topic-text").fill(topic);
  await page.locator("#topic-text").press("Enter");
}

const row = (page, topic) => page.locator("#topics .topic", { hasText: topic });

test("what happens is heard once and in order, and of what was missed after a reset the page tells the gap", async (t) => {
  const { gateway, page } = await open(t);
  await page.locator("#rate").selectOption("20");
  await more(page, 10);
  await shows(page, "the verdict", '#verdict[data-verdict="good"]', { hasText: /^All \d+ were heard/ });
  // Something happens while nobody listens.
  await gateway.break([{ fault: "refuse_socket", status: 503, count: 2 }, { fault: "reset" }]);
  await shows(page, "the gap", "#events .gap", { hasText: "the service replays nothing" });
  await connected(page);
  await more(page, 10);
  await shows(page, "the verdict", '#verdict[data-verdict="good"]', {
    hasText: "of the others a gap was told",
  });
  assert.ok((await figure(page, "missed")) > 0);
  // Beside the gateway's ledger: the page's own count is no proof.
  await page.locator("#rate").selectOption("0");
  await eventually("all is accounted for", async () => {
    const [happened, heard, missed] = await Promise.all(
      ["happened", "heard", "missed"].map((name) => figure(page, name)),
    );
    const { events } = await gateway.streams();
    // What was sent on a link that was cut then may be lost as well.
    const sent = events.filter((event) => event.sent.length > 0).length;
    return happened === events.length && heard + missed === happened && heard <= sent;
  });
  assert.deepEqual(defects(page), []);
});

test("an event that is told twice is no secret: the page's verdict says so", async (t) => {
  const { gateway, page } = await open(t);
  await more(page, 2);
  const [{ topic, correlationId }] = (await gateway.streams()).events;
  await gateway.emit(topic, {}, correlationId);
  await shows(page, "the verdict", '#verdict[data-verdict="bad"]', { hasText: "1 told twice" });
});

test("topics come and go; one that is refused says why, and one that cannot be is not taken", async (t) => {
  const { gateway, page } = await open(t);
  const topics = async () => (await gateway.streams()).channels[0].topics;
  await subscribe(page, "v2.users.a.presence");
  await shows(page, "it", '.topic[data-state="subscribed"]', { hasText: "v2.users.a.presence" });
  assert.ok((await topics()).includes("v2.users.a.presence"));
  await subscribe(page, "v2.forbidden.a.presence");
  await shows(page, "the reason", '.topic[data-state="refused"]', { hasText: /Refused: .*permission/ });
  await press(page, "Unsubscribe from v2.users.a.presence");
  await eventually("it has gone", async () => !(await topics()).includes("v2.users.a.presence"));
  assert.equal(await row(page, "v2.users.a.presence").count(), 0);
  await subscribe(page, `v2.${"x".repeat(300)}`);
  await shows(page, "the reason", "#topic-error", { hasText: "Not taken." });
  assert.deepEqual(page.problems, []);
});

test("topics of a plain socket count as subscribed when the service says so, and what happens before is not called lost", async (t) => {
  const { page } = await open(t);
  const held = [];
  let letGo;
  const released = new Promise((resolve) => {
    letGo = resolve;
  });
  await page.routeWebSocket("**/events*", (socket) => {
    const service = socket.connectToServer();
    socket.onMessage(async (frame) => {
      held.push(frame);
      await released;
      service.send(frame);
    });
  });
  // The package takes the platform's sockets when it is loaded.
  await page.reload();
  await more(page, 1);
  await page.locator("#rate").selectOption("20");
  await page.locator(".settings summary").click();
  await page.getByLabel("It listens to").selectOption("socket");
  const out = () => page.locator("#figure-out").innerText();
  const before = await out();
  await press(page, "Start a new client");
  await eventually("the topics are on their way", () => held.some((frame) => frame.includes("subscribe")));
  await eventually("the page knows", async () => !["0 B", before].includes(await out()));
  const states = () => page.locator("#topics .topic").evaluateAll((all) => all.map((it) => it.dataset.state));
  assert.deepEqual(await states(), ["pending", "pending"]);
  letGo();
  await eventually("they are subscribed", async () =>
    (await states()).every((state) => state === "subscribed"),
  );
  await more(page, 2);
  await shows(page, "the verdict", '#verdict[data-verdict="good"]', { hasText: /^All \d+ were heard/ });
  assert.deepEqual(page.problems, []);
});

test("a revoked token is replaced; an evicted channel ends the client, which can be started anew with its topics", async (t) => {
  const { page } = await open(t);
  await subscribe(page, "v2.users.a.presence");
  await shows(page, "it", '.topic[data-state="subscribed"]', { hasText: "v2.users.a.presence" });
  await press(page, "Revoke the token");
  await shows(page, "that it was told", "#log-entries .entry", { hasText: "token_revoked" });
  await eventually("another token is there", async () => (await figure(page, "tokens")) === 2);
  await connected(page);
  await more(page, 2);
  await press(page, "Evict the channel");
  await eventually("the page says closed", () => page.locator('#pill[data-state="closed"]').count());
  await page.locator(".settings summary").click();
  await page.getByLabel("It listens to").selectOption("socket");
  await press(page, "Start a new client");
  await connected(page);
  await more(page, 3);
  assert.equal(await row(page, "v2.users.a.presence").count(), 1);
  await shows(page, "the verdict", '#verdict[data-verdict="good"]');
  assert.deepEqual(defects(page), []);
});

for (const [width, colorScheme] of [
  [360, "light"],
  [360, "dark"],
  [1280, "light"],
  [1280, "dark"],
]) {
  test(`at ${width} px, ${colorScheme}, nothing is cut off, and axe finds nothing`, async (t) => {
    const { gateway, page } = await open(t, { width, colorScheme });
    const topic = `v2.users.${"y".repeat(180)}`;
    await subscribe(page, topic);
    await shows(page, "the topic", '.topic[data-state="subscribed"]', { hasText: topic });
    await subscribe(page, "v2.forbidden.a");
    await shows(page, "the refusal", '.topic[data-state="refused"]');
    // Again where its link was lost just then: nothing is replayed.
    await eventually("the event is shown", async () => {
      const gaps = await page.locator("#events .gap").count();
      await gateway.emit(topic, { long: "x".repeat(400) });
      const heard = () => page.locator("#events .heard", { hasText: "xxx" }).count();
      const missed = async () => (await page.locator("#events .gap").count()) > gaps;
      await eventually("it is heard or missed", async () => (await heard()) > 0 || (await missed()));
      return heard();
    });
    await press(page, "Reset the link");
    await shows(page, "the gap", "#events .gap");
    await connected(page);
    await page.locator(".settings summary").click();
    await isInGoodShape(page);
    assert.deepEqual(defects(page), []);
  });
}
