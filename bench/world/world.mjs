// A world for one measurement: a server and its link, started anew, so that nothing is shared between two clients but
// the machine.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PROCESS = fileURLToPath(new URL("./process.mjs", import.meta.url));

/**
 * @param {string} server a name in `servers/index.mjs`.
 * @param {{ latency?: number, code?: number }} [options] `latency`: what the server says takes so many ms more.
 *   `code`: with it the server closes each connection after the handshake.
 */
export async function startWorld(server, options = {}) {
  const child = fork(PROCESS, [JSON.stringify({ server, ...options })]);
  const waiting = new Map();
  let next = 0;
  await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (status) => reject(new Error(`the ${server} server ended with ${status}`)));
  });
  child.on("message", ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  });
  child.once("exit", () => {
    for (const { reject } of waiting.values()) reject(new Error(`the ${server} server has ended`));
  });
  const ask = (call, ...given) =>
    new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject });
      child.send({ id, call, given });
    });
  const ports = await ask("addresses");
  return {
    /** Where clients reach the server through the link that breaks. */
    address: `http://127.0.0.1:${ports.behindLink}`,
    /** Where they reach it with nothing between. */
    direct: `http://127.0.0.1:${ports.direct}`,
    hush: () => ask("hush"),
    reset: () => ask("reset"),
    leave: () => ask("leave"),
    comeBack: () => ask("comeBack"),
    silences: () => ask("silences"),
    outage: (ms) => ask("outage", ms),
    ledger: () => ask("ledger"),
    opened: () => ask("opened"),
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    },
  };
}
