import { WebSocket as PartySocket } from "partysocket";
import { plainClient, webSocketAddress } from "./plain.mjs";

export const partysocket = {
  name: "partysocket",
  package: "partysocket",
  server: "plain",
  weighed: 'export { WebSocket } from "partysocket";',
  used: "its `WebSocket`, `send()`, which queues while closed. Quick: `minReconnectionDelay: 50, maxReconnectionDelay: 200`",
  open(address, { quick, WebSocket }) {
    const tuning = quick && { minReconnectionDelay: 50, maxReconnectionDelay: 200 };
    return plainClient(
      new PartySocket(webSocketAddress(address), [], { ...tuning, ...(WebSocket && { WebSocket }) }),
    );
  },
};
