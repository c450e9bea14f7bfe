// What a link that dies in the middle costs: 300 numbered messages, one every 20 ms; eight times nothing passes for
// 120 ms and then every connection is reset. All clients are tuned to come back quickly. Judged by the server's ledger.
import { judge } from "../world/ledger.mjs";
import { startWorld } from "../world/world.mjs";

const MESSAGES = 300;
const EVERY = 20; // ms
const LENGTH = 20;
/** Of what the server says: the acknowledgements come so late, with everything else. */
const LATENCY = 15; // ms
/** Clients differ in how they say that all is over, or say nothing: a ledger that rests so long has all that comes. */
const REST = 3_000;
const DEADLINE = 30_000;

export async function loss(pages, peer) {
  const world = await startWorld(peer.server, { latency: LATENCY });
  try {
    return await pages.withPage(async (page) => {
      await page.evaluate(
        ([name, address]) => globalThis.bench.open(name, address, { quick: true }),
        [peer.name, world.address],
      );
      await page.evaluate((name) => globalThis.bench.connected(name), peer.name);
      const breaking = world.silences();
      await page.evaluate((given) => globalThis.bench.send(...given), [peer.name, MESSAGES, EVERY, LENGTH]);
      await breaking;
      const { entries, repeats } = await atRest(world);
      return { ...judge(MESSAGES, entries), repeats };
    });
  } finally {
    await world.stop();
  }
}

/** The ledger, when nothing was added to it for a while. */
async function atRest(world) {
  const end = performance.now() + DEADLINE;
  let before = -1;
  for (;;) {
    const ledger = await world.ledger();
    const size = ledger.entries.length + ledger.repeats;
    if (size === before || performance.now() > end) return ledger;
    before = size;
    await new Promise((resolve) => setTimeout(resolve, REST));
  }
}
