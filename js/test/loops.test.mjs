// Loops over what comes in: from when they are taken, to how the client ends, and no further behind than their bounds.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { freshClient, settled, watch } from "./face.mjs";

const stream = (options) => freshClient(options, "streams");

const event = (raw, topic) =>
  raw.host.deliver("event", { topic, correlationId: null, body: { of: topic }, at: 0, bytes: 60 });

const EVICTED = { code: "evicted", message: "m", remedy: "r", retryable: false, blame: "service" };

test("events are raised, and a loop gets those from when it began", async () => {
  const { client, raw } = await stream();
  const told = [];
  client.addEventListener("event", ({ detail }) => told.push(detail.topic));
  event(raw, "v2.before");
  await settled();
  const loop = client[Symbol.asyncIterator]();
  event(raw, "v2.a");
  event(raw, "v2.b");
  assert.deepEqual((await loop.next()).value, {
    topic: "v2.a",
    correlationId: null,
    body: { of: "v2.a" },
    at: 0,
  });
  assert.equal((await loop.next()).value.topic, "v2.b");
  assert.deepEqual(told, ["v2.before", "v2.a", "v2.b"]);
  await client.close();
  assert.deepEqual(await loop.next(), { done: true, value: undefined });
});

test("a loop that is too far behind gets what was kept, and then an error that says so", async () => {
  const { face, client, raw } = await stream();
  const loop = client.events();
  for (let n = 0; n <= face.MAX_BUFFERED_EVENTS; n += 1) event(raw, `v2.${n}`);
  for (let n = 0; n <= face.MAX_BUFFERED_EVENTS; n += 1) await settled();
  let got = 0;
  await assert.rejects(
    async () => {
      while (!(await loop.next()).done) got += 1;
    },
    { code: "iterator_overflow" },
  );
  assert.equal(got, face.MAX_BUFFERED_EVENTS);
});

test("a loop that is taken from a closed client is over when that is disposed", async () => {
  const { client } = await stream();
  await client.close();
  const loop = client.events();
  client.dispose();
  await settled();
  assert.deepEqual(await loop.next(), { done: true, value: undefined });
});

test("a loop that is behind by too many bytes gets what was kept, and then an error that says so", async () => {
  const { face, client, raw } = await stream();
  const large = (topic) =>
    raw.host.deliver("event", { topic, correlationId: null, body: null, at: 0, bytes: 1 << 20 });
  const loop = client.events();
  const fits = face.MAX_BUFFERED_BYTES >> 20;
  // What was read makes room for others.
  for (let n = 0; n < 3; n += 1) {
    large("v2.read");
    assert.equal((await loop.next()).value.topic, "v2.read");
  }
  for (let n = 0; n < fits; n += 1) large("v2.kept");
  await settled();
  assert.equal((await loop.next()).value.topic, "v2.kept");
  large("v2.kept");
  large("v2.over");
  await settled();
  const got = [];
  await assert.rejects(
    async () => {
      for await (const { topic } of loop) got.push(topic);
    },
    ({ code, message }) =>
      code === "iterator_overflow" && message.includes(`${face.MAX_BUFFERED_BYTES} bytes`),
  );
  assert.deepEqual(got, Array(fits).fill("v2.kept"));
});

test("the size of an event is for who keeps it, and not told", async () => {
  const { client, raw } = await stream();
  const next = client.events().next();
  raw.host.deliver("event", { topic: "v2.a", correlationId: null, body: 1, at: 0, bytes: 60 });
  assert.deepEqual((await next).value, { topic: "v2.a", correlationId: null, body: 1, at: 0 });
});

test("a loop ends as the client did, whether it began before that or after", async () => {
  const { client, raw } = await stream();
  const before = client.events();
  raw.change("closed", EVICTED);
  const meanwhile = client.events();
  await settled();
  for (const loop of [before, meanwhile, client.events()]) {
    await assert.rejects(loop.next(), { code: "evicted" });
    assert.deepEqual(await loop.next(), { done: true, value: undefined });
  }
  void client.connect();
  await client.close();
  assert.deepEqual(await client.events().next(), { done: true, value: undefined });
});

test("a loop that is taken when the client has ended, and read when it has begun anew, has what comes from then", async () => {
  const { client, raw } = await stream();
  raw.change("closed", EVICTED);
  const taken = client.events();
  void client.connect();
  raw.change("connected");
  event(raw, "v2.after");
  assert.equal((await taken.next()).value.topic, "v2.after");
  event(raw, "v2.last");
  await client.close();
  assert.equal((await taken.next()).value.topic, "v2.last", "what came before the end is not lost by it");
  assert.equal((await taken.next()).done, true);
});

test("a loop that is taken before the first connect() waits for it", async () => {
  const { client, raw } = await stream();
  const next = client.events().next();
  assert.equal(await watch(next)(), "pending");
  void client.connect();
  raw.change("connected");
  event(raw, "v2.first");
  assert.equal((await next).value.topic, "v2.first");
});

test("a loop that is broken off and begun anew goes on with what comes from then", async () => {
  const { client, raw } = await stream();
  const got = [];
  const loop = async (most) => {
    for await (const { topic } of client) {
      got.push(topic);
      if (got.length === most) break;
    }
  };
  const first = loop(2);
  for (const topic of ["a", "b", "nobody's"]) event(raw, topic);
  await first;
  await settled();
  const second = loop(4);
  for (const topic of ["c", "d"]) event(raw, topic);
  await second;
  assert.deepEqual(got, ["a", "b", "c", "d"]);
});

test("a loop of its own pace gets all that waited for a resync, and what comes meanwhile", async () => {
  const limits = readFileSync(new URL("../../crates/core/src/limits.rs", import.meta.url), "utf8");
  const held = Number(/HELD_EVENTS: usize = ([\d_]+);/.exec(limits)[1].replaceAll("_", ""));
  const { client, raw } = await stream();
  const got = [];
  const loop = (async () => {
    for await (const { topic } of client) {
      await settled();
      got.push(topic);
    }
  })();
  await settled();
  const all = Array.from({ length: held + 1000 }, (_, n) => `v2.${n}`);
  for (const topic of all) event(raw, topic);
  while (got.length < all.length && !(await Promise.race([loop.then(() => true), settled()])));
  assert.deepEqual(got, all);
  await client.close();
  await loop;
});
