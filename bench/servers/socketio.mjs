// The real Socket.IO server. It has no memory of what came before: its documentation leaves doubles to the application.
import { once } from "node:events";
import { createServer } from "node:http";
import { Server } from "socket.io";
import { closeSoon } from "./listening.mjs";

export async function start(ledger, code) {
  const http = createServer();
  new Server(http, { cors: { origin: "*" } }).on("connection", (socket) => {
    closeSoon(socket.conn.transport.socket, code);
    socket.on("message", (text, acknowledge) => {
      ledger.take(text);
      acknowledge?.();
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return { port: http.address().port };
}
