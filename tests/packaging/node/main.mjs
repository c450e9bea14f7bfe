// node main.mjs <gateway> <token>: prints what became of a message by each entry.
import { GuestClient, GuestwireError } from "guestwire";
import * as messaging from "guestwire/web-messaging";
import { WebSocket } from "ws";

const [gateway, token] = process.argv.slice(2);
// No `create`, no `init`: in Node the modules are loaded at import.
const clients = [
  new GuestClient({ host: gateway, token, WebSocket }),
  new messaging.GuestClient({ region: gateway, deploymentId: "d", WebSocket }),
];
const outcomes = await Promise.all(
  clients.map(async (client) => {
    await client.connect();
    const outcome = await client.send("Hello from Node").done;
    client.close();
    return outcome;
  }),
);
console.log(JSON.stringify({ outcomes, oneClassOfErrors: GuestwireError === messaging.GuestwireError }));
