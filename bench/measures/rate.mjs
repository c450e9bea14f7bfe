// Acknowledged messages per second on a healthy connection with nothing between page and server, beside a bare WebSocket
// in the same page: the two take turns, so that what else the machine does falls on both.
import { bare } from "../peers/index.mjs";
import { startWorld } from "../world/world.mjs";

export const UNACKNOWLEDGED = 256;
export const LENGTH = 100;
const WARM_UP = 800; // ms
const TURN = 250; // ms
const TURNS = 8;

/** Gives messages per second, of the client and of the bare socket. */
export async function rate(pages, peer) {
  const plain = await startWorld(bare.server);
  // guestwire at the very server of the bare socket, so that the ratio is about the clients.
  const own = peer.server === "gateway" ? plain : await startWorld(peer.server);
  try {
    return await pages.withPage(async (page) => {
      const addresses = [
        [bare.name, plain.direct],
        [peer.name, own.direct],
      ];
      const figures = addresses.map(() => []);
      const turn = (name, ms) =>
        page.evaluate((given) => globalThis.bench.rate(...given), [name, ms, UNACKNOWLEDGED, LENGTH]);
      for (const [name, address] of addresses) {
        await page.evaluate((given) => globalThis.bench.open(...given, {}), [name, address]);
        await page.evaluate((given) => globalThis.bench.connected(given), name);
        await turn(name, WARM_UP);
      }
      for (let number = 0; number < TURNS; number++) {
        // First the one, then the other.
        for (const place of number % 2 === 0 ? [0, 1] : [1, 0])
          figures[place].push(await turn(addresses[place][0], TURN));
      }
      const [base, figure] = figures.map((turns) => turns.reduce((sum, each) => sum + each, 0) / TURNS);
      return { bare: base, rate: figure, ratio: figure / base };
    });
  } finally {
    await Promise.all([...new Set([plain, own])].map((world) => world.stop()));
  }
}
