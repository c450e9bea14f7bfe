// What a guest can say beyond texts in web messaging: choices, forms, that they are there, what they make of an offer, what
// is known of them. Judged by the gateway's ledger.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { openGuest } from "./lib/guest.mjs";

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const open = async (t, options = {}, flags = []) => {
  const { gateway, guest } = await openGuest(t, browser, { service: "web-messaging", flags, options });
  return { gateway, guest };
};

/** What the gateway noted beside messages, of this member. */
async function noted(gateway, member) {
  return (await gateway.guestEvents()).filter((event) => event[member] !== undefined);
}

const LIST = { choices: [], originatingMessageId: "M", text: "Chosen" };

test("several choices and a form arrive as the browser's own client sends them", async (t) => {
  const { gateway, guest } = await open(t);
  await guest.connect();
  await guest.do((list) => {
    const choices = ["a", "b"].map((payload) => ({ text: payload.toUpperCase(), payload }));
    globalThis.guest.send({ listPicker: { ...list, choices } });
    const fields = [
      { id: "f1", text: "Ann", payload: "Ann" },
      { id: "f2", text: "", payload: "" },
    ];
    const form = { fields, cannedResponseId: "C", originatingMessageId: "N", text: "Thanks" };
    globalThis.guest.send({ form });
  }, LIST);
  const states = (await guest.outcomes()).map(({ state }) => state);
  assert.deepEqual(states, ["delivered", "delivered"]);
  const [list, form] = await gateway.ledger();
  const button = (text, payload) => ({
    contentType: "ButtonResponse",
    buttonResponse: { text, payload, type: "ListPicker", originatingMessageId: "M" },
  });
  assert.deepEqual([list.content, list.structured], ["Chosen", [button("A", "a"), button("B", "b")]]);
  const field = (id, value) => ({
    id,
    component: {
      contentType: "ButtonResponse",
      buttonResponse: { text: value, payload: value, type: "Form" },
    },
  });
  const response = [field("f1", "Ann"), field("f2", "")];
  assert.deepEqual(
    [form.content, form.structured],
    [
      "Thanks",
      [{ contentType: "Form", form: { originatingMessageId: "N", cannedResponseId: "C", response } }],
    ],
  );
  assert.deepEqual(guest.problems(), []);
});

test("what is no answer is refused at once, and nothing leaves", async (t) => {
  const { gateway, guest } = await open(t);
  await guest.connect();
  const codes = await guest.do((list) => {
    const { client } = globalThis.guest;
    return [
      () => client.send({ listPicker: list }),
      () => client.send({ form: { fields: [], cannedResponseId: "C", originatingMessageId: "N" } }),
      () => client.setAttributes({ page: 5 }),
      () => client.setAttributes({ page: "x".repeat(3000) }),
      () => client.answerOffer({ kind: "Phone", accepted: true }),
      () => client.answerOffer({ kind: "Video" }),
    ].map((call) => {
      try {
        return call();
      } catch ({ code }) {
        return code;
      }
    });
  }, LIST);
  assert.deepEqual(codes, [
    "bad_content",
    "bad_content",
    "bad_content",
    "attributes_too_large",
    "bad_content",
    "bad_content",
  ]);
  assert.deepEqual(await gateway.ledger(), []);
});

test("a guest joins when the page says so, once, with attributes, and no message says them again", async (t) => {
  const { gateway, guest } = await open(t);
  await guest.connect();
  assert.deepEqual(await noted(gateway, "event"), [], "not by itself");
  await guest.do(async () => {
    const { client, send } = globalThis.guest;
    await client.join({ attributes: { page: "x" } });
    await client.join();
    send("hello");
  });
  await guest.outcomes();
  const events = await noted(gateway, "event");
  assert.deepEqual(
    events.map(({ event, customAttributes }) => [event, customAttributes]),
    [[{ eventType: "Presence", presence: { type: "Join" } }, { page: "x" }]],
  );
  const [hello] = await gateway.ledger();
  assert.equal(hello.customAttributes, undefined);
  await guest.close();
  const late = await guest.do(() => globalThis.guest.client.join().catch(({ code }) => code));
  assert.equal(late, "closed");
});

test("attributes wait for a message, go with it once, and again in another conversation", async (t) => {
  const { gateway, guest } = await open(t);
  await guest.do(() => {
    const { client, send } = globalThis.guest;
    client.setAttributes({ plan: "gold", page: "x" });
    send({ text: "first", attributes: { page: "own" } });
    send("second");
  });
  await guest.connect();
  await guest.outcomes();
  await gateway.break({ fault: "expire_session" });
  await eventually("another session is there", async () => (await guest.told("session")).length > 1);
  await guest.do(() => globalThis.guest.send("third"));
  await guest.outcomes();
  const said = (await gateway.ledger()).map(({ content, customAttributes }) => [content, customAttributes]);
  assert.deepEqual(said, [
    ["first", { page: "own", plan: "gold" }],
    ["second", undefined],
    ["third", { plan: "gold" }],
  ]);
});

test("attributes that a deployment takes less of are dropped, and the message arrives", async (t) => {
  const { gateway, guest } = await open(t, {}, ["--wm-max-custom", "100"]);
  await guest.do(() => {
    globalThis.guest.client.setAttributes({ page: "x".repeat(500) });
    globalThis.guest.send("hello");
  });
  await guest.connect();
  const [{ state }] = await guest.outcomes();
  assert.equal(state, "delivered");
  const [hello] = await gateway.ledger();
  assert.deepEqual([hello.content, hello.customAttributes], ["hello", undefined]);
  assert.deepEqual(
    (await guest.told("error")).map(({ code }) => code),
    ["attributes_too_large"],
  );
});

test("an offer is answered, and comes to the guest as a notice", async (t) => {
  const { gateway, guest } = await open(t);
  await guest.connect();
  await guest.do(() => {
    const { client } = globalThis.guest;
    client.addEventListener("notice", ({ detail: { kind, sender, body } }) => {
      const [event] = body.events;
      if (sender !== "agent") return;
      const id = kind === "Video" ? event.video.offeringId : event.coBrowse.sessionId;
      globalThis.left = [
        ...(globalThis.left ?? []),
        client.answerOffer({ kind, id, accepted: kind === "Video" }),
      ];
    });
  });
  const offer = (event) => gateway.say({ message: { type: "Event", events: [event] } });
  await offer({
    eventType: "CoBrowse",
    coBrowse: { type: "Offering", sessionId: "s", sessionJoinToken: "t" },
  });
  await offer({ eventType: "Video", video: { type: "Offering", offeringId: "o", jwt: "j" } });
  await eventually("both are answered", async () => (await noted(gateway, "event")).length === 2);
  assert.deepEqual(
    (await noted(gateway, "event")).map(({ event }) => event),
    [
      { eventType: "CoBrowse", coBrowse: { type: "OfferingRejected", sessionId: "s" } },
      { eventType: "Video", video: { type: "OfferingAccepted", offeringId: "o" } },
    ],
  );
  assert.deepEqual(await guest.do(() => globalThis.left), [true, true]);
});

test("which picker was answered is known here, in the guest's other tab, and from the history", async (t) => {
  const { gateway, guest } = await open(t, { token: "5b0a1e6c-0000-4000-8000-000000000000" });
  await guest.connect();
  const picker = { sections: [{ items: [{ id: "a", title: "A" }] }], receivedMessage: { title: "Which?" } };
  await gateway.say({
    message: { type: "Structured", content: [{ contentType: "ListPicker", listPicker: picker }] },
  });
  await eventually("it came", async () => (await guest.told("message")).length === 1);
  const [before, answered] = await guest.do(async () => {
    const { GuestClient, client, options, told, send } = globalThis.guest;
    const message = told.find(({ event }) => event === "message");
    const before = client.isAnswered(message);
    const other = await GuestClient.create(options);
    await other.connect();
    const choices = [{ text: "A", payload: "a" }];
    await send({ listPicker: { choices, originatingMessageId: message.id } }).done;
    const late = await GuestClient.create(options);
    await late.connect();
    await late.history();
    await other.history();
    const clients = [client, other, late];
    const answered = clients.map((one) => one.isAnswered(message.id) && one.isAnswered(message));
    other.dispose();
    late.dispose();
    return [before, answered];
  });
  assert.deepEqual([before, answered], [false, [true, true, true]]);
});

for (const [journeyIn, exchanges, greetings] of [
  ["greeting", 0, 1],
  ["exchange", 1, 0],
  ["both", 1, 1],
]) {
  test(`the journey of a guest who signs in goes where journeyIn says: ${journeyIn}`, async (t) => {
    const journeyContext = { customer: { id: "c", idType: "cookie" } };
    const { gateway, guest } = await open(t, { journeyContext, journeyIn, auth: { code: "alice" } });
    await guest.connect();
    const journeys = await noted(gateway, "journeyContext");
    assert.deepEqual(
      journeys.map(({ journeyContext }) => journeyContext),
      Array.from({ length: exchanges + greetings }, () => journeyContext),
    );
    assert.equal(journeys.filter(({ conversation }) => conversation === undefined).length, exchanges);
  });
}
