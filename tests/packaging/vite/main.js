import { GuestClient, GuestwireError } from "guestwire";
import * as messaging from "guestwire/web-messaging";

async function say(client) {
  await client.connect();
  const outcome = await client.send("Hello from Vite").done;
  client.close();
  return outcome;
}

// The test looks at what the promise becomes.
globalThis.outcome = (async () => {
  const { gateway, token } = Object.fromEntries(new URL(location.href).searchParams);
  const outcomes = await Promise.all([
    GuestClient.create({ host: gateway, token }).then(say),
    messaging.GuestClient.create({ region: gateway, deploymentId: "d" }).then(say),
  ]);
  return { outcomes, oneClassOfErrors: GuestwireError === messaging.GuestwireError };
})();
