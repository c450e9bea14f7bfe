import { io } from "socket.io-client";

const QUICK = { reconnectionDelay: 50, reconnectionDelayMax: 200 };

function client(address, quick, options) {
  const socket = io(address, { transports: ["websocket"], forceNew: true, ...(quick && QUICK), ...options });
  return {
    connected: new Promise((resolve) => socket.once("connect", resolve)),
    send: (text) => void socket.emit("message", text),
    acked: (text) => socket.emitWithAck("message", text),
    close: () => socket.close(),
  };
}

export const socketio = {
  name: "socket.io-client",
  package: "socket.io-client",
  server: "socketio",
  weighed: 'export { io } from "socket.io-client";',
  used: '`emit()`, which buffers while disconnected; `transports: ["websocket"]`, server `socket.io`. Quick: `reconnectionDelay: 50, reconnectionDelayMax: 200`',
  open: (address, { quick }) => client(address, quick, {}),
};

export const socketioRetries = {
  ...socketio,
  name: "socket.io-client, retries",
  used: "the same with `retries: 20, ackTimeout: 500`: one packet at a time, sent again until it is acknowledged",
  resends: true,
  open: (address, { quick }) => client(address, quick, { retries: 20, ackTimeout: 500 }),
};
