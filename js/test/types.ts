// Never run: what the compiler must accept, and what it must refuse.
import { WebSocket as Ws } from "ws";
import type { ContentPart, OtherPart } from "../src/web-messaging/index.js";
import type { DeliveryResult, GuestwireError, IncomingMessage, StateChange } from "../src/webchat/index.js";
import { GuestClient, init } from "../src/webchat/index.js";

export async function uses(): Promise<void> {
  await init(new URL("https://example.invalid/guestwire.wasm"));
  await using client = await GuestClient.create({
    host: "h",
    token: async ({ renew }) => (renew ? "a" : "b"),
  });

  client.addEventListener("message", (event) => {
    const message: IncomingMessage = event.detail;
    return message.content.length;
  });
  client.addEventListener("statechange", (event: CustomEvent<StateChange>) => event.detail.to, {
    once: true,
  });
  client.addEventListener("error", {
    handleEvent: (event) => console.log(event.detail.code, event.detail.remedy),
  });
  client.addEventListener("of the application's own", (event) => event.type);
  // @ts-expect-error: a delivery has no content
  client.addEventListener("delivery", (event) => event.detail.content);
  // @ts-expect-error: details are read only
  client.addEventListener("message", (event) => (event.detail.content = ""));

  await client.connect({ signal: AbortSignal.timeout(1000) });
  const sent = client.send("Hello");
  const result: DeliveryResult = await sent.done;
  // @ts-expect-error: a final state is never "queued"
  if (result.state === "queued") return;
  for await (const message of client.messages()) console.log(message.id);
  for await (const message of client) console.log(message.id);

  await GuestClient.create({ host: "h", token: "t" }, { signal: AbortSignal.timeout(1000) });
  // @ts-expect-error: a host is needed
  await GuestClient.create({ token: "t" });
  // @ts-expect-error: an unknown option
  await GuestClient.create({ host: "h", token: "t", retries: 5 });
  const code = (error: GuestwireError): boolean => error.code === "buffer_full";
  // @ts-expect-error: an unknown code
  const wrong = (error: GuestwireError): boolean => error.code === "buffer_fool";
  console.log(code, wrong);
}

/** Each known part is told by its `contentType`, and what is left is what nobody knows. */
function words(part: ContentPart): string | undefined {
  switch (part.contentType) {
    case "QuickReply":
      return part.quickReply.payload;
    case "ButtonResponse":
      return part.buttonResponse.text;
    case "Attachment":
      return part.attachment.url;
    case "Card":
      return part.card.actions?.[0]?.payload;
    case "Carousel":
      return part.carousel.cards[0]?.title;
    case "DatePicker":
      return part.datePicker.availableTimes?.[0]?.dateTime;
    case "ListPicker":
      return part.listPicker.sections?.[0]?.items?.[0]?.title;
    case "Form": {
      const component = part.form.formPages?.[0]?.pageComponents?.[0];
      if (component?.formComponentType === "Input") return component.input.placeholderText;
      // @ts-expect-error: a form is no card
      return part.card;
    }
    default: {
      const other: OtherPart = part;
      return JSON.stringify(other.hologram);
    }
  }
}

export async function usesWebMessaging(): Promise<void> {
  const { GuestClient, GuestwireError } = await import("../src/web-messaging/index.js");
  await using client = await GuestClient.create({
    dialect: "web-messaging",
    deploymentId: "d",
    region: "eu-central-1",
    storage: () => localStorage,
    onUncertain: "at-least-once",
    ttl: 1000,
  });
  client.addEventListener("message", (event) => event.detail.sender === "agent" && event.detail.body.content);
  client.addEventListener("error", (event) => event.detail instanceof GuestwireError);
  client.addEventListener("typing", (event) => event.detail.active);
  client.addEventListener("conversation", (event) => event.detail.readOnly && client.startNew());
  client.addEventListener("expiring", (event) => event.detail.in + 1);
  client.addEventListener("presence", (event) => event.detail.kind === "Disconnect");
  // @ts-expect-error: a body is read only
  client.addEventListener("notice", (event) => (event.detail.body.content = []));
  if (!client.conversation.readOnly) await client.clear();
  for await (const message of client) console.log(message.content);
  const answer: DeliveryResult = await client.send({ quickReply: { text: "Yes", payload: "y" } }).done;
  client.send({ text: answer.id, attributes: { plan: "gold" }, attachment: "f" });
  // @ts-expect-error: an attribute is a text
  client.send({ text: "hello", attributes: { age: 5 } });
  // @ts-expect-error: a reply has a payload
  client.send({ button: { text: "Book" } });
  if (client.typing()) console.log("told");
  client.send({ listPicker: { choices: [{ text: "A", payload: "a" }], originatingMessageId: "m" } });
  // @ts-expect-error: which message had it is needed
  client.send({ listPicker: { choices: [{ text: "A", payload: "a" }] } });
  const fields = [{ id: "f", text: "v", payload: "v" }];
  client.send({ form: { fields, cannedResponseId: "c", originatingMessageId: "m", text: "Thanks" } });
  // @ts-expect-error: a field has an id
  client.send({ form: { fields: [answer], cannedResponseId: "c", originatingMessageId: "m" } });
  client.setAttributes({ page: "x" });
  await client.join({ attributes: { page: "x" } });
  const left: boolean = client.answerOffer({ kind: "Video", accepted: false, id: "o" });
  // @ts-expect-error: no such offer
  client.answerOffer({ kind: "Phone", accepted: left });
  client.addEventListener("message", ({ detail }) => {
    for (const part of detail.body.content ?? []) console.log(words(part), client.isAnswered(detail));
  });
  const kept = { getItem: async () => null, setItem: async () => {} };
  await GuestClient.create({ deploymentId: "d", region: "mypurecloud.de", storage: kept });
  // @ts-expect-error: a deployment is needed
  await GuestClient.create({ region: "eu-central-1" });
  // @ts-expect-error: there is no such way to authenticate here
  await GuestClient.create({ deploymentId: "d", region: "r", apiKey: "k" });
  // @ts-expect-error: the other dialect has an entry of its own
  await GuestClient.create({ deploymentId: "d", region: "r", dialect: "webchat" });
}

export async function usesStreams(): Promise<void> {
  const { StreamClient, TokenManager } = await import("../src/streams/index.js");
  const tokens = new TokenManager({ region: "eu-central-1", clientId: "i", clientSecret: "s", in: "body" });
  await using client = await StreamClient.create({
    region: "eu-central-1",
    credentials: tokens,
    topics: ["v2.users.1.presence"],
    handover: "second-channel",
    onEvicted: "reconnect",
    resync: async ({ from, to }) => console.log(to - from),
    rawBody: true,
    heartbeat: { stable: 20_000 },
  });
  client.addEventListener("event", ({ detail }) => detail.topic.length + (detail.correlationId?.length ?? 0));
  client.addEventListener("event", ({ detail }) => detail.rawBody && JSON.parse(detail.rawBody));
  client.addEventListener("gap", ({ detail }) => detail.to - detail.from);
  client.addEventListener("error", ({ detail }) => detail.code === "topic_refused" && detail.remedy);
  // @ts-expect-error: a stream has no messages
  client.addEventListener("message", ({ detail }) => detail.content);
  // @ts-expect-error: nothing is said to a stream
  client.send("Hello");
  const [first] = await client.subscribe(["v2.users.2.presence"]);
  if (first?.state === "refused") console.log(first.reason, first.missingPermissions?.join());
  // @ts-expect-error: what was subscribed to waits no more
  if (first?.state === "pending") return;
  await client.unsubscribe("v2.users.2.presence");
  for (const { topic, state } of client.topics) console.log(topic, state === "pending");
  for await (const event of client) console.log(event.topic, event.body, client.stats().received);
  for await (const { at } of client.events({ signal: AbortSignal.timeout(1000) })) console.log(at + 1);

  new StreamClient({
    url: "wss://events.example/stream",
    auth: async ({ renew }) => ({ token: renew ? "a" : "b", expiresIn: 3600 }),
    tokenIn: "query",
    subscribe: { style: "events", topics: ["a"], confirmed: { type: "subscribed" } },
  });
  new StreamClient({ url: "wss://events.example/stream" });
  // What the places have whose platform has none, or an older one.
  new StreamClient({ url: "wss://events.example/stream", WebSocket: Ws });
  new StreamClient({ url: "wss://events.example/stream", WebSocket: globalThis.WebSocket ?? Ws });
  new StreamClient({ url: "wss://events.example/stream", WebSocket: class extends Ws {} });
  // @ts-expect-error: no socket's constructor
  new StreamClient({ url: "wss://events.example/stream", WebSocket: URL });
  // @ts-expect-error: credentials are needed
  new StreamClient({ region: "eu-central-1" });
  // @ts-expect-error: one or the other
  new StreamClient({ region: "eu-central-1", credentials: "t", url: "wss://events.example/stream" });
  // @ts-expect-error: a message's option
  new StreamClient({ url: "wss://events.example/stream", maxMessages: 5 });
}
