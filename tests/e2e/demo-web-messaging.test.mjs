// The demo page with web messaging: what an agent can do there, and what its reader sees of it, judged by the service's ledger.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { connected, inState, isInGoodShape, openDemo, write } from "./lib/demo.mjs";
import { eventually } from "./lib/eventually.mjs";

const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const open = (t, wanted) => openDemo(t, browser, { path: "/?service=web-messaging", flags: [], ...wanted });

const agent = (page, act) => page.getByRole("button", { name: act, exact: true }).click();

const shows = (page, what, selector, options) =>
  eventually(`${what} is shown`, () => page.locator(selector, options).count());

test("the switch leads from one service to the other and back, and each tells the truth", async (t) => {
  const { gateway, page } = await openDemo(t, browser);
  await write(page, "by webchat");
  await inState(page, "by webchat", "delivered");
  for (const [service, words] of [
    ["web messaging", "by web messaging"],
    ["webchat", "by webchat again"],
  ]) {
    await page.getByRole("radio", { name: service, exact: true }).check({ force: true });
    await shows(page, "the change", "#messages .note", {
      hasText: `A client of ${service.replace(" ", "-")}`,
    });
    await connected(page);
    await write(page, words);
    await inState(page, words, "delivered");
    await shows(page, "the proof", "#verdict", { hasText: "All 1 delivered are in the ledger" });
  }
  assert.deepEqual(
    (await gateway.ledger()).map(({ content }) => content),
    ["by webchat", "by web messaging", "by webchat again"],
  );
  assert.deepEqual(page.problems, []);
});

test("a quick reply can be chosen, once, and reaches the service with its payload", async (t) => {
  const { gateway, page } = await open(t);
  await agent(page, "Offer replies");
  await shows(page, "the offer", "#messages .agent .choice");
  const tomorrow = page.locator("#messages .choice", { hasText: "Tomorrow" });
  await tomorrow.click();
  await inState(page, "Tomorrow", "delivered");
  assert.equal(await page.locator("#messages .choice:enabled").count(), 0);
  const [{ structured }] = await gateway.ledger();
  assert.match(JSON.stringify(structured), /"payload":"tomorrow"/);
});

test("of a list several can be chosen, and a form is filled in; a reload knows that both were answered", async (t) => {
  const { gateway, page } = await open(t);
  await agent(page, "Send a list");
  await shows(page, "the list", "#messages .agent .part-asks");
  await page.getByRole("button", { name: "Send choice" }).click();
  assert.deepEqual(await gateway.ledger(), [], "nothing is chosen, and nothing is sent");
  await page.getByLabel("The table").check();
  await page.getByLabel("The lamp").check();
  await page.getByRole("button", { name: "Send choice" }).click();
  await inState(page, "The table, The lamp", "delivered");
  await agent(page, "Send a form");
  await shows(page, "the form", "#messages .agent .part-asks", { hasText: "Delivery" });
  const send = page.getByRole("button", { name: "Send form" });
  await page.getByLabel("Name").fill("Ann");
  await page.getByLabel("Day").fill("2026-12-24");
  await page.locator("#messages select").selectOption("pm");
  await send.click();
  await inState(page, "Thank you, we know where to go", "delivered");
  const open_ = page.locator("#messages .part-asks :enabled");
  assert.equal(await open_.count(), 0);
  const [list, form] = await gateway.ledger();
  assert.deepEqual([list.content, form.content], ["This is missing", "Thank you, we know where to go"]);
  assert.deepEqual(
    list.structured.map(({ buttonResponse }) => buttonResponse.payload),
    ["table", "lamp"],
  );
  assert.deepEqual(
    form.structured[0].form.response.map(({ id, component: { buttonResponse } }) => [
      id,
      buttonResponse.text,
      buttonResponse.payload,
    ]),
    [
      ["name", "Ann", "Ann"],
      ["day", "24/12/2026", "2026-12-24T00:00:00.000Z"],
      ["hour", "In the afternoon", "pm"],
    ],
  );
  await agent(page, "Send a list");
  await eventually("another list can be answered", async () => (await open_.count()) > 0);
  await page.reload();
  await eventually(
    "all are there again",
    async () => (await page.locator("#messages .part-asks").count()) === 3,
  );
  assert.equal(await page.locator("#messages .part-asks :is(.choice):enabled").count(), 1, "that one only");
  assert.deepEqual(page.problems, []);
});

test("an image is shown as one, and an address that is none of a page's is not followed", async (t) => {
  const { gateway, page } = await open(t);
  await agent(page, "Send an image");
  const image = page.locator("#messages .agent img");
  await eventually(
    "it is loaded",
    async () => (await image.count()) === 1 && image.evaluate((it) => it.naturalWidth),
  );
  assert.equal(await image.getAttribute("alt"), "order.svg");
  const evil = { contentType: "Attachment", attachment: { filename: "<b>evil</b>", mediaType: "Image" } };
  evil.attachment.url = "javascript:document.title=1";
  await gateway.say({
    message: { type: "Text", text: "look", content: [evil, { contentType: "Hologram" }] },
  });
  await shows(page, "its name", "#messages .part-file", { hasText: "<b>evil</b>" });
  await shows(page, "what is not known", "#messages .part-unknown", { hasText: "Hologram" });
  assert.equal(await page.locator("#messages [href^=javascript], #messages b").count(), 0);
  assert.deepEqual(page.problems, []);
});

test("a file is uploaded and sent, and shown from where the service has it", async (t) => {
  const { gateway, page } = await open(t);
  await page.locator("#attach-file").setInputFiles({ name: "it.png", mimeType: "image/png", buffer: PIXEL });
  const image = page.locator("#messages .guest img");
  await eventually(
    "it is loaded",
    async () => (await image.count()) === 1 && image.evaluate((it) => it.naturalWidth),
  );
  await eventually("it is delivered", () => page.locator('#messages .guest[data-state="delivered"]').count());
  assert.match(JSON.stringify((await gateway.ledger())[0].structured), /Attachment/);
  await page
    .locator("#attach-file")
    .setInputFiles({ name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) });
  await shows(page, "the reason", "#composer-error", { hasText: "Not taken" });
  assert.deepEqual(page.problems, []);
});

test("who writes is shown while it is so, in view of whoever is at the end", async (t) => {
  const { gateway, page } = await open(t);
  for (let line = 1; line <= 12; line += 1) await gateway.say(`line ${line}`);
  await agent(page, "Send an image");
  await shows(page, "the image", "#messages img");
  const typing = page.locator("#typing:visible");
  const below = async () => {
    // What somebody writes has an end, also where this machine is slow to look.
    if ((await typing.count()) === 0) await agent(page, "Start to write");
    return page.evaluate(() => {
      const [inner, outer] = ["typing", "messages-scroll"].map((id) => document.getElementById(id));
      if (inner.hidden) return Number.POSITIVE_INFINITY;
      return inner.getBoundingClientRect().bottom - outer.getBoundingClientRect().bottom;
    });
  };
  await eventually("it is in view", async () => (await below()) <= 0);
  await gateway.say("done");
  await eventually("and writes no more", async () => (await typing.count()) === 0);
});

test("a conversation that was ended can be read, and left for a new one", async (t) => {
  const { gateway, page } = await open(t);
  await write(page, "before the end");
  await inState(page, "before the end", "delivered");
  await agent(page, "End it");
  const ended = page.locator("#ended:visible");
  await eventually("its end is shown", () => ended.count());
  assert.equal(await page.locator("#composer:visible").count(), 0);
  await page.reload();
  await eventually("its end is known after a reload", () => ended.count());
  await shows(page, "what was said", "#messages .guest", { hasText: "before the end" });
  await page.getByRole("button", { name: "Start a new conversation" }).click();
  await eventually("it can be written again", () => page.locator("#composer:visible").count());
  await write(page, "after it");
  await inState(page, "after it", "delivered");
  assert.deepEqual(
    (await gateway.ledger()).map(({ content }) => content),
    ["before the end", "after it"],
  );
  assert.deepEqual(page.problems, []);
});

test("the stress run ends with every message in the ledger, once and in order", async (t) => {
  const { gateway, page } = await open(t);
  await page.locator("#stress").getByRole("button").click();
  await eventually(
    "all of it is delivered",
    async () => (await page.locator("#figure-delivered").innerText()) === "30",
    { deadline: 60_000 },
  );
  assert.deepEqual(
    (await gateway.ledger()).map(({ content }) => content),
    Array.from({ length: 30 }, (_, index) => `Stress ${index + 1} of 30`),
  );
  await shows(page, "the page's own verdict", "#verdict", {
    hasText: "All 30 delivered are in the ledger, once, in order.",
  });
});

for (const [width, colorScheme] of [
  [360, "light"],
  [1280, "dark"],
]) {
  test(`at ${width} px, ${colorScheme}, nothing is cut off, and axe finds nothing`, async (t) => {
    const { gateway, page } = await open(t, { width, colorScheme });
    for (const act of ["Send an image", "Offer replies", "Send a list", "Send a form", "Send a card"])
      await agent(page, act);
    await shows(page, "the card", "#messages .part-card:not(.part-asks)");
    const long = "y".repeat(300);
    await gateway.say({
      message: {
        type: "Structured",
        text: long,
        content: [
          { contentType: "QuickReply", quickReply: { text: long, payload: "p" } },
          {
            contentType: "Card",
            card: { title: long, actions: [{ type: "Postback", text: long, payload: "p" }] },
          },
        ],
      },
    });
    await eventually(
      "the long one is there",
      async () => (await page.locator("#messages .part-card:not(.part-asks)").count()) === 2,
    );
    await agent(page, "Start to write");
    await page.locator(".settings summary").click();
    await isInGoodShape(page);
    await agent(page, "End it");
    await eventually("its end is shown", () => page.locator("#ended:visible").count());
    await isInGoodShape(page);
    assert.deepEqual(page.problems, []);
  });
}
