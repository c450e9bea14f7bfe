import { Centrifuge } from "centrifuge";
import { webSocketAddress } from "./plain.mjs";

const QUICK = { minReconnectDelay: 50, maxReconnectDelay: 200 };
const PATIENT = { timeout: 600_000 };

export const centrifuge = {
  name: "centrifuge",
  package: "centrifuge",
  server: "centrifuge",
  weighed: 'export { Centrifuge } from "centrifuge";',
  used: "`rpc()`, which waits for a connection up to its `timeout` of 5 s. Quick: `minReconnectDelay: 50, maxReconnectDelay: 200`",
  open(address, { quick, patience, WebSocket }) {
    const client = new Centrifuge(`${webSocketAddress(address)}/connection/websocket`, {
      ...(quick && QUICK),
      ...(patience && PATIENT),
      ...(WebSocket && { websocket: WebSocket }),
    });
    const call = (text) => client.rpc("message", { text });
    const connected = new Promise((resolve) => client.once("connected", resolve));
    client.connect();
    return { connected, send: call, acked: call, close: () => client.disconnect() };
  },
};
