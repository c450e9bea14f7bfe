// What 10,000 buffered messages cost while the network is away, in a Node process of the client's own.
import { execFile } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startWorld } from "../world/world.mjs";

const PROCESS = fileURLToPath(new URL("./memory-process.mjs", import.meta.url));
/** Longer than the measurement takes. */
const AWAY = 120_000;

export const MESSAGES = 10_000;
export const LENGTH = 100;

/** Gives `bytes`, or none where the client refused the messages. */
export async function memory(peer) {
  const world = await startWorld(peer.server);
  try {
    const child = promisify(execFile)("node", [
      "--expose-gc",
      PROCESS,
      peer.name,
      world.address,
      String(MESSAGES),
      String(LENGTH),
    ]);
    // The child says on its error stream when it is connected; from then on there is no network.
    createInterface({ input: child.child.stderr }).on("line", (line) => {
      // It is still away when the world ends, and the answer to this with it.
      if (line === "connected") world.away(AWAY).catch(() => {});
    });
    const { stdout } = await child;
    return JSON.parse(stdout);
  } finally {
    await world.stop();
  }
}
