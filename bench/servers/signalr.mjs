// A SignalR hub with the JSON protocol, version 2 and "stateful reconnect" included (sequence numbers, acknowledgements
// and the resending of completions):
// https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md. There is no such server on npm.
import { randomUUID } from "node:crypto";
import { WebSocket } from "ws";
import { allowed, closeSoon, listen } from "./listening.mjs";

const END = "\x1e";
const [INVOCATION, COMPLETION, PING, ACK, SEQUENCE] = [1, 3, 6, 8, 9];
/** How often the server acknowledges what it has received, as ASP.NET does; in ms. */
const ACK_EVERY = 1_000;
const KEEP_ALIVE = 15_000;

export function start(ledger, code) {
  const sessions = new Map();
  setInterval(() => {
    for (const session of sessions.values()) session.acknowledge();
  }, ACK_EVERY);
  return listen(
    (request, response) => {
      const { searchParams } = new URL(request.url, "http://localhost");
      const stateful = searchParams.get("useStatefulReconnect") === "true";
      const connectionToken = randomUUID();
      sessions.set(connectionToken, new Session(ledger, stateful, code));
      response.writeHead(200, { ...allowed(request), "Content-Type": "application/json" });
      response.end(
        JSON.stringify({
          connectionId: randomUUID(),
          connectionToken,
          negotiateVersion: 1,
          useStatefulReconnect: stateful,
          availableTransports: [{ transport: "WebSockets", transferFormats: ["Text", "Binary"] }],
        }),
      );
    },
    (socket, request) => {
      const session = sessions.get(new URL(request.url, "http://localhost").searchParams.get("id"));
      if (session === undefined) socket.close(1008);
      else session.attach(socket);
    },
  );
}

/** One hub connection, which outlives its sockets where reconnecting is stateful. */
class Session {
  #ledger;
  #stateful;
  #code;
  #socket;
  #greeted = false;
  // What was received: the number of the newest message, and of the next one on this socket.
  #received = 0;
  #next = 1;
  #acknowledged = 0;
  // What was sent and is not acknowledged, with its numbers.
  #sent = 0;
  #kept = [];

  constructor(ledger, stateful, code) {
    this.#ledger = ledger;
    this.#stateful = stateful;
    this.#code = code;
  }

  attach(socket) {
    this.#socket = socket;
    const pings = setInterval(() => this.#say({ type: PING }), KEEP_ALIVE);
    socket.on("close", () => clearInterval(pings));
    socket.on("message", (data) => {
      for (const part of data.toString().split(END)) if (part !== "") this.#hear(JSON.parse(part));
    });
    if (!this.#greeted) return;
    this.#say({ type: SEQUENCE, sequenceId: this.#kept[0]?.number ?? this.#sent + 1 });
    for (const { message } of this.#kept) this.#say(message);
    closeSoon(socket, this.#code);
  }

  /** Tells the client what it need not keep any longer. */
  acknowledge() {
    if (!this.#stateful || this.#acknowledged === this.#received || !this.#isOpen()) return;
    this.#acknowledged = this.#received;
    this.#say({ type: ACK, sequenceId: this.#received });
  }

  #isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  #say(message) {
    this.#socket.send(JSON.stringify(message) + END);
  }

  #hear(message) {
    if (!this.#greeted) {
      this.#greeted = true;
      this.#say({});
      closeSoon(this.#socket, this.#code);
    } else if (message.type === SEQUENCE) this.#next = message.sequenceId;
    else if (message.type === ACK)
      this.#kept = this.#kept.filter(({ number }) => number > message.sequenceId);
    else if (message.type === INVOCATION) this.#invoke(message);
  }

  #invoke({ invocationId, arguments: [text] }) {
    const number = this.#next++;
    if (this.#stateful && number <= this.#received) {
      this.#ledger.repeat();
      return;
    }
    this.#received = number;
    this.#ledger.take(text);
    const message = { type: COMPLETION, invocationId, result: null };
    if (this.#stateful) this.#kept.push({ number: ++this.#sent, message });
    this.#say(message);
  }
}
