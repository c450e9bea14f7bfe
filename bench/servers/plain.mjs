// JSON over a WebSocket and an acknowledgement for each message: the frames of docs' `webchat` contract as far as a
// measurement of speed needs them, so that guestwire and a bare socket can be measured at the same server.
import { randomUUID } from "node:crypto";
import { allowed, closeSoon, listen } from "./listening.mjs";

export function start(ledger, code) {
  return listen(
    (request, response) => {
      const session = { webchatInstanceId: randomUUID(), token: randomUUID(), expiresIn: 3600 };
      response.writeHead(200, { ...allowed(request), "Content-Type": "application/json" });
      response.end(JSON.stringify(session));
    },
    (socket) => {
      closeSoon(socket, code);
      socket.on("message", (data) => {
        const { type, messageId, content } = JSON.parse(data);
        if (type === "KEEP_ALIVE") {
          socket.send(JSON.stringify({ type: "KEEP_ALIVE_ACK" }));
          return;
        }
        ledger.take(content);
        socket.send(JSON.stringify({ type: "messageReceived", messageId }));
      });
    },
  );
}
