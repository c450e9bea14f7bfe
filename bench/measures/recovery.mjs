// How long after the network is back all is delivered that was sent while it was away. Default options, but that who
// gives up what waits after some seconds is told to keep it. By the ledger.
import { judge } from "../world/ledger.mjs";
import { startWorld } from "../world/world.mjs";

/** How long the network is away, in ms. */
export const OUTAGES = [3_000, 20_000];
export const MESSAGES = 40;
/** How long is waited for what has not come, in ms. */
export const PATIENCE = 25_000;
const LENGTH = 100;
/** From the reset to the first message, so that none is on its way when it comes. */
const NOTICE = 300;
const LOOK = 50;

/** Gives `after`, in ms, or none where messages are missing, and how many `arrived`. */
export async function recovery(pages, peer, outage) {
  const world = await startWorld(peer.server);
  try {
    return await pages.withPage(async (page) => {
      await page.evaluate(
        ([name, address]) => globalThis.bench.open(name, address, { patience: true }),
        [peer.name, world.address],
      );
      await page.evaluate((name) => globalThis.bench.connected(name), peer.name);
      const returning = world.outage(outage);
      await page.waitForTimeout(NOTICE);
      // The last is sent well before the network is back.
      await page.evaluate(
        (given) => globalThis.bench.send(...given),
        [peer.name, MESSAGES, (outage * 0.8) / MESSAGES, LENGTH],
      );
      const back = await returning;
      let missing = MESSAGES;
      let entries = [];
      while (missing > 0 && Date.now() < back + PATIENCE) {
        await new Promise((resolve) => setTimeout(resolve, LOOK));
        ({ entries } = await world.ledger());
        missing = judge(MESSAGES, entries).lost;
      }
      const after = missing === 0 ? Math.max(...entries.map(({ at }) => at)) - back : undefined;
      return { arrived: MESSAGES - missing, after };
    });
  } finally {
    await world.stop();
  }
}
