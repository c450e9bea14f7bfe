// A guest of web messaging in this process: the package's own entry for Node, with ws, on a gateway of its own.
import { WebSocket } from "ws";
import { GuestClient } from "../../../dist/web-messaging-node.js";

export { ownGateway } from "./gateway.mjs";

/** A client at a gateway that runs already; it goes when the test ends. */
export function join(t, gateway, options) {
  const client = new GuestClient({
    deploymentId: "the-deployment",
    region: gateway.address,
    WebSocket,
    ...options,
  });
  t.after(() => client.dispose());
  return client;
}
