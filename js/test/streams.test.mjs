// The face of streams: events, topics and their promises, gaps and what catches up with them, and tokens.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, freshFace, MODULE, reported, settled, unhandled, watch } from "./face.mjs";
import { raw as rawError } from "./fake-glue.mjs";

const stream = (options) => freshClient(options, "streams");

test("subscribe() gives what became of each topic, by the number under which it was asked", async () => {
  const { client, raw } = await stream();
  const results = client.subscribe(new Set(["v2.a", "v2.b"]));
  const gone = client.unsubscribe("v2.c");
  assert.deepEqual(raw.asked, ["v2.c"]);
  const value = [
    { topic: "v2.a", state: "subscribed" },
    { topic: "v2.b", state: "refused", reason: "no", missingPermissions: ["p"] },
  ];
  raw.host.deliver("answer", { request: 2, value: [{ topic: "v2.c", state: "unsubscribed" }] });
  raw.host.deliver("answer", { request: 1, value });
  assert.deepEqual(await results, value);
  assert.equal(await gone, undefined);
});

test("an answer that comes before the module has said its number is not lost", async () => {
  const { client, raw } = await stream();
  raw.early = [{ topic: "v2.a", state: "subscribed" }];
  const state = watch(client.subscribe("v2.a"));
  assert.equal(await state(), "resolved");
});

test("what is no topic is refused at once, and nothing is waited for", async () => {
  const { client } = await stream();
  const refused = { code: "bad_topic", name: "CallerError" };
  assert.throws(() => client.subscribe(["v2.a", "bad topic"]), refused);
  assert.throws(() => client.unsubscribe(["v2.a", "bad topic"]), refused);
  client.dispose();
  assert.throws(() => client.unsubscribe("v2.a"), { code: "closed", name: "CallerError" });
});

test("what is no list of topics is refused like any topic that is none", async () => {
  const { client, raw } = await stream();
  for (const none of [undefined, null, 5, {}, () => "v2.a"]) {
    assert.throws(() => client.subscribe(none), { code: "bad_topic", name: "CallerError" });
    assert.throws(() => client.unsubscribe([none]), { code: "bad_topic", name: "CallerError" });
  }
  const thrown = new Error("a generator's own");
  const failing = {
    *[Symbol.iterator]() {
      yield "v2.a";
      throw thrown;
    },
  };
  assert.throws(() => client.subscribe(failing), thrown);
  const answer = client.subscribe("v2.a");
  raw.host.deliver("answer", { request: 1, value: [] });
  assert.deepEqual(await answer, [], "and the client goes on");
});

test("whoever does not wait for subscribe() or unsubscribe() causes no unhandled rejection when the client ends", async () => {
  const { client, raw } = await stream();
  const error = { code: "closed", message: "closed", remedy: "none", retryable: false, blame: "caller" };
  let waited;
  const errors = await unhandled(async () => {
    waited = client.subscribe(["v2.a"]);
    raw.host.deliver("answer", { request: 1, error });
    await settled();
    client.unsubscribe(["v2.a"]);
    raw.host.deliver("answer", { request: 2, error });
    await settled();
    client.unsubscribe(["v2.a"]);
    client.subscribe(["v2.a"]);
    client.dispose();
  });
  assert.deepEqual(errors, []);
  await assert.rejects(waited, { code: "closed", name: "CallerError" });
});

test("a refused topic is an error that has its reason", async () => {
  const { face, client, raw } = await stream();
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push(detail));
  const refusal = { topic: "v2.x", reason: "Missing permissions", missingPermissions: ["x:view"] };
  const error = { code: "topic_refused", message: "m", remedy: "r", retryable: false, blame: "service" };
  raw.host.deliver("error", { ...error, ...refusal, at: 0 });
  await settled();
  assert.ok(errors[0] instanceof face.ServiceError);
  const { code, topic, reason, missingPermissions } = errors[0];
  assert.deepEqual({ code, topic, reason, missingPermissions }, { code: "topic_refused", ...refusal });
});

test("a gap is told, then the application catches up, and only then the module goes on", async () => {
  const order = [];
  let caughtUp;
  const { client, raw } = await stream({
    resync: (gap) => {
      order.push(["resync", gap]);
      return new Promise((resolve) => {
        caughtUp = resolve;
      });
    },
  });
  assert.equal(raw.options.resync, true);
  client.addEventListener("gap", ({ detail }) => order.push(["gap", detail]));
  raw.host.deliver("gap", { from: 1, to: 2, number: 7 });
  await settled();
  assert.deepEqual(order, [
    ["gap", { from: 1, to: 2 }],
    ["resync", { from: 1, to: 2 }],
  ]);
  assert.ok(!raw.calls.includes("resynced 7"));
  caughtUp();
  await settled();
  assert.ok(raw.calls.includes("resynced 7"));
});

test("when the application cannot catch up, that is told with its cause, and the module goes on", async () => {
  for (const resync of [
    () => Promise.reject(new Error("the API is down")),
    () => {
      throw new Error("the API is down");
    },
  ]) {
    const { client, raw } = await stream({ resync });
    const errors = [];
    client.addEventListener("error", ({ detail }) => errors.push(detail));
    raw.host.deliver("gap", { from: 1, to: 2, number: 3 });
    await settled();
    assert.deepEqual(
      errors.map(({ code, cause }) => [code, cause.message]),
      [["resync_failed", "the API is down"]],
    );
    assert.ok(raw.calls.includes("resynced 3"));
  }
});

test("a client without resync, and one that is disposed meanwhile, are asked nothing", async () => {
  const plain = await stream();
  assert.equal(plain.raw.options.resync, false);
  plain.raw.host.deliver("gap", { from: 1, to: 2, number: 1 });
  const gone = await stream({ resync: () => gone.client.dispose() });
  gone.raw.host.deliver("gap", { from: 1, to: 2, number: 1 });
  assert.deepEqual(await reported(settled), []);
  assert.ok(![...plain.raw.calls, ...gone.raw.calls].some((call) => call.startsWith("resynced")));
});

test("whoever closes or disposes of the client when told of the gap is not asked to catch up", async () => {
  for (const end of ["close", "dispose"]) {
    let asked = 0;
    const { client, raw } = await stream({
      resync: () => {
        asked += 1;
      },
    });
    client.addEventListener("gap", () => void client[end]());
    raw.host.deliver("gap", { from: 1, to: 2, number: 1 });
    await settled();
    assert.equal(asked, 0, end);
  }
});

test("what a resync fails with after disposal is nobody's any more, and after close() it is told", async () => {
  for (const [end, told] of [
    ["dispose", []],
    ["close", ["resync_failed"]],
  ]) {
    let fail;
    const caughtUp = new Promise((_, reject) => {
      fail = reject;
    });
    const { client, raw } = await stream({ resync: () => caughtUp });
    const errors = [];
    client.addEventListener("error", ({ detail }) => errors.push(detail.code));
    raw.host.deliver("gap", { from: 1, to: 2, number: 1 });
    await settled();
    await client[end]();
    fail(new Error("aborted with the client"));
    await settled();
    assert.deepEqual(errors, told, end);
  }
});

test("topics are there while the client is, and after it as they were", async () => {
  const { client } = await stream();
  assert.deepEqual(client.topics, [{ topic: "v2.a", state: "pending" }]);
  client.dispose();
  assert.deepEqual(client.topics, [{ topic: "v2.a", state: "pending" }]);
});

test("an OAuth client gets a token manager of its own, which is audited and ends with the client", async () => {
  const { face, client, raw } = await stream({ credentials: { clientId: "i", clientSecret: "s" } });
  const tokens = face.glue.RawTokens.last;
  assert.deepEqual(tokens.options, { clientId: "i", clientSecret: "s", region: "r" });
  const audits = [];
  client.addEventListener("audit", ({ detail }) => audits.push(detail.what));
  raw.host.requestToken(1, false);
  await settled();
  tokens.host.given(1, "first-token-1234", 5000);
  await settled();
  assert.deepEqual(raw.token, [1, "first-token-1234", 5000]);
  raw.host.requestToken(2, true);
  await settled();
  assert.deepEqual(tokens.asked, [
    [1, undefined],
    [2, "first-token-1234"],
  ]);
  tokens.host.deliver("audit", { what: "request" });
  await settled();
  assert.deepEqual(audits, ["request"]);
  // What keeps it from a token keeps the stream from its service.
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push(detail.code));
  tokens.host.deliver("error", rawError("not_connecting", "network"));
  await settled();
  assert.deepEqual(errors, ["not_connecting"]);
  client.dispose();
  await settled();
  assert.ok(tokens.freed);
});

test("a stream has what a manager's token still lives for, to the millisecond", async () => {
  const { face, raw } = await stream({ credentials: { clientId: "i", clientSecret: "s" } });
  const tokens = face.glue.RawTokens.last;
  for (const [index, left] of [1, 999, 61_999, 1_799_999, 31_535_999_999].entries()) {
    raw.host.requestToken(index + 1, true);
    await settled();
    tokens.host.given(index + 1, "short-lived-token", left);
    await settled();
    assert.deepEqual(raw.token, [index + 1, "short-lived-token", left]);
  }
});

test("a manager that was passed is the application's, and is left alone", async () => {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const manager = new face.TokenManager({ region: "r", clientId: "i", clientSecret: "s" });
  const client = new face.StreamClient({ region: "r", credentials: manager });
  client.dispose();
  await settled();
  assert.equal(face.glue.RawTokens.last.freed, false);
});

test("who gives tokens is not asked for a client that has been closed meanwhile", async () => {
  let asked = 0;
  const { client, raw } = await stream({
    credentials: () => {
      asked += 1;
      return "t".repeat(12);
    },
  });
  raw.host.requestToken(1, false);
  await client.close();
  await settled();
  assert.equal(asked, 0);
});

test("a client that is closed waits for no token any more, so that its manager may rest", async () => {
  const { client, raw, face } = await stream({ credentials: { clientId: "i", clientSecret: "s" } });
  const tokens = face.glue.RawTokens.last;
  raw.host.requestToken(1, false);
  await settled();
  await client.close();
  await settled();
  assert.deepEqual([tokens.aborted, tokens.rests, tokens.freed], [[1], true, false]);
  client.connect().catch(() => undefined);
  raw.host.requestToken(2, false);
  await settled();
  assert.equal(tokens.asked.length, 2, "it may connect again");
});

test("in a page an OAuth client is refused, and the error says what to do", async () => {
  globalThis.window = { document: {} };
  try {
    await assert.rejects(stream({ credentials: { clientId: "i", clientSecret: "s" } }), (error) => {
      assert.deepEqual([error.name, error.code], ["CallerError", "credentials_in_page"]);
      assert.match(error.remedy, /function/);
      return true;
    });
  } finally {
    delete globalThis.window;
  }
});

test("options of the other kind of stream are refused by their names", async () => {
  const url = "wss://events.example/stream";
  for (const [given, option] of [
    [undefined, "options"],
    [{ region: "r" }, "credentials"],
    [{ region: "r", credentials: 5 }, "credentials"],
    [{ region: "r", auth: "t".repeat(12) }, "auth"],
    [{}, "region"],
    [{ url, credentials: "t".repeat(12) }, "credentials"],
    [{ url, credential: {} }, "credential"],
    [{ url, resync: "yes" }, "resync"],
    [{ url, dialect: "webchat" }, "dialect"],
  ]) {
    const face = await freshFace("streams");
    await face.init(MODULE);
    assert.throws(() => new face.StreamClient(given), { code: "bad_option", option, name: "CallerError" });
  }
});

test("options that the module refuses leave no token manager behind", async () => {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const credentials = { clientId: "i", clientSecret: "s" };
  assert.throws(() => new face.StreamClient({ region: "r", credentials, unknown: 1 }), {
    code: "bad_option",
  });
  await settled();
  assert.ok(face.glue.RawTokens.last.freed);
});

test("a plain socket needs no token, and its token stands in a header only where sockets carry some", async () => {
  const url = "wss://events.example/stream";
  const made = async (options, platform) => {
    const face = await freshFace("streams");
    if (platform) face.initNow(() => MODULE, platform);
    else await face.init(MODULE);
    new face.StreamClient(options);
    return face.glue.RawClient.last.options;
  };
  assert.deepEqual(await made({ url }), {
    url,
    dialect: "streams",
    resync: false,
    credential: { kind: "none" },
  });
  const auth = "t".repeat(12);
  assert.equal((await made({ url, auth })).tokenIn, undefined);
  const node = { around: (Raw) => Raw, takesHeaders: () => true };
  assert.equal((await made({ url, auth }, node)).tokenIn, "header");
  assert.equal((await made({ url, auth, tokenIn: "query" }, node)).tokenIn, "query");
  assert.equal((await made({ region: "r", credentials: auth }, node)).tokenIn, undefined);
});

test("a token in a header is refused where sockets would drop it, and the error says what to do", async () => {
  const options = { url: "wss://events.example/stream", auth: "t".repeat(12), tokenIn: "header" };
  const face = await freshFace("streams");
  await face.init(MODULE);
  assert.throws(
    () => new face.StreamClient(options),
    ({ code, option, remedy }) => code === "bad_option" && option === "tokenIn" && remedy.includes('"query"'),
  );
  // One that was passed may carry them.
  const WebSocket = class {};
  new face.StreamClient({ ...options, WebSocket });
  assert.equal(face.glue.RawClient.last.options.tokenIn, "header");
});

test("a manager of another copy of the package ends a stream with its own code", async () => {
  const foreign = Object.assign(new Error("no such client"), { code: "invalid_client", retryable: false });
  const { raw } = await stream({ credentials: { token: () => Promise.reject(foreign) } });
  raw.host.requestToken(1, false);
  await settled();
  assert.deepEqual(raw.refusal, [1, "invalid_client"]);
});
