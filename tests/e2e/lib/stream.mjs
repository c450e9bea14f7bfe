// A stream of the package in Node, with the package ws, at a gateway; what it told is kept for the test.
import WebSocket from "ws";
import { StreamClient } from "../../../dist/streams-node.js";
import { APPLICATION } from "./official.mjs";

/** The address of the gateway's plain event sockets. */
export const eventsAddress = (gateway) => `${gateway.address.replace("http", "ws")}/events`;

/** What a client of each kind needs at least. */
const LEAST = {
  channel: (gateway, topics) => ({ region: gateway.address, credentials: APPLICATION, topics }),
  events: (gateway, topics) => ({
    url: eventsAddress(gateway),
    auth: { ...APPLICATION, tokenUrl: `${gateway.address}/oauth/token` },
    subscribe: { topics },
  }),
};

/** A client with what it told: `told` by type, `events` by their correlation ids, in order. */
export class Stream {
  told = { event: [], gap: [], statechange: [], error: [], audit: [] };
  /** The correlation ids of what it heard. */
  events = [];

  /**
   * @param {{ address: string }} gateway
   * @param {{ kind?: "channel" | "events", topics?: string[], options?: object }} [wanted]
   */
  constructor(gateway, { kind = "channel", topics = [], options = {} } = {}) {
    this.client = new StreamClient({ ...LEAST[kind](gateway, topics), WebSocket, ...options });
    for (const [type, told] of Object.entries(this.told)) {
      this.client.addEventListener(type, ({ detail }) => told.push(detail));
    }
    this.client.addEventListener("event", ({ detail }) => this.events.push(detail.correlationId));
  }

  connect() {
    return this.client.connect();
  }

  /** The codes of its error events. */
  get errors() {
    return this.told.error.map(({ code }) => code);
  }

  /** Closes, and lets go of everything. */
  async close() {
    await this.client.close();
    this.client.dispose();
  }
}

/** A connected one that goes when the test ends. */
export async function openStream(t, gateway, wanted) {
  const stream = new Stream(gateway, wanted);
  t.after(() => stream.close());
  await stream.connect();
  return stream;
}
