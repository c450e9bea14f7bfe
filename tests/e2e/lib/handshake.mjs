// A service that lets clients wait where the gateway would not.
import { once } from "node:events";
import { createServer } from "node:http";

/** A service that makes sessions and never answers a handshake. */
export async function serviceWithoutHandshake(t) {
  const server = createServer((request, response) => {
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
    response.setHeader("Content-Type", "application/json");
    response.end(
      request.method === "POST"
        ? JSON.stringify({ webchatInstanceId: "an-instance", token: "a-guest-token", expiresIn: 3600 })
        : "",
    );
  });
  const handshake = new Promise((resolve) => {
    server.on("upgrade", (_request, connection) => resolve(connection));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { address: `http://127.0.0.1:${server.address().port}`, handshake };
}
