import { Socket } from "phoenix";
import { webSocketAddress } from "./plain.mjs";

const QUICK = { reconnectAfterMs: () => 50, rejoinAfterMs: () => 50 };
const PATIENT = { timeout: 600_000 };

export const phoenix = {
  name: "phoenix",
  package: "phoenix",
  server: "phoenix",
  weighed: 'export { Socket } from "phoenix";',
  used: "`channel.push()`, which buffers until the channel is joined, for 10 s. Quick: `reconnectAfterMs` and `rejoinAfterMs` of 50",
  open(address, { quick, patience, WebSocket }) {
    const socket = new Socket(`${webSocketAddress(address)}/socket`, {
      ...(quick && QUICK),
      ...(patience && PATIENT),
      ...(WebSocket && { transport: WebSocket }),
    });
    socket.connect();
    const channel = socket.channel("bench");
    const connected = new Promise((resolve) => channel.join().receive("ok", resolve));
    const push = (text) => channel.push("message", { text });
    const acked = (text) =>
      new Promise((resolve, reject) => {
        push(text)
          .receive("ok", resolve)
          .receive("timeout", () => reject(new Error("timeout")));
      });
    return { connected, send: (text) => void push(text), acked, close: () => socket.disconnect() };
  },
};
