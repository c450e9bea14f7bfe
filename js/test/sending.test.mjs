// What a guest says beyond plain text, in the entry of web messaging.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient } from "./face.mjs";

const open = () => freshClient({}, "web-messaging");

test("a text goes the way of texts, and what is more as it was given", async () => {
  const { client, raw } = await open();
  client.send("hello");
  assert.deepEqual(raw.calls.at(-1), "send");
  const content = { quickReply: { text: "Yes", payload: "yes" } };
  const sent = client.send(content);
  assert.equal(raw.draft, content);
  raw.delivery(sent.id, "delivered");
  assert.equal((await sent.done).state, "delivered");
});

test("what is wrong with a message is thrown at once, whatever it was given as", async () => {
  const { client } = await open();
  assert.throws(() => client.send({ bad: true }), { code: "bad_content", name: "CallerError" });
  for (const nothing of [5, null, undefined, true]) {
    assert.throws(() => client.send(nothing), { code: "malformed" });
  }
});

test("typing says whether it was told, and a disposed client tells nothing", async () => {
  const { client } = await open();
  assert.equal(client.typing(), true);
  client.dispose();
  assert.throws(() => client.typing(), { code: "closed" });
  assert.throws(() => client.send({ text: "hello" }), { code: "closed" });
});

test("the entry of webchat has neither", async () => {
  const { client } = await freshClient();
  assert.equal(client.typing, undefined);
  assert.throws(() => client.send({ text: "hello" }), { code: "malformed" });
});
