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
