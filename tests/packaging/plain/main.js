import { GuestClient } from "guestwire";

// The test looks at what the promise becomes.
globalThis.outcome = (async () => {
  const { host, token } = Object.fromEntries(new URL(location.href).searchParams);
  const client = await GuestClient.create({ host, token });
  await client.connect();
  const outcome = await client.send("Hello from a plain page").done;
  client.close();
  return outcome;
})();
