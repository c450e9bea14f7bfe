// What runs in the page: each client behind the same two calls, as its own documentation has it used.
import { GuestClient } from "guestwire";
import { WebSocket as PartySocket } from "partysocket";
import ReconnectingWebSocket from "reconnecting-websocket";

const TOKEN = "demo-token-0000000000";

/** A guest session made by hand, for the clients that are a socket and nothing more. */
async function socketAddress(host) {
  const answer = await fetch(`${host}/api/v2/webchat/guests`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ guest: { email: "bench@local", firstName: "Bench", lastName: "Mark" } }),
  });
  const { webchatInstanceId, token } = await answer.json();
  return `${host.replace("http", "ws")}/api/v2/webchat/instances/${webchatInstanceId}/websocket?access_token=${token}`;
}

/** The socket clients keep what is sent while they are closed, and know of no acknowledgement. */
const socketClient = (Socket) => async (host, tuning) => {
  const socket = new Socket(await socketAddress(host), [], tuning);
  socket.addEventListener("error", () => {});
  return {
    send: (content) =>
      socket.send(JSON.stringify({ type: "message", content, messageId: crypto.randomUUID() })),
    settled: async () => {},
    close: () => socket.close(),
  };
};

const QUICK = { minReconnectionDelay: 50, maxReconnectionDelay: 200, connectionTimeout: 10_000 };

globalThis.clients = {
  guestwire: {
    defaults: {},
    quick: { backoff: { base: 50, cap: 200 }, rest: false, maxOpens: 100 },
    open: async (host, options) => {
      const client = await GuestClient.create({ host, token: TOKEN, ...options });
      const done = [];
      client.connect().catch(() => {});
      return {
        send: (content) => done.push(client.send(content).done),
        settled: () => Promise.all(done),
        close: () => client.close({ grace: 0 }),
      };
    },
  },
  "reconnecting-websocket": { defaults: {}, quick: QUICK, open: socketClient(ReconnectingWebSocket) },
  partysocket: { defaults: {}, quick: QUICK, open: socketClient(PartySocket) },
};
