// Phoenix channels, serializer 2.0.0: `[join_ref, ref, topic, event, payload]`, each push answered by a `phx_reply`:
// https://hexdocs.pm/phoenix/writing_a_channels_client.html. There is no such server on npm.
import { closeSoon, listen, nothing } from "./listening.mjs";

export function start(ledger, code) {
  return listen(nothing, (socket) => {
    socket.on("message", (data) => {
      const [joined, ref, topic, event, payload] = JSON.parse(data);
      if (event === "message") ledger.take(payload.text);
      socket.send(JSON.stringify([joined, ref, topic, "phx_reply", { status: "ok", response: {} }]));
      if (event === "phx_join") closeSoon(socket, code);
    });
  });
}
