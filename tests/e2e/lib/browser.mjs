// Chromium, as it is on this machine: no browser is downloaded.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Quiet, and without a sandbox: containers have none to give, and only our own pages are opened. */
const FLAGS = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** How long a page may take for whatever it is asked, in ms: for a busy machine. */
const DEADLINE = 60_000;

/**
 * @param {string[]} [flags] further flags of Chromium's.
 * @returns {Promise<import("playwright-core").Browser>}
 */
export function launchChromium(flags = []) {
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath)
    throw new Error("no Chromium: `cargo xtask setup` installs it or says how; or set CHROMIUM");
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}

/**
 * A page that fails its test when it fails: whatever it throws or logs as an error is collected in `page.problems`.
 *
 * @param {import("playwright-core").BrowserContext | import("playwright-core").Browser} browser
 */
export async function openPage(browser, address) {
  const page = await browser.newPage();
  page.setDefaultTimeout(DEADLINE);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") page.problems.push(message.text());
  });
  if (address !== undefined) await page.goto(address);
  return page;
}
