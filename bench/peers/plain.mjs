// The clients that are a socket and no more: what is sent and how it is acknowledged is the application's, here JSON.

export const webSocketAddress = (address) => address.replace("http", "ws");

/** @param {WebSocket} socket or whatever has its shape. */
export function plainClient(socket) {
  const waiting = new Map();
  let next = 0;
  const say = (content) => {
    const messageId = `m${next++}`;
    socket.send(JSON.stringify({ type: "message", content, messageId }));
    return messageId;
  };
  socket.addEventListener("message", ({ data }) => {
    const { messageId } = JSON.parse(data);
    waiting.get(messageId)?.();
    waiting.delete(messageId);
  });
  // They report what the benchmark does to them.
  socket.addEventListener("error", () => {});
  return {
    connected: new Promise((resolve) => socket.addEventListener("open", resolve, { once: true })),
    send: (text) => void say(text),
    acked: (text) => new Promise((resolve) => waiting.set(say(text), resolve)),
    close: () => socket.close(),
  };
}
