// The JSON protocol of Centrifugo, version 2, as far as a client that connects and calls needs it:
// https://centrifugal.dev/docs/transports/client_protocol. There is no such server on npm.
import { closeSoon, listen, nothing } from "./listening.mjs";

/** Seconds between pings, as Centrifugo has it by default. */
const PING = 25;

export function start(ledger, code) {
  return listen(nothing, (socket) => {
    const pings = setInterval(() => socket.send("{}"), PING * 1000);
    socket.on("close", () => clearInterval(pings));
    socket.on("message", (data) => {
      // Several commands may come in one frame, a line each; an empty one is the answer to a ping.
      const replies = data.toString().split("\n").filter(Boolean).map(JSON.parse).flatMap(answer);
      if (replies.length > 0) socket.send(replies.map((reply) => JSON.stringify(reply)).join("\n"));
    });
    function answer({ id, connect, rpc }) {
      if (connect) {
        closeSoon(socket, code);
        return [{ id, connect: { client: "bench", version: "6.0.0", ping: PING, pong: true } }];
      }
      if (rpc) {
        ledger.take(rpc.data.text);
        return [{ id, rpc: { data: {} } }];
      }
      return [];
    }
  });
}
