// A guest in a page: the shipped package in real Chromium, served from another origin than the gateway's, with what the
// client told kept for the test. What became of the messages is for the gateway's ledger to say, not for the page.
import { fileURLToPath } from "node:url";
import { openPage } from "./browser.mjs";
import { eventually } from "./eventually.mjs";
import { startGateway } from "./gateway.mjs";
import { serveFolder } from "./serve.mjs";
import { TOKEN } from "./token.mjs";

const DIST = fileURLToPath(new URL("../../../dist/", import.meta.url));

/**
 * What Chromium itself says of a connection or a request that failed, where the test had it fail. The last is a frame that
 * was sent between the service's close and the page's hearing of it.
 */
const NETWORK_TROUBLE =
  /WebSocket connection to .* failed|Failed to load resource|blocked by CORS policy|WebSocket is already in CLOSING or CLOSED state/;

/**
 * A gateway of its own, and a guest in a page of its own; both go when the test ends.
 *
 * @param {import("node:test").TestContext} t
 * @param {import("playwright-core").Browser} browser
 * @param {object} [wanted]
 * @param {"webchat" | "web-messaging"} [wanted.service] that the guest speaks to. Default: webchat.
 * @param {string[]} [wanted.flags] of the gateway.
 * @param {object} [wanted.options] of the client, plain data.
 * @param {() => void} [wanted.before] runs in the page before anything else does.
 * @returns {Promise<{ gateway: import("./gateway.mjs").Gateway, guest: Guest }>}
 */
export async function openGuest(t, browser, { service = "webchat", flags = [], options = {}, before } = {}) {
  const gateway = await startGateway(flags);
  t.after(() => gateway.stop());
  const guest = await joinGateway(t, browser, gateway, { service, options, before });
  return { gateway, guest };
}

/** Where each service's entry is in the package, and what its client needs at least. */
const SERVICES = {
  webchat: { entry: "/index.js", least: (gateway) => ({ host: gateway.address, token: TOKEN }) },
  "web-messaging": {
    entry: "/web-messaging.js",
    least: (gateway) => ({ region: gateway.address, deploymentId: "the-deployment" }),
  },
};

/** A guest in a page of its own, at a gateway that runs already. */
export async function joinGateway(t, browser, gateway, { service = "webchat", options = {}, before } = {}) {
  const server = await serveFolder(DIST);
  t.after(() => server.close());
  const context = await browser.newContext();
  t.after(() => context.close());
  if (before) await context.addInitScript(before);
  const page = await openPage(context);
  // Any file of that origin will do for a document.
  const { entry, least } = SERVICES[service];
  await page.goto(server.origin + entry);
  await page.evaluate(arrive, [entry, { ...least(gateway), ...options }]);
  return new Guest(page, server.origin);
}

/** Runs in the page: makes the client, and keeps what it tells. */
async function arrive([entry, options]) {
  const { GuestClient } = await import(entry);
  const client = await GuestClient.create(options);
  const told = [];
  const sent = [];
  for (const type of [
    "statechange",
    "delivery",
    "message",
    "gap",
    "session",
    "error",
    "attachment",
    "uploadprogress",
  ]) {
    client.addEventListener(type, ({ detail }) => {
      told.push({ ...detail, event: type, ...(detail instanceof Error && { code: detail.code }) });
    });
  }
  const send = (content) => {
    const outgoing = client.send(content);
    const entry = { content, outgoing, result: undefined };
    sent.push(entry);
    void outgoing.done.then((result) => {
      entry.result = result;
    });
    return outgoing;
  };
  globalThis.guest = { GuestClient, client, options, told, sent, send };
}

/** The client in the page, and what it told. */
export class Guest {
  constructor(page, origin) {
    /** The page; `globalThis.guest` in it has the `client`, what was `told`, and `send`. */
    this.page = page;
    /** Where the page comes from. */
    this.origin = origin;
  }

  /** Runs in the page. */
  do(what, argument) {
    return this.page.evaluate(what, argument);
  }

  connect() {
    return this.do(() => globalThis.guest.client.connect());
  }

  /** Begins to connect, for a client that is not to get there. */
  async startConnecting() {
    await this.do(() => {
      globalThis.guest.connecting = globalThis.guest.client.connect().then(
        () => "connected",
        (error) => error.code ?? error.name,
      );
    });
  }

  /** What became of {@link startConnecting}. */
  connecting() {
    return this.do(() => globalThis.guest.connecting);
  }

  close(options) {
    return this.do((options) => globalThis.guest.client.close(options), options);
  }

  stats() {
    return this.do(() => globalThis.guest.client.stats());
  }

  state() {
    return this.do(() => globalThis.guest.client.state);
  }

  /** All events of one type so far, in order. */
  told(type) {
    return this.do((type) => globalThis.guest.told.filter(({ event }) => event === type), type);
  }

  /** Sends these texts: at once, or one every so many milliseconds. */
  send(texts, { every = 0 } = {}) {
    return this.do(
      async ([texts, every]) => {
        for (const text of texts) {
          globalThis.guest.send(text);
          if (every > 0) await new Promise((resolve) => setTimeout(resolve, every));
        }
      },
      [texts, every],
    );
  }

  /** The states of all messages as they are now, in the order of sending. */
  states() {
    return this.do(() => globalThis.guest.sent.map(({ outgoing }) => outgoing.state));
  }

  /**
   * Waits until every message has its final state, and gives them in the order of sending.
   *
   * @returns {Promise<{ content: string, id: string, state: string, reason: string | null, via: string | null, attempts: number }[]>}
   */
  async outcomes({ deadline = 90_000 } = {}) {
    const end = performance.now() + deadline;
    try {
      await eventually(
        "every message has its final state",
        () => this.do(() => globalThis.guest.sent.every(({ result }) => result !== undefined)),
        { deadline: end - performance.now() },
      );
    } catch (error) {
      throw new Error(`${error.message}; stats: ${JSON.stringify(await this.stats())}`);
    }
    return this.do(() => globalThis.guest.sent.map(({ content, result }) => ({ content, ...result })));
  }

  /** What went wrong in the page, but for what Chromium says of the failures that the test wanted. */
  problems() {
    return this.page.problems.filter((problem) => !NETWORK_TROUBLE.test(problem));
  }
}

/** `word 1` to `word n`. */
export function numbered(word, count, from = 1) {
  return Array.from({ length: count }, (_, index) => `${word} ${index + from}`);
}

/** The contents in a ledger, in order. */
export function contents(ledger) {
  return ledger.map(({ content }) => content);
}

/** How often each value occurs: `{ delivered: 300 }`. */
export function tally(values) {
  const counts = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
