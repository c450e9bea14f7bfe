// The loop that most programs have around an event stream, kept as the counter-example: it reconnects each second, asks for
// a token each time or never again, sets no deadline and sends no heartbeat. Not a caricature: each line of it is somebody's.
import { WebSocket } from "ws";

const WAIT = 1_000;

/** Listens at a gateway, plainly. */
export class NaiveStream {
  /** What it was told, in order. */
  events = [];
  #gateway;
  #application;
  #kind;
  #topics;
  #cachesToken;
  #token;
  #channel;
  #subscribed = false;
  #sockets = [];
  #over = false;

  /**
   * @param {{ address: string }} gateway
   * @param {{ clientId: string, clientSecret: string }} application
   * @param {{ kind: "channel" | "events", topics: string[], cachesToken?: boolean }} options
   */
  constructor(gateway, application, { kind, topics, cachesToken = false }) {
    this.#gateway = gateway;
    this.#application = application;
    this.#kind = kind;
    this.#topics = topics;
    this.#cachesToken = cachesToken;
  }

  /** Begins, and comes back when the first socket is open. */
  async connect() {
    await this.#open();
  }

  close() {
    this.#over = true;
    for (const socket of this.#sockets) socket.terminate();
  }

  async #open() {
    if (this.#over) return;
    let socket;
    try {
      const token = await this.#authorize();
      socket = new WebSocket(
        this.#kind === "channel" ? await this.#address(token) : this.#eventsAddress(token),
      );
    } catch {
      this.#retry();
      return;
    }
    // What was there before is left to itself.
    this.#sockets.push(socket);
    socket.on("message", (data) => this.#hear(JSON.parse(String(data))));
    // One of these two would do.
    socket.on("error", () => this.#retry());
    socket.on("close", () => this.#retry());
    await new Promise((resolve) => {
      socket.on("open", () => {
        if (this.#kind === "events" && !this.#subscribed) {
          socket.send(JSON.stringify({ type: "subscribe", data: { topics: this.#topics } }));
          this.#subscribed = true;
        }
        resolve();
      });
    });
  }

  #retry() {
    setTimeout(() => this.#open(), WAIT);
  }

  #hear(frame) {
    if (frame.topicName === "v2.system.socket_closing") {
      // A new channel at once, beside the old one.
      this.#channel = undefined;
      this.#open();
      return;
    }
    if (frame.metadata) this.events.push(frame.metadata.CorrelationId);
  }

  async #authorize() {
    if (this.#token && this.#cachesToken) return this.#token;
    const { clientId, clientSecret } = this.#application;
    const answer = await fetch(`${this.#gateway.address}/oauth/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: clientId,
        client_secret: clientSecret,
      }),
    });
    if (!answer.ok) throw new Error(`a token: ${answer.status}`);
    this.#token = (await answer.json()).access_token;
    return this.#token;
  }

  async #address(token) {
    if (this.#channel) return this.#channel;
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
    const channels = `${this.#gateway.address}/api/v2/notifications/channels`;
    const { id, connectUri } = await (await fetch(channels, { method: "POST", headers })).json();
    const body = JSON.stringify(this.#topics.map((topic) => ({ id: topic })));
    await fetch(`${channels}/${id}/subscriptions`, { method: "PUT", headers, body });
    this.#channel = connectUri;
    return connectUri;
  }

  #eventsAddress(token) {
    return `${this.#gateway.address.replace("http", "ws")}/events?access_token=${token}`;
  }
}
