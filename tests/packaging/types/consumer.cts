// What a CommonJS file in strict TypeScript writes: an import becomes a `require`, which has types of its own.
import { type ClientOptions, GuestClient, GuestwireError } from "guestwire";
import { StreamClient } from "guestwire/streams";
import messaging = require("guestwire/web-messaging");

const options: ClientOptions = { host: "acme.mypurecloud.com", token: () => "the token" };

export async function talk(): Promise<string> {
  const client = new GuestClient(options);
  client.addEventListener("error", ({ detail }) => detail instanceof GuestwireError && console.log(detail.code));
  await client.connect();
  // @ts-expect-error: the content is text
  client.send(42);
  const other = new messaging.GuestClient({ deploymentId: "d", region: "eu-central-1" });
  const stream = new StreamClient({ region: "eu-central-1", credentials: () => "the token" });
  stream.addEventListener("event", ({ detail }) => console.log(detail.topic, detail.correlationId?.length));
  return (await other.send({ text: "Hello" }).done).state;
}
