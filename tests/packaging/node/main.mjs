// node main.mjs <gateway> <token> <topic>: prints what became of a message by each entry, and what was heard of the topic.
import { GuestClient, GuestwireError } from "guestwire";
import { StreamClient, GuestwireError as StreamError } from "guestwire/streams";
import * as messaging from "guestwire/web-messaging";
import { WebSocket } from "ws";

const [gateway, token, topic] = process.argv.slice(2);
// No `create`, no `init`: in Node the modules are loaded at import.
const clients = [
  new GuestClient({ host: gateway, token, WebSocket }),
  new messaging.GuestClient({ region: gateway, deploymentId: "d", WebSocket }),
];
/** Hears of an event that happens once it is connected. */
async function listen() {
  const credentials = { clientId: "demo-client", clientSecret: "demo-secret-0000000000" };
  const client = new StreamClient({ region: gateway, credentials, topics: [topic], WebSocket });
  const events = client.events();
  await client.connect();
  const { value } = await events.next();
  await client.close();
  return value.correlationId;
}

const heard = listen();
const outcomes = await Promise.all(
  clients.map(async (client) => {
    await client.connect();
    const outcome = await client.send("Hello from Node").done;
    client.close();
    return outcome;
  }),
);
const oneClassOfErrors = GuestwireError === messaging.GuestwireError && GuestwireError === StreamError;
console.log(JSON.stringify({ outcomes, oneClassOfErrors, heard: await heard }));
