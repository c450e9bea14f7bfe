// What becomes of clients whose module has failed in the middle of a call.
import assert from "node:assert/strict";
import { test } from "node:test";
import { withFullStack } from "../../tests/e2e/lib/stack.mjs";
import { freshClient, freshFace, MODULE, reported, settled, unhandled, watch } from "./face.mjs";

/** Ends every client of an instance, in this call of its newest one. */
function fail(client, raw, call = "reconnectNow", fault = undefined) {
  raw.failsIn = call;
  if (fault !== undefined) raw.fault = fault;
  try {
    client.reconnectNow();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What is heard of a client from now on. */
function heard(client, ...types) {
  const events = [];
  for (const type of types) client.addEventListener(type, ({ detail }) => events.push([type, detail]));
  return events;
}

test("a client whose module fails is closed, with an error of its own, and reports it once", async () => {
  const { face, client, raw } = await freshClient();
  const changes = heard(client, "statechange");
  raw.change("connected");
  let thrown;
  const errors = await reported(async () => {
    thrown = fail(client, raw);
    await settled();
  });
  assert.ok(thrown instanceof face.GuestwireError);
  assert.equal(thrown.code, "module_failed");
  assert.equal(thrown.retryable, false);
  assert.equal(thrown.cause, raw.fault, "a trap is the engine's own word");
  assert.deepEqual(errors, [thrown]);
  assert.equal(client.state, "closed");
  const [, change] = changes.at(-1);
  assert.deepEqual(
    [change.from, change.to, change.why, change.error],
    ["connected", "closed", "module_failed", thrown],
  );
  assert.ok(Object.isFrozen(change));
});

test("what a module trips over is not shown: whoever threw it may have put a secret in it", async () => {
  const { client, raw } = await freshClient();
  let thrown;
  const errors = await reported(async () => {
    thrown = fail(client, raw, "reconnectNow", Object.assign(new Error("secret"), { token: "secret" }));
    await settled();
  });
  assert.equal(thrown.code, "module_failed");
  assert.equal(thrown.cause, undefined);
  assert.deepEqual(errors, [thrown]);
  assert.doesNotMatch(JSON.stringify([thrown, thrown.message, thrown.stack, thrown.remedy]), /secret/);
});

test("every message of it gets its end: cancelled where it never left, else unconfirmed", async () => {
  const { client, raw } = await freshClient();
  const [waits, left, again, done] = ["a", "b", "c", "d"].map((text) => client.send(text));
  raw.delivery(left.id, "sending");
  raw.delivery(again.id, "sending");
  raw.delivery(again.id, "queued");
  raw.delivery(done.id, "sending");
  raw.delivery(done.id, "delivered");
  await settled();
  const told = heard(client, "delivery", "statechange");
  await reported(() => fail(client, raw));
  const ends = await Promise.all([waits, left, again, done].map((sent) => sent.done));
  assert.deepEqual(
    ends.map(({ state, reason }) => [state, reason]),
    [
      ["cancelled", "module_failed"],
      ["unconfirmed", "module_failed"],
      ["unconfirmed", "module_failed"],
      ["delivered", null],
    ],
  );
  assert.equal(told.at(-1)[0], "statechange", "the ends are told before the client's");
  assert.deepEqual(
    told.map(([type, { id }]) => id ?? type),
    [waits.id, left.id, again.id, "statechange"],
    "and each once",
  );
});

test("a message that the module had accepted when it failed has its handle, and its end", async () => {
  const { client, raw } = await freshClient();
  raw.failsAfter = "send";
  let sent;
  await reported(() => {
    sent = client.send("a");
  });
  assert.equal((await sent.done).state, "cancelled");
});

test("a message that it had not accepted is refused", async () => {
  const { client, raw } = await freshClient();
  raw.failsIn = "send";
  const told = heard(client, "delivery");
  await reported(() => assert.throws(() => client.send("a"), { code: "module_failed" }));
  assert.deepEqual(told, []);
});

test("whoever waits for it is told: to connect, to close, in a loop", async () => {
  const { client, raw } = await freshClient();
  const connecting = watch(client.connect());
  const reading = watch(client.messages().next());
  raw.onClose = "closing";
  const closing = watch(client.close());
  await reported(() => fail(client, raw));
  assert.deepEqual(await Promise.all([connecting(), closing(), reading()]), [
    "module_failed",
    "resolved",
    "module_failed",
  ]);
});

test("a call that fails is an end like any other for whoever makes it", async () => {
  for (const [call, outcome] of [
    ["connect", "module_failed"],
    ["close", "resolved"],
  ]) {
    const { client, raw } = await freshClient();
    raw.failsIn = call;
    let result;
    const errors = await reported(async () => {
      result = watch(client[call]());
      await settled();
    });
    assert.equal(await result(), outcome, call);
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["module_failed"],
    );
    assert.equal(client.state, "closed");
  }
});

test("afterwards methods throw the same error, and getters give what they gave last", async () => {
  const { client, raw } = await freshClient();
  const stats = client.stats();
  const session = client.session;
  await reported(() => fail(client, raw));
  for (const call of ["send", "cancel", "reconnectNow", "trace", "messages"]) {
    assert.throws(() => client[call]("x"), { code: "module_failed" }, call);
  }
  await assert.rejects(client.connect(), { code: "module_failed" });
  await client.close();
  assert.deepEqual([client.stats(), client.session, client.pending], [stats, session, []]);
  const errors = await reported(() => {
    client.dispose();
    client.dispose();
  });
  assert.deepEqual(errors, []);
});

test("one that is disposed of as it fails reports once, and ends", async () => {
  for (const call of ["close", "stats", "free"]) {
    const { client, raw } = await freshClient();
    raw.failsIn = call;
    const sent = client.send("a");
    const errors = await reported(async () => {
      client.dispose();
      await settled();
    });
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["module_failed"],
      call,
    );
    assert.equal((await sent.done).state, "cancelled");
    assert.equal(client.state, "closed");
  }
});

test("all clients of the module end with it, and the next ones have another instance", async () => {
  const { face, client, raw } = await freshClient();
  const { GuestClient, glue } = face;
  const options = { host: "h", token: "t".repeat(12) };
  const other = await GuestClient.create(options);
  const disposed = await GuestClient.create(options);
  disposed.dispose();
  await settled();
  const gone = heard(disposed, "statechange");
  assert.equal(glue.calls.instances, 1);
  const errors = await reported(() => fail(client, raw));
  assert.equal(errors.length, 1);
  assert.equal(other.state, "closed");
  assert.deepEqual(gone, [], "what was free before hears of nothing");

  const next = await GuestClient.create(options);
  assert.equal(glue.calls.instances, 2);
  const another = new GuestClient(options);
  assert.equal(glue.calls.instances, 2);
  next.send("a");
  assert.deepEqual([next.state, another.state], ["idle", "idle"]);
  assert.throws(() => client.send("a"), { code: "module_failed" });
});

test("the constructor makes another instance at once", async () => {
  const { face, client, raw } = await freshClient();
  await reported(() => fail(client, raw));
  const next = new face.GuestClient({ host: "h", token: "t".repeat(12) });
  assert.equal(next.state, "idle");
  assert.equal(face.glue.calls.instances, 2);
});

test("an instance that cannot be made says why, and the next create tries again", async () => {
  const { face, client, raw } = await freshClient();
  const options = { host: "h", token: "t".repeat(12) };
  await reported(() => fail(client, raw));
  face.glue.failNextLoad();
  assert.throws(
    () => new face.GuestClient(options),
    (error) => error.code === "not_initialised" && error.cause.message === "broken module",
  );
  face.glue.failNextLoad();
  await assert.rejects(face.GuestClient.create(options), { code: "load_failed" });
  assert.equal((await face.GuestClient.create(options)).state, "idle");
});

test("a client that fails as it is made is refused, and those before it end", async () => {
  const { face, client } = await freshClient();
  const options = { host: "h", token: "t".repeat(12) };
  const errors = await reported(() =>
    assert.throws(() => new face.GuestClient({ ...options, host: "trap" }), { code: "module_failed" }),
  );
  assert.equal(errors.length, 1);
  assert.equal(client.state, "closed");
  assert.equal((await face.GuestClient.create(options)).state, "idle");
});

test("what a provider gives when the module has failed meanwhile goes nowhere", async () => {
  let give;
  const token = () =>
    new Promise((resolve) => {
      give = resolve;
    });
  const { client, raw } = await freshClient({ token });
  raw.host.requestToken(1, false);
  await settled();
  const errors = await reported(async () => {
    fail(client, raw);
    await settled();
    give("t".repeat(12));
    await settled();
  });
  assert.equal(errors.length, 1);
  assert.equal(raw.token, undefined);
});

test("a module that fails when it is given a token ends the client", async () => {
  const { client, raw } = await freshClient({ token: () => "t".repeat(12) });
  raw.failsIn = "provideToken";
  const connecting = watch(client.connect());
  const errors = await reported(async () => {
    raw.host.requestToken(1, false);
    await settled();
  });
  assert.equal(errors.length, 1);
  assert.equal(await connecting(), "module_failed");
});

test("what is told with a full stack is told, or was never said: no event is stuck behind it, and no state without its event", async () => {
  for (let shift = 0; shift < 64; shift += 1) {
    const { client, raw } = await freshClient();
    const told = heard(client, "statechange", "delivery");
    const connecting = watch(client.connect());
    await settled();
    const sent = client.send("a");
    await settled();
    told.length = 0;
    const said = [];
    const delivery = {
      id: sent.id,
      state: "delivered",
      reason: null,
      via: null,
      elapsed: 1,
      attempts: 1,
      at: 0,
    };
    withFullStack(() => {
      raw.host.deliver("delivery", delivery);
      said.push("delivered");
    }, shift);
    await settled();
    // It ends with the first that went through; what is told of it more often was half said before.
    assert.deepEqual([said.length, (await sent.done).state, sent.state], [1, "delivered", "delivered"]);
    assert.equal(told.length, 1, `${told.length} times`);
    told.length = 0;
    const change = {
      from: "connecting",
      to: "connected",
      step: "ready",
      why: "test",
      attempt: 0,
      wait: null,
      error: null,
    };
    withFullStack(() => raw.host.deliver("statechange", change), shift);
    assert.equal(await connecting(), "resolved");
    assert.deepEqual([client.state, told.length], ["connected", 1]);
  }
});

test("in web messaging everything that is waited for gets its end", async () => {
  const { client, raw } = await freshClient({}, "web-messaging");
  raw.grants = [];
  const file = client.attach({ name: "a.txt", type: "text/plain", data: new Uint8Array(1) });
  const waits = {
    joined: client.join(),
    renewed: client.startNew(),
    cleared: client.clear(),
    signedIn: client.signIn({ code: "c" }),
    signedOut: client.signOut(),
    history: client.history(),
    deployment: client.deployment(),
    url: client.attachmentUrl("f1"),
  };
  const outcomes = Object.values(waits).map(watch);
  const { conversation } = client;
  await settled();
  const changes = heard(client, "attachment");
  const quiet = await unhandled(() => reported(() => fail(client, raw)));
  assert.deepEqual(quiet, []);
  for (const outcome of outcomes) assert.equal(await outcome(), "module_failed");
  const { state, reason } = await file.done;
  assert.deepEqual([state, reason, changes.length], ["failed", "module_failed", 1]);
  assert.deepEqual(client.conversation, conversation);
  assert.throws(() => client.typing(), { code: "module_failed" });
});

test("in a stream everything that is waited for gets its end", async () => {
  const { client, raw } = await freshClient({}, "streams");
  const outcomes = [client.subscribe("v2.a"), client.unsubscribe("v2.a"), client.events().next()].map(watch);
  const { topics } = client;
  await reported(() => fail(client, raw));
  for (const outcome of outcomes) assert.equal(await outcome(), "module_failed");
  assert.deepEqual(client.topics, topics);
});

test("whoever waits for a token is told, and the token manager says so", async () => {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const tokens = new face.TokenManager({ region: "r", clientId: "c", clientSecret: "s" });
  const told = heard(tokens, "error");
  const waiting = watch(tokens.token());
  const client = new face.StreamClient({ region: "r", credentials: "t".repeat(12) });
  await reported(() => fail(client, face.glue.RawClient.last));
  assert.equal(await waiting(), "module_failed");
  assert.deepEqual(
    told.map(([, { code }]) => code),
    ["module_failed"],
  );
  await assert.rejects(tokens.token(), { code: "module_failed" });
  tokens.dispose();
});
