// Who is compared, each in a file of its own and of one shape:
//
// - `name`, `package` (its version is read from what is installed), `server` (the one that speaks its protocol);
// - `weighed`: the import of which the bundle's size is taken;
// - `used`: how it is used and tuned, for the document;
// - `resends`: whether it sends again what is acknowledged late, and leaves it to the application to know a copy;
// - `open(address, { quick, patience, WebSocket })` gives `{ connected, send(text), acked(text), close() }`. `send` is its
//   documentation's way to send what should arrive; it may throw, or give a promise that rejects; `acked` gives a promise of the server's
//   acknowledgement. `quick`: tuned to come back at once. `patience`: what waits is kept for ten minutes, where it would
//   be given up sooner. `WebSocket`: where the platform has none.
import { centrifuge } from "./centrifuge.mjs";
import { guestwire } from "./guestwire.mjs";
import { partysocket } from "./partysocket.mjs";
import { phoenix } from "./phoenix.mjs";
import { reconnectingWebSocket } from "./reconnecting-websocket.mjs";
import { signalr, signalrStateful } from "./signalr.mjs";
import { socketio, socketioRetries } from "./socketio.mjs";

export { bare } from "./bare.mjs";

export const peers = [
  guestwire,
  reconnectingWebSocket,
  partysocket,
  socketio,
  socketioRetries,
  centrifuge,
  phoenix,
  signalr,
  signalrStateful,
];
