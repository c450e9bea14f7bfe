// node main.cjs <gateway> <token>: what main.mjs of the ES modules does, by `require`.
const { GuestClient, GuestwireError } = require("guestwire");
const messaging = require("guestwire/web-messaging");
const { WebSocket } = require("ws");

const [gateway, token] = process.argv.slice(2);
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

Promise.all(clients.map(say)).then((outcomes) => {
  const oneClassOfErrors = GuestwireError === messaging.GuestwireError;
  console.log(JSON.stringify({ outcomes, oneClassOfErrors }));
});
