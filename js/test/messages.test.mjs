// What is sent, and what comes in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, settled } from "./face.mjs";

const incoming = (raw, id) => raw.host.deliver("message", { id: String(id), content: `text ${id}`, at: 0 });

test("a sent message has a live state, and done resolves with the final one", async () => {
  const { client, raw } = await freshClient();
  const sent = client.send("a");
  assert.equal(sent.state, "queued");
  raw.delivery(sent.id, "sending");
  assert.equal(sent.state, "sending");
  raw.delivery(sent.id, "queued");
  assert.equal(sent.state, "queued");
  raw.delivery(sent.id, "delivered");
  raw.delivery(sent.id, "sending");
  assert.equal(sent.state, "delivered");
  assert.deepEqual(await sent.done, {
    id: "m1",
    state: "delivered",
    reason: null,
    via: null,
    elapsed: 1,
    attempts: 1,
  });
});

test("a message that ends while send is still under way is told all the same", async () => {
  const { client, raw } = await freshClient();
  const send = raw.send.bind(raw);
  raw.send = (content) => {
    const id = send(content);
    raw.delivery(id, "rejected");
    return id;
  };
  assert.equal((await client.send("a").done).state, "rejected");
});

test("send throws at once for what is wrong with the call", async () => {
  const { face, client } = await freshClient();
  assert.throws(
    () => client.send(""),
    (error) => error instanceof face.CallerError && error.code === "empty" && !("option" in error),
  );
  assert.throws(() => client.send("full"), { code: "buffer_full", retryable: true, name: "CallerError" });
  assert.throws(() => client.send(5), { code: "malformed" });
});

test("ten thousand messages leave no handle behind", async () => {
  const { client, raw } = await freshClient();
  const refs = [];
  for (let n = 0; n < 10_000; n += 1) {
    const sent = client.send("a");
    if (n % 1000 === 0) refs.push(new WeakRef(sent));
    raw.delivery(sent.id, "delivered");
    if (n % 100 === 0) await settled();
  }
  await settled();
  if (globalThis.gc) {
    globalThis.gc();
    await settled();
    assert.ok(refs.every((ref) => ref.deref() === undefined));
  }
});

test("for await gives the agent's messages in order, from the moment it was made", async () => {
  const { client, raw } = await freshClient();
  const iteration = client.messages();
  incoming(raw, 1);
  incoming(raw, 2);
  const seen = [];
  for await (const message of iteration) {
    seen.push(message.content);
    if (seen.length === 2) incoming(raw, 3);
    if (seen.length === 3) break;
  }
  assert.deepEqual(seen, ["text 1", "text 2", "text 3"]);
});

test("the client itself can be iterated, and two loops each get everything", async () => {
  const { client, raw } = await freshClient();
  const loop = async () => {
    const seen = [];
    for await (const { id } of client) {
      seen.push(id);
      if (seen.length === 2) return seen;
    }
  };
  const both = Promise.all([loop(), loop()]);
  incoming(raw, 1);
  incoming(raw, 2);
  assert.deepEqual(await both, [
    ["1", "2"],
    ["1", "2"],
  ]);
});

test("a loop ends when the client closes, after what had come", async () => {
  const { client, raw } = await freshClient();
  const iteration = client.messages();
  incoming(raw, 1);
  const closing = client.close();
  const seen = [];
  for await (const { id } of iteration) seen.push(id);
  assert.deepEqual(seen, ["1"]);
  await closing;
});

test("a loop throws the error that ended the client, but not the end of the conversation", async () => {
  const ended = await freshClient();
  const quiet = ended.client.messages().next();
  ended.raw.change("closed", ended.face.glue.raw("ended", "service"));
  assert.deepEqual(await quiet, { done: true, value: undefined });

  const failed = await freshClient();
  const loud = failed.client.messages();
  const next = loud.next();
  failed.raw.change("closed", failed.face.glue.raw("forbidden", "service"));
  await assert.rejects(next, { code: "forbidden" });
  assert.deepEqual(await loud.next(), { done: true, value: undefined });
});

test("an abort ends the loop with its reason, and drops what was kept", async () => {
  const { client, raw } = await freshClient();
  const controller = new AbortController();
  const iteration = client.messages({ signal: controller.signal });
  incoming(raw, 1);
  await settled();
  controller.abort(new Error("enough"));
  await assert.rejects(iteration.next(), /enough/);
  assert.deepEqual(await iteration.next(), { done: true, value: undefined });
  assert.throws(() => client.messages({ signal: controller.signal }), /enough/);
});

test("a loop that falls too far behind gets what was kept, and then iterator_overflow", async () => {
  const { face, client, raw } = await freshClient();
  const iteration = client.messages();
  for (let n = 0; n <= face.MAX_BUFFERED_MESSAGES; n += 1) incoming(raw, n);
  for (let n = 0; n <= face.MAX_BUFFERED_MESSAGES; n += 1) await settled();
  let got = 0;
  await assert.rejects(
    async () => {
      for await (const _ of iteration) got += 1;
    },
    { code: "iterator_overflow", name: "CallerError" },
  );
  assert.equal(got, face.MAX_BUFFERED_MESSAGES);
});

test("a loop that was left takes nothing more", async () => {
  const { client, raw } = await freshClient();
  const iteration = client.messages();
  await iteration.return();
  incoming(raw, 1);
  await settled();
  assert.deepEqual(await iteration.next(), { done: true, value: undefined });
});
