// Listeners: when they run, and what they may do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, reported, settled } from "./face.mjs";

const message = (id) => ({ id, content: `text ${id}`, at: 0 });

test("a listener never runs on top of a call of the module", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  client.addEventListener("delivery", (event) => seen.push([event.detail.state, raw.busy]));
  client.send("a");
  assert.deepEqual(seen, []);
  await settled();
  assert.deepEqual(seen, [["queued", false]]);
});

test("a listener that throws is reported, and the others and the later events still come", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  const errors = await reported(() => {
    client.addEventListener("message", () => {
      throw new Error("mine");
    });
    client.addEventListener("message", async () => {
      throw new Error("mine too, later");
    });
    client.addEventListener("message", (event) => seen.push(event.detail.id));
    raw.host.deliver("message", message("a"));
    raw.host.deliver("message", message("b"));
  });
  assert.deepEqual(seen, ["a", "b"]);
  assert.deepEqual(errors.map((error) => error.message).sort(), [
    "mine",
    "mine",
    "mine too, later",
    "mine too, later",
  ]);
});

test("where there is no reportError, a listener that throws is written to the console and ends no process", async () => {
  const { client, raw } = await freshClient();
  const written = [];
  const was = console.error;
  console.error = (error) => written.push(error.message);
  try {
    client.addEventListener("message", () => {
      throw new Error("mine");
    });
    raw.host.deliver("message", message("a"));
    await settled();
  } finally {
    console.error = was;
  }
  assert.deepEqual(written, ["mine"]);
});

test("a listener may send: the events that come of it follow those that wait", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  client.addEventListener("message", (event) => {
    seen.push(event.detail.id);
    if (event.detail.id === "a") client.send("reply");
  });
  client.addEventListener("delivery", (event) => seen.push(event.detail.id));
  raw.host.deliver("message", message("a"));
  raw.host.deliver("message", message("b"));
  await settled();
  assert.deepEqual(seen, ["a", "b", "m1"]);
});

test("a listener may close: what is pending ends, and close resolves", async () => {
  const { client, raw } = await freshClient();
  let closed = false;
  client.addEventListener("message", async () => {
    await client.close();
    closed = true;
  });
  raw.host.deliver("message", message("a"));
  await settled();
  assert.equal(closed, true);
  assert.equal(client.state, "closed");
});

test("a listener may dispose: the module is freed once, and what was raised is still told", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  const sent = client.send("a");
  client.addEventListener("message", () => client.dispose());
  client.addEventListener("statechange", (event) => seen.push(event.detail.to));
  raw.host.deliver("message", message("a"));
  raw.host.deliver("message", message("b"));
  assert.equal((await sent.done).state, "cancelled");
  await settled();
  assert.deepEqual(seen, ["closed"]);
  assert.equal(raw.calls.filter((call) => call === "free").length, 1);
  assert.equal(raw.freed, true);
});

test("once, signal, handleEvent, a second registration and removal are the platform's", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  const twice = (event) => seen.push(`twice ${event.detail.id}`);
  const removed = () => seen.push("removed");
  const object = {
    handleEvent(event) {
      seen.push(`object ${event.detail.id} ${this === object}`);
    },
  };
  const controller = new AbortController();
  client.addEventListener("message", twice);
  client.addEventListener("message", twice);
  client.addEventListener("message", (event) => seen.push(`once ${event.detail.id}`), { once: true });
  client.addEventListener("message", removed);
  client.removeEventListener("message", removed);
  client.addEventListener("message", object);
  client.addEventListener("message", () => seen.push("aborted"), { signal: controller.signal });
  client.addEventListener("message", null);
  controller.abort();
  raw.host.deliver("message", message("a"));
  raw.host.deliver("message", message("b"));
  await settled();
  assert.deepEqual(seen, ["twice a", "once a", "object a true", "twice b", "object b true"]);
});

test("a listener cannot change what the next one sees", async () => {
  const { client, raw } = await freshClient();
  const errors = await reported(() => {
    client.addEventListener("message", (event) => {
      event.detail.content = "other";
    });
    client.addEventListener("message", (event) => assert.equal(event.detail.content, "text a"));
    raw.host.deliver("message", message("a"));
  });
  assert.deepEqual(
    errors.map((error) => error.name),
    ["TypeError"],
  );
});

test("what awaited an event runs before the next event", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  const sent = client.send("a");
  sent.done.then(() => seen.push("done"));
  client.addEventListener("delivery", (event) => seen.push(event.detail.state));
  client.addEventListener("message", () => seen.push("message"));
  raw.delivery("m1", "delivered");
  raw.host.deliver("message", message("a"));
  await settled();
  assert.deepEqual(seen, ["queued", "delivered", "done", "message"]);
});

test("errors come as typed errors, in events too", async () => {
  const { face, client, raw } = await freshClient();
  const seen = [];
  client.addEventListener("error", (event) => seen.push(event.detail));
  client.addEventListener("statechange", (event) => seen.push(event.detail.error));
  raw.host.deliver("error", face.glue.raw("malformed_frame", "service"));
  raw.change("closed", face.glue.raw("attempts_exhausted", "network"));
  await settled();
  assert.ok(seen[0] instanceof face.ServiceError && seen[0] instanceof Error);
  assert.equal(seen[0].code, "malformed_frame");
  assert.ok(seen[1] instanceof face.NetworkError);
});
