// What 10,000 buffered messages cost while the network is away, in a Node process of the client's own.
import { execFile } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startWorld } from "../world/world.mjs";

const PROCESS = fileURLToPath(new URL("./memory-process.mjs", import.meta.url));

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
    const left = new Promise((resolve, reject) => {
      createInterface({ input: child.child.stderr }).on("line", (line) => {
        if (line === "connected") world.leave().then(resolve, reject);
      });
    });
    const [{ stdout }] = await Promise.all([child, left]);
    return JSON.parse(stdout);
  } finally {
    await world.stop();
  }
}
