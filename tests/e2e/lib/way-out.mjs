// A network from which only a proxy leads out, by CONNECT; and at its other end, a service that speaks TLS, in front of a gateway.
import { once } from "node:events";
import { createServer, request } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";

async function listening(t, server) {
  const open = new Set();
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return server.address().port;
}

/** Joins two sockets; when one ends, so does the other. */
function join(one, other) {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ]) {
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  }
}

/**
 * The gateway behind TLS, as the services are: what stands before it says by `X-Forwarded-Proto` how it was asked.
 *
 * @returns {Promise<number>} its port on loopback.
 */
export function behindTls(t, gateway, { key, cert }) {
  const { hostname, port } = new URL(gateway.address);
  const onward = ({ method, url, headers }) =>
    request({ hostname, port, method, path: url, headers: { ...headers, "x-forwarded-proto": "https" } });
  const server = createSecureServer({ key, cert }, (asked, answer) => {
    const forwarded = onward(asked);
    forwarded.on("response", (response) => {
      answer.writeHead(response.statusCode, response.rawHeaders);
      response.pipe(answer);
    });
    forwarded.on("error", () => answer.destroy());
    asked.pipe(forwarded);
  });
  server.on("upgrade", (asked, socket) => {
    const forwarded = onward(asked);
    const say = ({ statusCode, statusMessage, rawHeaders }) => {
      const lines = [`HTTP/1.1 ${statusCode} ${statusMessage}`];
      for (let at = 0; at < rawHeaders.length; at += 2)
        lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
      socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    };
    forwarded.on("upgrade", (response, other, head) => {
      say(response);
      socket.write(head);
      join(socket, other);
    });
    forwarded.on("response", (response) => {
      say(response);
      response.pipe(socket);
    });
    forwarded.on("error", () => socket.destroy());
    forwarded.end();
  });
  return listening(t, server);
}

/**
 * A proxy that leads out by CONNECT alone, to the hosts that it knows.
 *
 * @param {(host: string) => number | undefined} leadsTo the port on loopback behind a `host:port`.
 * @param {string} [authorization] what it asks for in `Proxy-Authorization`.
 * @returns {Promise<{ address: string, tunnels: string[], refused: string[] }>} where it is, and which hosts it was asked for.
 */
export async function connectProxy(t, leadsTo, authorization) {
  const proxy = { address: "", tunnels: [], refused: [] };
  const server = createServer((asked, answer) => {
    proxy.refused.push(`${asked.method} ${asked.url}`);
    answer.writeHead(405).end();
  });
  server.on("connect", (asked, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refuse = (status) => {
      proxy.refused.push(`CONNECT ${asked.url} ${status}`);
      socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
    };
    if (authorization && asked.headers["proxy-authorization"] !== authorization) return refuse(407);
    const port = leadsTo(asked.url);
    if (port === undefined) return refuse(403);
    const other = connect(port, "127.0.0.1");
    other.on("error", () => socket.destroy());
    other.on("connect", () => {
      proxy.tunnels.push(asked.url);
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      other.write(head);
      join(socket, other);
    });
  });
  proxy.address = `http://127.0.0.1:${await listening(t, server)}`;
  return proxy;
}
