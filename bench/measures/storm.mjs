// How many sockets a client opens in 20 s at a server that completes the handshake of its protocol and then closes.
// Default options; counted by the link.
import { startWorld } from "../world/world.mjs";

export const CODES = [1006, 1012, 1000];
const WINDOW = 20_000; // ms, from the first open

export async function storm(pages, peer, code) {
  const world = await startWorld(peer.server, { code });
  try {
    return await pages.withPage(async (page) => {
      await page.evaluate(
        ([name, address]) => globalThis.bench.open(name, address, {}),
        [peer.name, world.address],
      );
      await page.waitForTimeout(WINDOW + 1_000);
      const opened = await world.opened();
      return {
        opens: opened.filter((at) => at < opened[0] + WINDOW).length,
        first: opened.length > 1 ? opened[1] - opened[0] : undefined,
      };
    });
  } finally {
    await world.stop();
  }
}
