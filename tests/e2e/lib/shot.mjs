// node shot.mjs <picture>: the demo's picture for the README, of the real page after a hard few seconds.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./browser.mjs";
import { eventually } from "./eventually.mjs";
import { startGateway } from "./gateway.mjs";

const SIZE = { width: 1440, height: 1000 };
const LINES = [
  "Hi! My parcel says delivered, but it is not here.",
  "It is order 4711.",
  "Thank you, that helps.",
];

const picture = argv[2] ?? "docs/demo.png";
const page = fileURLToPath(new URL("../../../www/dist", import.meta.url));
const gateway = await startGateway(["--www", page, "--echo"]);
const browser = await launchChromium();
try {
  const tab = await openPage(
    await browser.newContext({ viewport: SIZE, colorScheme: "light" }),
    gateway.address,
  );
  const delivered = () => tab.locator('#messages [data-state="delivered"]').count();
  const ready = () => tab.locator('#pill[data-state="connected"]').count();
  await eventually("the demo connects", ready);
  // The stress run, so that the chart and the log have something to tell.
  await tab.locator("#stress button").click();
  await eventually("the stress run is delivered", async () => (await delivered()) >= 120, {
    deadline: 60_000,
  });
  for (const line of LINES) {
    const before = await delivered();
    await tab.locator("#composer-text").fill(line);
    await tab.locator("#composer-text").press("Enter");
    await eventually(`"${line}" is delivered`, async () => (await delivered()) > before);
  }
  await eventually("the demo is connected again", ready);
  await mkdir(dirname(picture), { recursive: true });
  await tab.screenshot({ path: picture });
  if (tab.problems.length > 0) throw new Error(tab.problems.join("\n"));
  console.log(`${picture}: ${SIZE.width} x ${SIZE.height}`);
} finally {
  await browser.close();
  await gateway.stop();
}
