// The network between a client and its server: a TCP proxy that every server of the benchmark stands behind, so that
// what goes wrong is the same for all. It knows nothing of any protocol but the request that opens a WebSocket.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const UPGRADE = /^GET [\s\S]*\nupgrade: *websocket/i;

/** Ports below those that a system gives to whoever wants any: while a link is away, its own is given to nobody. */
const [FIRST_PORT, PORTS] = [20_000, 10_000];

/** One path from `port` to the server; what the server says arrives `latency` ms later. */
export class Link {
  #server = createServer({ noDelay: true }, (client) => this.#accept(client));
  #pairs = new Set();
  #silent = false;
  #target;
  #latency;

  /** When each WebSocket was asked for, in ms of the epoch. */
  opened = [];

  /**
   * @param {number} target the server's port.
   * @param {{ latency?: number }} [options]
   */
  static async start(target, { latency = 0 } = {}) {
    const link = new Link();
    link.#target = target;
    link.#latency = latency;
    for (;;) {
      link.port = FIRST_PORT + Math.floor(Math.random() * PORTS);
      try {
        await link.#listen(link.port);
        return link;
      } catch (error) {
        if (error.code !== "EADDRINUSE") throw error;
      }
    }
  }

  /** From now on nothing passes, either way, and nobody is told. */
  hush() {
    this.#silent = true;
  }

  /** Every connection is reset; new ones are served as if nothing had been. */
  reset() {
    this.#silent = false;
    for (const { client, service } of this.#pairs) {
      client.resetAndDestroy();
      service.destroy();
    }
  }

  /** Every connection is reset, and nobody listens. */
  leave() {
    this.#server.close();
    this.reset();
  }

  /** Somebody listens again. */
  async comeBack() {
    await this.#listen(this.port);
  }

  /** Whether a WebSocket is open that was asked for at least `ms` ago. */
  holds(ms) {
    return [...this.#pairs].some(({ since }) => since !== undefined && Date.now() - since >= ms);
  }

  async #listen(port) {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  #accept(client) {
    const service = connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    const pair = { client, service, since: undefined };
    this.#pairs.add(pair);
    client.on("data", (bytes) => {
      if (pair.since === undefined && UPGRADE.test(bytes.toString("latin1"))) {
        pair.since = Date.now();
        this.opened.push(pair.since);
      }
      if (!this.#silent && !service.write(bytes)) client.pause();
    });
    service.on("drain", () => client.resume());
    // Timers of one length fire in the order in which they were set, so the bytes keep theirs.
    service.on("data", (bytes) => {
      setTimeout(() => {
        if (!this.#silent && client.writable) client.write(bytes);
      }, this.#latency);
    });
    service.on("end", () => setTimeout(() => client.end(), this.#latency));
    // A reset is one of the faults; what follows from an error is done when the socket closes.
    client.on("error", () => {});
    service.on("error", () => client.resetAndDestroy());
    client.on("close", () => {
      this.#pairs.delete(pair);
      service.destroy();
    });
  }
}
