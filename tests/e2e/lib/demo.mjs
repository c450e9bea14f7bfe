// The demo page as it is served, in a tab of its own, and what its tests ask of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { openPage } from "./browser.mjs";
import { eventually } from "./eventually.mjs";
import { startGateway } from "./gateway.mjs";

const PAGE = fileURLToPath(new URL("../../../www/dist", import.meta.url));
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/**
 * As `npm start` has it: the page is the gateway's own, and a browser names no origin where a page reads from its own; a plain event
 * socket says which topics it has.
 */
const FLAGS = ["--www", PAGE, "--wm-no-origin-check", "--stream-confirm"];

/** A gateway with the page, and the page in a tab of its own, connected. */
export async function openDemo(
  t,
  browser,
  { width = 1280, height = 900, colorScheme = "light", path = "/", flags = ["--echo"] } = {},
) {
  const gateway = await startGateway([...FLAGS, ...flags]);
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
  const page = await openPage(context, gateway.address + path);
  await connected(page);
  return { gateway, page };
}

export const connected = (page) =>
  eventually("the page says that it is connected", () =>
    page.locator('#pill[data-state="connected"]').count(),
  );

export async function write(page, text) {
  await page.locator("#composer-text").fill(text);
  await page.locator("#composer-text").press("Enter");
}

export const bubble = (page, text) => page.locator("#messages .guest", { hasText: text });

export const inState = (page, text, state) =>
  eventually(`"${text}" is ${state}`, async () => {
    const now = await bubble(page, text).getAttribute("data-state");
    return now === state && bubble(page, text).locator(".bubble-state").innerText();
  });

/** What Chromium itself says of a socket or a request that was cut or refused, where the test had it so. */
const NETWORK = /WebSocket connection to .* failed|Failed to load resource/;

/** What went wrong in the page, but for its network. */
export const defects = (page) => page.problems.filter((problem) => !NETWORK.test(problem));

/** What is wider than the place that it has. */
const tooWide = (page) =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("main *:not(canvas)")]
      .filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth)
      .filter((one) => !one.closest(".visually-hidden") && getComputedStyle(one).display !== "inline")
      .map((one) => one.outerHTML.slice(0, 80)),
  );

/** What axe finds. It is evaluated by the debugger, since the page's policy lets no foreign script in. */
async function barriers(page) {
  await page.evaluate(await readFile(AXE, "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]);
}

/** Nothing is cut off, and whoever cannot see or point is not kept out. */
export async function isInGoodShape(page) {
  assert.deepEqual(await tooWide(page), [], "wider than the place that they have");
  assert.deepEqual(await barriers(page), []);
}
