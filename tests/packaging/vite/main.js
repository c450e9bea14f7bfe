import { GuestClient, GuestwireError } from "guestwire";
import { StreamClient, GuestwireError as StreamError } from "guestwire/streams";
import * as messaging from "guestwire/web-messaging";

async function say(client) {
  await client.connect();
  const outcome = await client.send("Hello from Vite").done;
  client.close();
  return outcome;
}

/** Hears of an event that happens once it is connected. */
async function listen(client) {
  const events = client.events();
  await client.connect();
  const { value } = await events.next();
  await client.close();
  return value.correlationId;
}

// The test looks at what the promise becomes.
globalThis.outcome = (async () => {
  const { gateway, token, topic, streamToken } = Object.fromEntries(new URL(location.href).searchParams);
  // An OAuth client has no place in a page: the application's server gives the token.
  const credentials = async () => streamToken;
  const options = { region: gateway, credentials, topics: [topic] };
  const heard = StreamClient.create(options).then(listen);
  const outcomes = await Promise.all([
    GuestClient.create({ host: gateway, token }).then(say),
    messaging.GuestClient.create({ region: gateway, deploymentId: "d" }).then(say),
  ]);
  const oneClassOfErrors = GuestwireError === messaging.GuestwireError && GuestwireError === StreamError;
  return { outcomes, oneClassOfErrors, heard: await heard };
})();
