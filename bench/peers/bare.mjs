// The platform's own WebSocket: what the speed of the others is compared with. It does not reconnect.
import { plainClient, webSocketAddress } from "./plain.mjs";

export const bare = {
  name: "bare WebSocket",
  server: "plain",
  open: (address) => plainClient(new WebSocket(webSocketAddress(address))),
};
