// What an application in strict TypeScript writes, with no newer `lib` than ES2022 and no types of Node.
import {
  type ClientOptions,
  type DeliveryResult,
  GuestClient,
  GuestwireError,
  type IncomingMessage,
  init,
  type StateChange,
} from "guestwire";
import * as streams from "guestwire/streams";
import * as messaging from "guestwire/web-messaging";

const options: ClientOptions = {
  host: "acme.mypurecloud.com",
  token: async ({ renew }) => (renew ? "a fresh token" : "the usual token"),
  closeCodes: { "4000": "reconnect-slowly" },
};

export async function talk(signal: AbortSignal): Promise<DeliveryResult> {
  await init();
  const client = await GuestClient.create(options);
  client.addEventListener("message", (event) => {
    const message: IncomingMessage = event.detail;
    document.body.append(message.content);
  });
  client.addEventListener("statechange", (event: CustomEvent<StateChange>) => console.log(event.detail.why));
  try {
    await client.connect({ signal });
  } catch (error) {
    if (error instanceof GuestwireError && error.retryable) console.warn(error.code, error.remedy);
    throw error;
  }
  const sent = client.send("Hello");
  const name: string = sent.id;
  console.log(name, client.stats().roundTrip.p95 ?? "unknown");
  // @ts-expect-error: the content is text
  client.send(42);
  // @ts-expect-error: no such option
  await GuestClient.create({ host: "h", token: "t", retries: 3 });
  await client.close({ grace: 0 });
  return sent.done;
}

export async function talkToWebMessaging(): Promise<messaging.DeliveryResult> {
  const options: messaging.ClientOptions = {
    deploymentId: "d",
    region: "eu-central-1",
    storage: localStorage,
  };
  const client = await messaging.GuestClient.create(options);
  client.addEventListener("message", (event) => {
    const message: messaging.IncomingMessage = event.detail;
    document.body.append(message.content);
  });
  await client.connect();
  // @ts-expect-error: the credentials of the other service
  await messaging.GuestClient.create({ ...options, apiKey: "k" });
  return client.send("Hello").done;
}

export async function listen(tokens: streams.TokenManager): Promise<readonly streams.TopicResult[]> {
  const options: streams.ClientOptions = { region: "eu-central-1", credentials: tokens, topics: ["v2.a"] };
  const client = await streams.StreamClient.create(options);
  client.addEventListener("gap", ({ detail }) => console.log(detail.to - detail.from));
  client.addEventListener("event", (event) => {
    const { topic, body }: streams.StreamEvent = event.detail;
    console.log(topic, typeof body === "object");
  });
  await client.connect();
  // @ts-expect-error: nothing is said to a stream
  client.send("Hello");
  return client.subscribe(["v2.b"]);
}
