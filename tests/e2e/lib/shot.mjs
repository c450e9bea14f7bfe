// node shot.mjs <picture>: the demo's picture for the README, of the real page after a hard minute: the stress run, a few
// words with an agent, and then a link that is down, with a message that waits for it.
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./browser.mjs";
import { eventually } from "./eventually.mjs";
import { startGateway } from "./gateway.mjs";

const SIZE = { width: 1440, height: 1190 };
const TALK = [
  ["Hi! My parcel says delivered, but it is not here.", "I am sorry to hear that. Which order is it?"],
  ["It is order 4711.", "Found it: it waits at your neighbour's, at number 12."],
  ["Thank you, that helps!", "You are welcome. Can I do anything else?"],
];
const WAITING = "Yes: could you send me the invoice?";

const picture = argv[2] ?? "docs/demo.png";
const page = fileURLToPath(new URL("../../../www/dist", import.meta.url));
const gateway = await startGateway(["--www", page]);
const browser = await launchChromium();
try {
  const tab = await openPage(
    await browser.newContext({ viewport: SIZE, colorScheme: "light" }),
    gateway.address,
  );
  const delivered = () => tab.locator('#messages [data-state="delivered"]').count();
  const ready = () => tab.locator('#pill[data-state="connected"]').count();
  const write = async (text) => {
    await tab.locator("#composer-text").fill(text);
    await tab.locator("#composer-text").press("Enter");
  };
  await eventually("the demo connects", ready);
  // The stress run, so that the chart and the figures have something to tell.
  await tab.locator("#stress button").click();
  await eventually("the stress run is delivered", async () => (await delivered()) >= 120, {
    deadline: 60_000,
  });
  for (const [said, answer] of TALK) {
    const before = await delivered();
    await write(said);
    await eventually(`"${said}" is delivered`, async () => (await delivered()) > before);
    await gateway.say(answer);
    await eventually(`"${answer}" is there`, () =>
      tab.locator("#messages .agent", { hasText: answer }).count(),
    );
  }
  await eventually("the ledger agrees", () => tab.locator("#verdict", { hasText: "All 123" }).count());
  if (tab.problems.length > 0) throw new Error(tab.problems.join("\n"));

  await gateway.break([
    { fault: "refuse_socket", status: 503 },
    { fault: "refuse_rest", status: 429, retry_after: 60 },
    { fault: "reset" },
  ]);
  await eventually("the link is gone", () => tab.locator('#pill[data-state="reconnecting"]').count());
  await write(WAITING);
  await eventually("the figures know of it", () => tab.locator("#figure-waiting", { hasText: "1" }).count());
  // Late enough for a wait of some length.
  await eventually("a longer wait", async () =>
    /in [2-9]\d?\.\d s/.test(await tab.locator("#wait-text").innerText()),
  );
  await tab.evaluate(() => {
    document.activeElement.blur();
    scrollTo({ top: 0, behavior: "instant" });
  });
  await mkdir(dirname(picture), { recursive: true });
  await tab.screenshot({ path: picture });
  console.log(`${picture}: ${SIZE.width} x ${SIZE.height}`);
} finally {
  await browser.close();
  await gateway.stop();
}
