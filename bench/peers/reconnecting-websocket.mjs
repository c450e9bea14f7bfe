import ReconnectingWebSocket from "reconnecting-websocket";
import { plainClient, webSocketAddress } from "./plain.mjs";

export const reconnectingWebSocket = {
  name: "reconnecting-websocket",
  package: "reconnecting-websocket",
  server: "plain",
  weighed: 'export { default } from "reconnecting-websocket";',
  used: "`send()`, which queues while closed. Quick: `minReconnectionDelay: 50, maxReconnectionDelay: 200`",
  open(address, { quick, WebSocket }) {
    const tuning = quick && { minReconnectionDelay: 50, maxReconnectionDelay: 200 };
    return plainClient(
      new ReconnectingWebSocket(webSocketAddress(address), [], {
        ...tuning,
        ...(WebSocket && { WebSocket }),
      }),
    );
  },
};
