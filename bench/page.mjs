// What runs in the page: each client behind the same calls, and the loops that use them.
import { bare, peers } from "./peers/index.mjs";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Content that begins with its number, of a stated length. */
const content = (number, length) => `${number} `.padEnd(length, "x");

/** By name. */
const clients = new Map();

globalThis.bench = {
  async open(name, address, how) {
    const peer = [bare, ...peers].find((each) => each.name === name);
    clients.set(name, await peer.open(address, how));
  },

  async connected(name) {
    await clients.get(name).connected;
  },

  /** Sends `count` messages, one each `every` ms, whatever the connection is; late timers do not slow it down. */
  async send(name, count, every, length) {
    const client = clients.get(name);
    const begun = performance.now();
    for (let number = 0; number < count; number++) {
      await pause(begun + number * every - performance.now());
      // A client may refuse, at once or later: then the message is lost, and the server's ledger says so.
      const sent = async () => client.send(content(number, length));
      sent().catch(() => {});
    }
  },

  /** Sends for `ms` with so many messages unacknowledged at most; gives the acknowledged ones per second. */
  async rate(name, ms, unacknowledged, length) {
    const client = clients.get(name);
    const begun = performance.now();
    let sent = 0;
    let acked = 0;
    const line = async () => {
      while (performance.now() - begun < ms) {
        await client.acked(content(sent++, length));
        acked++;
      }
    };
    await Promise.all(Array.from({ length: unacknowledged }, line));
    return (acked / (performance.now() - begun)) * 1000;
  },
};
