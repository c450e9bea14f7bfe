// A service that listens to notification topics: each event is a line of JSON on standard output, everything else is on
// standard error. SIGINT or SIGTERM closes the stream, and the process ends by itself.
//
//   npm run example:stream                     against a local gateway, which this starts
//   GUESTWIRE_REGION=eu-central-1 GUESTWIRE_CLIENT_ID=… GUESTWIRE_CLIENT_SECRET=… GUESTWIRE_TOPICS=a,b node examples/stream.mjs
import { once } from "node:events";
import process from "node:process";
import { StreamClient } from "guestwire/streams";

const {
  GUESTWIRE_REGION: region = "http://127.0.0.1:8787",
  GUESTWIRE_CLIENT_ID: clientId = "demo-client",
  GUESTWIRE_CLIENT_SECRET: clientSecret = "demo-secret-0000000000",
  GUESTWIRE_TOPICS: topics = "v2.routing.queues.demo.conversations,v2.users.demo.presence",
} = process.env;

const say = (...words) => console.error(new Date().toISOString(), ...words);

const client = await StreamClient.create({
  region,
  credentials: { clientId, clientSecret },
  topics: topics.split(","),
  // Node has a WebSocket of its own from version 22 on.
  WebSocket: globalThis.WebSocket ?? (await import("ws")).WebSocket,
  // The service keeps nothing for who is away: here an application reads over REST what it missed.
  resync: ({ from, to }) => say(`${to - from} ms may be missing; nothing is read again in this example`),
});
client.addEventListener("statechange", ({ detail: { from, to, why } }) => {
  if (from !== to) say(`${to} (${why})`);
});
client.addEventListener("error", ({ detail }) => say(`${detail.code}: ${detail.message}; ${detail.remedy}`));

// Signals are the application's own affair. A second one ends the process as if there were no handler.
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    say(`${signal}: closing`);
    void client.close();
  });
}

const events = client.events();
try {
  await client.connect();
  for await (const event of events) {
    // Whoever reads slowly is waited for; beyond 11,000 events the loop ends with an error, and skips nothing silently.
    if (!process.stdout.write(`${JSON.stringify(event)}\n`)) await once(process.stdout, "drain");
  }
} catch (error) {
  // `closed` is what close() leaves of a connect() that was under way.
  if (error.code !== "closed") {
    say(`ended: ${error.code ?? error.name}: ${error.message}`);
    process.exitCode = 1;
  }
} finally {
  client.dispose();
}
