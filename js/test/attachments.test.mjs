// Files, as the face hands them on: their handles, and the promises of where they are.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { freshClient, settled, watch } from "./face.mjs";

const fresh = () => freshClient({}, "web-messaging");
const PHOTO = new File([new Uint8Array(5)], "photo.png", { type: "image/png" });
const thrown = (work) => {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
};

test("a file's handle says what it is and how far it is, and its promises when it can go and where it ends", async () => {
  const { client, raw } = await fresh();
  const told = [];
  client.addEventListener("attachment", ({ detail }) => told.push(detail.state));
  const file = client.attach(PHOTO);
  assert.deepEqual([file.id, file.name, file.type, file.size], ["f1", "photo.png", "image/png", 5]);
  assert.equal(file.state, "presigning");
  raw.attachment("f1", "uploaded");
  assert.equal(file.state, "uploaded", "at once");
  assert.deepEqual(told, [], "listeners are called later");
  assert.equal((await file.uploaded).state, "uploaded");
  raw.attachment("f1", "sending");
  raw.attachment("f1", "sent");
  raw.attachment("f1", "failed");
  assert.equal((await file.done).state, "sent");
  assert.equal(file.state, "sent", "an end stays");
  assert.deepEqual(told.slice(0, 4), ["presigning", "uploaded", "sending", "sent"]);
});

test("a file that never arrives settles both promises with its end", async () => {
  const { client, raw } = await fresh();
  const file = client.attach(PHOTO);
  raw.attachment("f1", "failed", "file_type");
  assert.deepEqual([(await file.uploaded).reason, (await file.done).reason], ["file_type", "file_type"]);
});

test("bytes and blobs are files too, with a name beside them", async () => {
  const { client, raw } = await fresh();
  const bytes = new Uint8Array([1, 2, 3]);
  client.attach({ name: "a.bin", data: bytes });
  bytes.fill(9);
  assert.deepEqual([raw.file.name, raw.file.type], ["a.bin", ""]);
  assert.deepEqual([...new Uint8Array(await raw.file.bytes.arrayBuffer())], [1, 2, 3], "they were copied");
  client.attach({ name: "a.txt", type: "text/plain", data: new ArrayBuffer(2) });
  assert.deepEqual([raw.file.type, raw.file.bytes.size], ["text/plain", 2]);
  client.attach({ name: "a.png", data: new Blob(["x"], { type: "image/png" }) });
  assert.equal(raw.file.type, "image/png");
});

test("what is no file is refused before the module sees it, and what the module refuses is a typed error", async () => {
  const { client, raw, face } = await fresh();
  for (const wrong of [undefined, null, "a.png", {}, { name: "a.png" }, { name: "a.png", data: "text" }]) {
    const error = thrown(() => client.attach(wrong));
    assert.ok(error instanceof face.CallerError);
    assert.equal(error.code, "bad_content");
  }
  assert.equal(thrown(() => client.attach({ name: 1, data: new Blob(["x"]) })).code, "bad_content");
  assert.equal(
    thrown(() => client.attach({ name: "a.png", type: 1, data: new Blob(["x"]) })).code,
    "bad_content",
  );
  assert.ok(!raw.calls.includes("attach"));
  assert.equal(thrown(() => client.attach(new File([], "a.png"))).code, "file_empty");
  assert.equal(thrown(() => client.detach("f2")).code, "unknown_attachment");
});

test("a file is taken back by its id", async () => {
  const { client } = await fresh();
  const file = client.attach(PHOTO);
  client.detach(file.id);
  assert.equal((await file.done).state, "detached");
});

test("an address comes to everybody who wants it, and is no event", async () => {
  const { client, raw, face } = await fresh();
  let events = 0;
  client.addEventListener("attachmenturl", () => {
    events += 1;
  });
  const [one, other] = [client.attachmentUrl("f1"), client.attachmentUrl("f1")];
  raw.host.deliver("attachmenturl", { request: 7, id: "f1", url: "https://a.example/x", error: null, at: 0 });
  assert.deepEqual(await Promise.all([one, other]), ["https://a.example/x", "https://a.example/x"]);
  const refused = client.attachmentUrl("f1");
  const error = { ...face.glue.raw("attachment_expired", "service") };
  raw.host.deliver("attachmenturl", { request: 7, id: "f1", url: null, error, at: 0 });
  await assert.rejects(refused, { code: "attachment_expired", name: "ServiceError" });
  await assert.rejects(client.attachmentUrl("many"), { code: "too_many_files" });
  await settled();
  assert.equal(events, 0);
});

test("an address that is refused or known before the module has said its number is not lost", async () => {
  const { face, client, raw } = await fresh();
  raw.early = { url: null, error: face.glue.raw("unknown_attachment") };
  assert.equal(await watch(client.attachmentUrl("f1"))(), "unknown_attachment");
  raw.early = { url: "https://a.example/x", error: null };
  assert.equal(await watch(client.attachmentUrl("f1"))(), "resolved");
});

test("a client that is disposed leaves no file and no address open", async () => {
  const { client } = await fresh();
  const told = [];
  client.addEventListener("attachment", ({ detail }) => told.push([detail.state, detail.reason]));
  const file = client.attach(PHOTO);
  const address = assert.rejects(client.attachmentUrl("f1"), { code: "closed" });
  client.dispose();
  await address;
  assert.equal((await file.done).state, "failed");
  assert.deepEqual(told.at(-1), ["failed", "closed"]);
  assert.throws(() => client.attach(PHOTO), { code: "closed" });
  await assert.rejects(client.attachmentUrl("f1"), { code: "closed" });
});

test("the bytes of another window are bytes, and what only looks like them is no file", async () => {
  const { client, raw } = await freshClient({}, "web-messaging");
  const other = (source) => runInNewContext(source);
  for (const [source, size] of [
    ["new ArrayBuffer(3)", 3],
    ["new Uint8Array([1, 2, 3, 4])", 4],
    ["new DataView(new ArrayBuffer(5))", 5],
    ["new Float64Array(2)", 16],
  ]) {
    const data = other(source);
    assert.ok(!(data instanceof ArrayBuffer || data instanceof Uint8Array), "it is of another window");
    client.attach({ name: "a.bin", data });
    assert.equal(raw.file.bytes.size, size, source);
  }
  // A file without a type, as some platforms give it, and with it as a Blob has one.
  client.attach({ name: "a.png", type: "image/png", data: new Blob(["x"]) });
  assert.equal(raw.file.type, "image/png");
  const error = thrown(() => client.attach({ name: "a.bin", data: { byteLength: 3 } }));
  assert.equal(error.code, "bad_content");
});
