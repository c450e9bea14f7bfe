// node shot.mjs <picture> <picture> <picture>: the demo's pictures for the README, of the real page. The first after a hard minute: the
// stress run, a few words with an agent, and then a link that is down, with a message that waits for it. The second with web
// messaging: an image, replies to choose from, a card, and an agent who writes. The third with event streams: topics, one of which is
// refused, and a gap.
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

const PICTURES = ["docs/demo.png", "docs/demo-web-messaging.png", "docs/demo-streams.png"];

const pictures = PICTURES.map((picture, index) => argv[2 + index] ?? picture);
const page = fileURLToPath(new URL("../../../www/dist", import.meta.url));

/** Opens the page at a gateway of its own, lets `scene` happen, and takes the picture. */
async function take(picture, colorScheme, path, scene) {
  const gateway = await startGateway(["--www", page, "--wm-no-origin-check", "--stream-confirm"]);
  const browser = await launchChromium();
  try {
    const context = await browser.newContext({ viewport: SIZE, colorScheme });
    const tab = await openPage(context, gateway.address + path);
    await eventually("the demo connects", () => tab.locator('#pill[data-state="connected"]').count());
    await scene(tab, gateway);
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
}

async function write(tab, text) {
  await tab.locator("#composer-text").fill(text);
  await tab.locator("#composer-text").press("Enter");
}

async function hardMinute(tab, gateway) {
  const delivered = () => tab.locator('#messages [data-state="delivered"]').count();
  // The stress run, so that the chart and the figures have something to tell.
  await tab.locator("#stress button").click();
  await eventually("the stress run is delivered", async () => (await delivered()) >= 120, {
    deadline: 60_000,
  });
  for (const [said, answer] of TALK) {
    const before = await delivered();
    await write(tab, said);
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
  await write(tab, WAITING);
  await eventually("the figures know of it", () => tab.locator("#figure-waiting", { hasText: "1" }).count());
  // Late enough for a wait of some length.
  await eventually("a longer wait", async () =>
    /in [2-9]\d?\.\d s/.test(await tab.locator("#wait-text").innerText()),
  );
}

async function webMessaging(tab, gateway) {
  const delivered = (count) =>
    eventually(`${count} are delivered`, async () => {
      return (await tab.locator('#messages [data-state="delivered"]').count()) === count;
    });
  const act = (name) => tab.getByRole("button", { name, exact: true }).click();
  await write(tab, "Hi! My parcel says delivered, but it is not here. It is order 4711.");
  await delivered(1);
  await act("Send an image");
  await eventually("the image is there", () =>
    tab.locator("#messages img").evaluate((image) => image.naturalWidth > 0),
  );
  await act("Offer replies");
  await tab.getByRole("button", { name: "Yes, please" }).click();
  await delivered(2);
  // A drop between: what is said meanwhile is read from the history.
  await gateway.break([{ fault: "refuse_socket", status: 503, count: 1 }, { fault: "reset" }]);
  await eventually("the link is gone", () => tab.locator('#pill[data-state="reconnecting"]').count());
  await act("Send a card");
  await eventually("the card is there", () => tab.locator("#messages .part-card").count());
  await eventually("the ledger agrees", () => tab.locator("#verdict", { hasText: "All 2" }).count());
  await eventually("the figures know of the drop", () =>
    tab.locator("#figure-reconnects", { hasText: "1" }).count(),
  );
  await act("Start to write");
  await eventually("the agent writes", () => tab.locator("#typing:visible").count());
}

async function streams(tab, gateway) {
  const heard = (count) =>
    eventually(`${count} events are heard`, async () => {
      return Number(await tab.locator("#figure-heard").innerText()) >= count;
    });
  await tab.locator("#topic-text").fill("v2.forbidden.demo.presence");
  await tab.locator("#topic-text").press("Enter");
  await eventually("it is refused", () => tab.locator('.topic[data-state="refused"]').count());
  await tab.locator("#rate").selectOption("5");
  await heard(40);
  await gateway.break([{ fault: "refuse_socket", status: 503, count: 3 }, { fault: "reset" }]);
  await eventually("the gap is told", () => tab.locator("#events .gap").count());
  await tab.locator("#rate").selectOption("1");
  await heard(44);
  await eventually("the verdict is good", () => tab.locator('#verdict[data-verdict="good"]').count());
}

await take(pictures[0], "light", "/", hardMinute);
await take(pictures[1], "dark", "/?service=web-messaging", webMessaging);
await take(pictures[2], "light", "/streams.html", streams);
