// What the servers that we wrote have in common: HTTP and WebSockets on one free port of loopback.
import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";

/** How long after the handshake a server closes that was told to, in ms: its last words leave first. */
export const GRACE = 1;

/** Answers pages of any origin: those of the benchmark come from another port. */
export const allowed = ({ headers }) => ({
  "Access-Control-Allow-Origin": headers.origin ?? "*",
  "Access-Control-Allow-Credentials": "true",
  "Access-Control-Allow-Headers": headers["access-control-request-headers"] ?? "*",
  "Access-Control-Max-Age": "600",
});

/**
 * @param {(request, response) => void} answer plain HTTP, but for the preflights.
 * @param {(socket: import("ws").WebSocket, request) => void} serve
 */
export async function listen(answer, serve) {
  const http = createServer((request, response) => {
    if (request.method === "OPTIONS") response.writeHead(204, allowed(request)).end();
    else answer(request, response);
  });
  new WebSocketServer({ server: http }).on("connection", (socket, request) => {
    // The link resets connections on purpose; ws closes the socket by itself.
    socket.on("error", () => {});
    serve(socket, request);
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return { port: http.address().port };
}

/** Where there is no HTTP beside the sockets. */
export const nothing = (request, response) => response.writeHead(404, allowed(request)).end();

/** Ends a connection shortly after its handshake, where that is wanted; 1006 ends it without a close frame. */
export function closeSoon(socket, code) {
  if (code === undefined) return;
  setTimeout(() => (code === 1006 ? socket.terminate() : socket.close(code)), GRACE);
}
