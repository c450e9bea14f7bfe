// node main.cjs <gateway> <token> <topic>: what main.mjs of the ES modules does, by `require`.
const { GuestClient, GuestwireError } = require("guestwire");
const { StreamClient, GuestwireError: StreamError } = require("guestwire/streams");
const messaging = require("guestwire/web-messaging");
const { WebSocket } = require("ws");

const [gateway, token, topic] = process.argv.slice(2);
// No `create`, no `init`: the modules are loaded when they are required.
const clients = [
  new GuestClient({ host: gateway, token, WebSocket }),
  new messaging.GuestClient({ region: gateway, deploymentId: "d", WebSocket }),
];

async function say(client) {
  await client.connect();
  const outcome = await client.send("Hello from CommonJS").done;
  await client.close();
  return outcome;
}

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

Promise.all([listen(), ...clients.map(say)]).then(([heard, ...outcomes]) => {
  const oneClassOfErrors = GuestwireError === messaging.GuestwireError && GuestwireError === StreamError;
  console.log(JSON.stringify({ outcomes, oneClassOfErrors, heard }));
});
