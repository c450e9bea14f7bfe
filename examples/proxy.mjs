// For a service in Node whose only way out is a proxy, which is asked by CONNECT: sockets and requests of guestwire both take it.
//
//   import { WebSocket } from "./proxy.mjs";
//   const client = await StreamClient.create({ …, WebSocket });
//
//   HTTPS_PROXY=http://name:password@proxy.example:3128 node service.mjs
//
// It needs the packages ws and undici. What is on this machine (localhost, 127.0.0.1) is not asked of the proxy.
import { request } from "node:http";
import { connect } from "node:tls";
import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";
import { WebSocket as Direct } from "ws";

// Requests are made by fetch, and fetch asks this for its connections. It reads HTTPS_PROXY and NO_PROXY by itself.
setGlobalDispatcher(new EnvHttpProxyAgent());

/** How long the proxy may take to answer, in ms. */
const PATIENCE = 10_000;

/** A connection through the proxy to a host of `wss:` addresses; as `createConnection` of an agent. */
function createConnection(proxy, { host, port }, connected) {
  const { hostname, port: proxyPort, username, password } = proxy;
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const asked = request({
    host: hostname,
    port: proxyPort || 80,
    method: "CONNECT",
    path: `${host}:${port}`,
    headers: {
      Host: `${host}:${port}`,
      ...(username && { "Proxy-Authorization": `Basic ${credentials.toString("base64")}` }),
    },
  });
  asked.once("error", connected);
  asked.setTimeout(PATIENCE, () => asked.destroy(new Error("the proxy does not answer")));
  asked.once("connect", ({ statusCode }, tunnel) => {
    tunnel.setTimeout(0);
    if (statusCode === 200) {
      connected(null, connect({ socket: tunnel, servername: host, ALPNProtocols: ["http/1.1"] }));
    } else {
      tunnel.destroy();
      connected(new Error(`the proxy answered ${statusCode}`));
    }
  });
  asked.end();
}

/** The package ws's, through the proxy; where none is named, and for `ws:`, which goes to this machine only, as it is. */
export class WebSocket extends Direct {
  constructor(address, protocols, options) {
    const { HTTPS_PROXY, https_proxy } = process.env;
    const named = https_proxy || HTTPS_PROXY;
    const through = named && String(address).startsWith("wss:") && new URL(named);
    super(address, protocols, {
      ...options,
      ...(through && { createConnection: (to, connected) => createConnection(through, to, connected) }),
    });
  }
}
