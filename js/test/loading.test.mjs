// Loading the module, and what is checked before it is asked.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { freshFace, MODULE, settled } from "./face.mjs";

const options = { host: "h", token: "token-0123456789" };

test("before init the constructor throws not_initialised", async () => {
  const { GuestClient, CallerError, GuestwireError } = await freshFace();
  assert.throws(
    () => new GuestClient(options),
    (error) =>
      error instanceof CallerError && error instanceof GuestwireError && error.code === "not_initialised",
  );
});

test("the module is loaded once, however many ask", async () => {
  const { init, GuestClient, glue } = await freshFace();
  const before = glue.calls.instances;
  await Promise.all([init(MODULE), init(MODULE), GuestClient.create(options)]);
  await init("http://never.invalid/asked");
  assert.equal(glue.calls.instances - before, 1);
});

test("a load that failed may be tried again", async () => {
  const { init, GuestClient, NetworkError, glue } = await freshFace();
  glue.failNextLoad();
  await assert.rejects(
    init(MODULE),
    (error) =>
      error instanceof NetworkError &&
      error.code === "load_failed" &&
      error.cause.message === "broken module",
  );
  assert.throws(
    () => new GuestClient(options),
    (error) => error.code === "not_initialised" && error.cause.message === "broken module",
  );
  await init(MODULE);
  assert.ok(new GuestClient(options));
});

test("a response is taken where it is good, of whatever type; a bad one fails with its status", async () => {
  const empty = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  for (const type of ["application/wasm", "application/wasm; charset=utf-8", "application/octet-stream"]) {
    const { init } = await freshFace();
    await init(Promise.resolve(new Response(empty, { headers: { "Content-Type": type } })));
  }
  const { init } = await freshFace();
  await assert.rejects(init(new Response("", { status: 404 })), /HTTP status 404/);
});

test("exactly one credential is needed, and it is of the right kind", async () => {
  const { init, GuestClient } = await freshFace();
  await init(MODULE);
  const bad = [
    [undefined, "options"],
    [{ host: "h" }, "token"],
    [{ host: "h", token: "t", apiKey: "k" }, "token"],
    [{ host: "h", token: 5 }, "token"],
    [{ host: "h", apiKey: () => "k" }, "apiKey"],
    [{ ...options, credential: {} }, "credential"],
    [{ ...options, host: "bad host" }, "host"],
  ];
  for (const [given, option] of bad) {
    assert.throws(() => new GuestClient(given), { code: "bad_option", option, name: "CallerError" });
  }
});

test("the module gets plain data; functions stay on this side", async () => {
  const { init, GuestClient, glue } = await freshFace();
  await init(MODULE);
  class Socket {}
  new GuestClient({ host: "h", apiKey: "key-0123456789", window: 4, WebSocket: Socket });
  const { options: plain, host } = glue.RawClient.last;
  assert.deepEqual(plain, { host: "h", window: 4, credential: { kind: "apiKey", value: "key-0123456789" } });
  assert.equal(host.WebSocket, Socket);
});

test("where a page is developed, whoever has not chosen how the socket is authenticated is told once what a console shows", async () => {
  const { init, GuestClient } = await freshFace();
  await init(MODULE);
  const said = [];
  const { warn } = console;
  console.warn = (text) => said.push(text);
  try {
    const local = { host: "http://127.0.0.1:8787", token: options.token };
    // In Node there is no such console.
    new GuestClient(local);
    globalThis.document = {};
    new GuestClient({ ...local, socketAuth: "query" });
    new GuestClient({ ...local, host: "acme.example" });
    assert.deepEqual(said, []);
    new GuestClient(local);
    new GuestClient({ ...local, host: "localhost:8787" });
    assert.equal(said.length, 1);
    assert.match(said[0], /socketAuth: "subprotocol"/);
    assert.ok(!said[0].includes(local.token));
  } finally {
    console.warn = warn;
    delete globalThis.document;
  }
});

test("an unknown option is answered with the names that the caller knows", async () => {
  const { init, GuestClient } = await freshFace();
  await init(MODULE);
  assert.throws(() => new GuestClient({ ...options, unknown: 1 }), {
    code: "bad_option",
    option: "unknown",
    remedy: "known here: host, token, apiKey, WebSocket, window",
  });
});

for (const [entry, name, least] of [
  ["webchat", "GuestClient", options],
  ["web-messaging", "GuestClient", { region: "r", deploymentId: "d" }],
  ["streams", "StreamClient", { region: "r", credentials: "token-0123456789" }],
]) {
  test(`create of ${entry} takes a signal: what comes too late is disposed of, and its reason is what it rejects with`, async () => {
    const face = await freshFace(entry);
    const Client = face[name];
    const reason = new Error("the component is gone");
    const gone = AbortSignal.abort(reason);
    await assert.rejects(Client.create(least, { signal: gone }), reason);
    assert.equal(face.glue.RawClient.last, undefined, "none was made");

    // While the module loads.
    const controller = new AbortController();
    const loading = face.init(MODULE);
    const made = Client.create(least, { signal: controller.signal });
    controller.abort(reason);
    await assert.rejects(made, reason);
    await loading;
    await settled();
    assert.equal(face.glue.RawClient.last, undefined, "none was made");

    // At once, with the module there already.
    const early = new AbortController();
    const wanted = Client.create(least, { signal: early.signal });
    early.abort(reason);
    await assert.rejects(wanted, reason);
    assert.equal(face.glue.RawClient.last, undefined, "none was made");

    // After it was made, and before it was given.
    const late = new AbortController();
    const given = Client.create(least, { signal: late.signal });
    for (let turn = 0; turn < 100 && !face.glue.RawClient.last; turn += 1) await undefined;
    late.abort(reason);
    await given.catch(() => undefined);
    await settled();
    assert.ok(face.glue.RawClient.last.freed, "it is disposed of");

    // Once it is given the signal is nobody's any more.
    const kept = new AbortController();
    const client = await Client.create(least, { signal: kept.signal });
    await settled();
    assert.equal(getEventListeners(kept.signal, "abort").length, 0);
    kept.abort(reason);
    client.dispose();
    await assert.rejects(Client.create(least, { signal: "gone" }), { code: "bad_option", option: "signal" });
    await assert.rejects(Client.create(least, null), { code: "bad_option", option: "options" });
  });
}
