// The conversation as a whole, in the entry of web messaging: a new one in its place, clearing it away, what is told of it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, settled, watch } from "./face.mjs";
import { raw as error } from "./fake-glue.mjs";

const open = async () => {
  const { client, raw } = await freshClient({}, "web-messaging");
  raw.change("connected");
  await settled();
  return { client, raw };
};

const change = (raw, detail) =>
  raw.host.deliver("conversation", { readOnly: false, new: false, why: "test", at: 0, ...detail });

test("a new conversation is there when it is told, and for all who want it", async () => {
  const { client, raw } = await open();
  const wishes = [watch(client.startNew()), watch(client.startNew())];
  change(raw, { readOnly: true });
  assert.equal(await wishes[0](), "pending");
  const told = [];
  client.addEventListener("conversation", ({ detail }) => told.push(detail.new));
  change(raw, { new: true });
  assert.deepEqual(await Promise.all(wishes.map((state) => state())), ["resolved", "resolved"]);
  assert.deepEqual(told, [true]);
});

test("what cannot be asked for is refused at once, and what the service refuses when it does", async () => {
  const { client, raw } = await open();
  raw.writable = true;
  await assert.rejects(client.startNew(), { code: "not_read_only", name: "CallerError" });
  raw.writable = false;
  const wish = watch(client.startNew());
  raw.host.deliver("error", error("start_new_refused", "service"));
  assert.equal(await wish(), "start_new_refused");
  const clearing = watch(client.clear());
  raw.host.deliver("error", error("clear_refused", "service"));
  assert.equal(await clearing(), "clear_refused");
});

test("a conversation is cleared when the client has ended for that reason, and for no other", async () => {
  for (const [code, outcome] of [
    ["cleared", "resolved"],
    ["evicted", "evicted"],
  ]) {
    const { client, raw } = await open();
    const wishes = [watch(client.clear()), watch(client.startNew())];
    raw.change("closed", error(code, "service"));
    assert.deepEqual(await Promise.all(wishes.map((state) => state())), [outcome, code]);
  }
});

test("whoever waits when the client is closed or disposed waits no longer", async () => {
  const { client, raw } = await open();
  const wish = watch(client.startNew());
  raw.change("closed", error("closed"));
  assert.equal(await wish(), "closed");
  const other = await open();
  const clearing = watch(other.client.clear());
  other.client.dispose();
  assert.equal(await clearing(), "closed");
  assert.equal(other.client.conversation.readOnly, false);
  await assert.rejects(other.client.clear(), { code: "closed" });
});

test("a loop over the messages ends with the conversation that was cleared", async () => {
  const { client, raw } = await open();
  const messages = client.messages();
  raw.host.deliver("message", {
    id: "1",
    sender: "agent",
    content: "",
    type: null,
    time: null,
    body: { content: [1] },
    at: 0,
  });
  raw.change("closed", error("cleared", "service"));
  await settled();
  assert.deepEqual((await messages.next()).value.body, { content: [1] });
  assert.equal((await messages.next()).done, true);
});

test("what happens is told under its own name", async () => {
  const { client, raw } = await open();
  const told = [];
  for (const type of ["typing", "presence", "notice", "expiring"]) {
    client.addEventListener(type, ({ detail }) => told.push([type, detail.at]));
    raw.host.deliver(type, { at: told.length });
    await settled();
  }
  assert.deepEqual(
    told.map(([type]) => type),
    ["typing", "presence", "notice", "expiring"],
  );
});

const presence = (raw, detail) =>
  raw.host.deliver("presence", {
    kind: "Join",
    sender: "guest",
    type: "Event",
    time: null,
    body: {},
    at: 0,
    ...detail,
  });

test("a guest has joined when that is heard, or was before, and not by what the agent does", async () => {
  const { client, raw } = await open();
  const wish = watch(client.join({ attributes: { page: "x" } }));
  assert.deepEqual(raw.attributes, { page: "x" });
  presence(raw, { sender: "agent" });
  presence(raw, { kind: "SignIn" });
  assert.equal(await wish(), "pending");
  presence(raw, {});
  assert.equal(await wish(), "resolved");
  raw.joined = true;
  assert.equal(await watch(client.join())(), "resolved");
});

test("a wish to join that comes true no more is told why", async () => {
  for (const [how, code] of [
    [(raw) => raw.host.deliver("error", error("auto_start_refused", "service")), "auto_start_refused"],
    [(raw) => raw.host.deliver("error", error("join_unconfirmed", "service")), "join_unconfirmed"],
    [(raw) => change(raw, { readOnly: true }), "read_only"],
    [(raw) => raw.change("closed", error("evicted", "service")), "evicted"],
  ]) {
    const { client, raw } = await open();
    const wish = watch(client.join());
    how(raw);
    assert.equal(await wish(), code);
  }
  const { client, raw } = await open();
  raw.readOnly = true;
  await assert.rejects(client.join(), { code: "read_only", name: "CallerError" });
  await assert.rejects(client.join({ attributes: "page" }), { code: "bad_content" });
});

const answer = (id, content, metadata) => ({ id, sender: "guest", content: "", body: { content, metadata } });

test("a message is answered by what the guest says of it, here, elsewhere or before", async () => {
  const { client, raw } = await open();
  const picked = [{ contentType: "ButtonResponse", buttonResponse: { originatingMessageId: "list" } }];
  raw.host.deliver("message", answer("1", picked));
  raw.host.deliver("message", answer("2", [{ contentType: "Form", form: { originatingMessageId: "form" } }]));
  raw.host.deliver("message", answer("3", undefined, { parentMessageId: "date" }));
  raw.host.deliver("message", { ...answer("4", picked), sender: "agent" });
  for (const bad of ["x", [null, 5, { form: 5 }], { buttonResponse: {} }])
    raw.host.deliver("message", answer("5", bad, 7));
  await settled();
  for (const id of ["list", "form", "date"]) assert.equal(client.isAnswered(id), true, id);
  assert.equal(client.isAnswered({ id: "other", body: { id: "list" } }), true, "by either of its names");
  assert.equal(client.isAnswered("none"), false);
  const page = client.history();
  raw.host.deliver("answer", {
    request: 0,
    value: [answer("6", [{ buttonResponse: { originatingMessageId: "old" } }])],
    done: true,
  });
  await page;
  assert.equal(client.isAnswered("old"), true);
});

test("what is sent is an answer until it turns out not to have been one", async () => {
  const { client, raw } = await open();
  const sent = client.send({ listPicker: { choices: [], originatingMessageId: "M" } });
  assert.equal(client.isAnswered("M"), true);
  raw.host.deliver("delivery", { id: sent.id, state: "rejected", reason: "refused", attempts: 1 });
  await settled();
  assert.equal(client.isAnswered("M"), false);
});
