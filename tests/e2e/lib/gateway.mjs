// A gateway process of one's own, on a free port, and its control surface.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** How long a gateway may take until it listens, in ms. It is built already; this is for a busy machine. */
const START_DEADLINE = 30_000;

/**
 * Starts a gateway. It ends when this process ends, however that happens: it watches its standard input.
 *
 * @param {string[]} [flags] further flags, as in `guestwire-gateway --help`.
 * @returns {Promise<Gateway>}
 */
export async function startGateway(flags = []) {
  const binary = process.env.GUESTWIRE_GATEWAY_BIN;
  if (!binary)
    throw new Error("GUESTWIRE_GATEWAY_BIN is not set; run it as `cargo xtask test e2e` (or packaging)");
  const child = spawn(binary, ["--addr", "127.0.0.1:0", "--exit-with-stdin", ...flags], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const lines = createInterface({ input: child.stdout }).on("line", (line) => log.push(line));
  const address = await new Promise((resolve, reject) => {
    const fail = (why) => {
      child.stdin.end();
      reject(new Error(`the gateway ${why}:\n${log.join("\n")}`));
    };
    const timer = setTimeout(() => fail("did not listen in time"), START_DEADLINE);
    child.once("error", (error) => fail(`could not be started (${error.message})`));
    child.once("exit", (code, signal) => fail(`ended with ${code ?? signal}`));
    lines.on("line", (line) => {
      const found = /listening on (http:\/\/\S+)/.exec(line);
      if (!found) return;
      clearTimeout(timer);
      resolve(found[1]);
    });
  });
  return new Gateway(child, address, log);
}

/** A gateway that goes when the test ends. */
export async function ownGateway(t, flags) {
  const gateway = await startGateway(flags);
  t.after(() => gateway.stop());
  return gateway;
}

/** A running gateway: where it is, what it was told, and what it has taken. */
export class Gateway {
  #child;

  constructor(child, address, log) {
    this.#child = child;
    /** `http://127.0.0.1:<port>`: what a client takes as its `host`. */
    this.address = address;
    /** Every line that it wrote, for the message of a failing test. */
    this.log = log;
  }

  /** Queues faults: one, or a list; see `POST /control/faults`. */
  async break(faults) {
    await this.#ask("POST", "/control/faults", faults);
  }

  /** Forgets all queued and lasting faults. */
  async mend() {
    await this.#ask("DELETE", "/control/faults");
  }

  /** Every message that the service took, in order of first acceptance. */
  async ledger(conversation) {
    const query = conversation === undefined ? "" : `?conversation=${encodeURIComponent(conversation)}`;
    return (await this.#ask("GET", `/control/ledger${query}`)).messages;
  }

  /** What guests of web messaging did beside messages: events, and journeys. */
  async guestEvents() {
    return (await this.#ask("GET", "/control/ledger")).events ?? [];
  }

  /** The agent says something, a text or `{ message }`: in one conversation, or in all that live. */
  async say(said, conversation) {
    const what = typeof said === "string" ? { content: said } : said;
    await this.#ask("POST", "/control/say", { ...what, ...(conversation && { conversation }) });
  }

  /** Event streams: tokens by number, channels, live sockets, API calls by kind, and every event with whom it reached. */
  async streams() {
    return this.#ask("GET", "/control/streams");
  }

  /** An event happens; what became of it comes back. */
  async emit(topic, body = {}, correlationId = undefined) {
    return (await this.#ask("POST", "/control/emit", { topic, body, correlationId })).emitted[0];
  }

  /** An event with this correlation id happens after so many ms. */
  async emitLater(topic, after, correlationId) {
    await this.#ask("POST", "/control/emit", { topic, correlationId, body: {}, after });
  }

  /** The latest REST requests that it saw, in order. */
  async requests() {
    return (await this.#ask("GET", "/control/requests")).requests;
  }

  /** What is connected, since when, and how many were ever opened. */
  async connections() {
    return this.#ask("GET", "/control/connections");
  }

  /** Ends it, and waits until it has. */
  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.stdin.end();
    await ended;
  }

  async #ask(method, path, body) {
    const response = await fetch(this.address + path, {
      method,
      ...(body !== undefined && {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body),
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }
}
