// node main.mjs <host> <token>: prints what became of the message.
import { GuestClient } from "guestwire";
import { WebSocket } from "ws";

const [host, token] = process.argv.slice(2);
// No `create`, no `init`: in Node the module is loaded at import.
const client = new GuestClient({ host, token, WebSocket });
await client.connect();
const outcome = await client.send("Hello from Node").done;
client.close();
console.log(JSON.stringify(outcome));
