// connect, close, dispose, and the token provider.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, settled, unhandled } from "./face.mjs";

test("connect calls share one attempt, and all resolve", async () => {
  const { client, raw } = await freshClient();
  const both = Promise.all([client.connect(), client.connect()]);
  assert.equal(client.state, "connecting");
  raw.change("connected");
  await both;
  await client.connect();
  assert.equal(client.state, "connected");
});

test("connect resolves after the listeners of the change have run", async () => {
  const { client, raw } = await freshClient();
  const seen = [];
  client.addEventListener("statechange", (event) => seen.push(event.detail.to));
  const connected = client.connect().then(() => seen.push("resolved"));
  raw.change("connected");
  await connected;
  assert.deepEqual(seen, ["connecting", "connected", "resolved"]);
});

test("connect rejects with the typed error when the client ends for good", async () => {
  const { face, client, raw } = await freshClient();
  const connecting = client.connect();
  raw.change("closed", face.glue.raw("unauthorized", "service"));
  await assert.rejects(
    connecting,
    (error) => error instanceof face.ServiceError && error.code === "unauthorized",
  );
});

test("whoever does not wait for connect() is told of the end by events, and by no unhandled rejection", async () => {
  for (const entry of ["webchat", "web-messaging", "streams"]) {
    const { face, client, raw } = await freshClient({}, entry);
    const told = [];
    client.addEventListener("statechange", ({ detail }) => told.push([detail.to, detail.error?.code]));
    let connected;
    const errors = await unhandled(() => {
      client.connect();
      client.connect({ signal: new AbortController().signal });
      connected = client.connect();
      raw.change("closed", face.glue.raw("unauthorized", "service"));
    });
    assert.deepEqual(errors, [], entry);
    assert.deepEqual(told.at(-1), ["closed", "unauthorized"]);
    await assert.rejects(connected, { code: "unauthorized" }, "whoever looks at it later has the error");
  }
});

test("close while connecting rejects connect with closed", async () => {
  const { face, client } = await freshClient();
  const connecting = client.connect();
  const closing = client.close();
  await assert.rejects(connecting, (error) => error instanceof face.CallerError && error.code === "closed");
  await closing;
});

test("connect right after close waits for the new attempt, not for the news of the old end", async () => {
  const { client, raw } = await freshClient();
  client.close();
  const connecting = client.connect();
  await settled();
  raw.change("connected");
  await connecting;
});

test("a connection that is lost again does not count for whoever asks afterwards", async () => {
  const { client, raw } = await freshClient();
  client.connect();
  raw.change("connected");
  raw.change("reconnecting");
  let resolved = false;
  const late = client.connect().then(() => {
    resolved = true;
  });
  await settled();
  assert.equal(resolved, false);
  raw.change("connected");
  await late;
});

test("an abort ends its own wait, with its reason, and nobody else's", async () => {
  const { client, raw } = await freshClient();
  const controller = new AbortController();
  const mine = client.connect({ signal: controller.signal });
  const other = client.connect();
  // Whatever the reason is: one that looks like an error of the module too.
  const reason = { code: "closed", message: "enough" };
  controller.abort(reason);
  await assert.rejects(mine, (error) => error === reason);
  raw.change("connected");
  await other;
  await assert.rejects(client.connect({ signal: controller.signal }), (error) => error === reason);
  assert.equal(raw.calls.filter((call) => call === "close").length, 0);
});

test("connect while it is closing closes at once, and waits for the new attempt", async () => {
  const { client, raw } = await freshClient();
  raw.onClose = "closing";
  const closing = client.close();
  raw.onClose = "closed";
  const connecting = client.connect();
  raw.change("connected");
  await Promise.all([closing, connecting]);
  assert.deepEqual(raw.calls, ["close", "close", "connect"]);
});

test("close is idempotent, passes its grace, and resolves when the client is closed", async () => {
  const { client, raw } = await freshClient();
  raw.onClose = "closing";
  let closed = 0;
  client.close({ grace: 250 }).then(() => {
    closed += 1;
  });
  client.close().then(() => {
    closed += 1;
  });
  await settled();
  assert.equal(closed, 0);
  raw.change("closed");
  await settled();
  assert.equal(closed, 2);
  await client.close();
  assert.equal(raw.calls.filter((call) => call === "close").length, 2);
});

test("a grace that is no time is refused", async () => {
  const { client } = await freshClient();
  for (const grace of [-1, Number.NaN, Infinity, "5"]) {
    await assert.rejects(client.close({ grace }), { code: "bad_option", option: "grace" });
  }
});

test("after dispose no call reaches the module: methods throw closed, getters give their last values", async () => {
  const { client, raw } = await freshClient();
  client.send("a");
  client.dispose();
  client.dispose();
  await settled();
  const before = raw.calls.length;
  for (const call of [() => client.send("b"), () => client.cancel("m1"), () => client.messages()]) {
    assert.throws(call, { code: "closed" });
  }
  await assert.rejects(client.connect(), { code: "closed" });
  await client.close();
  assert.equal(client.state, "closed");
  assert.deepEqual(client.pending, []);
  assert.equal(client.stats().delivered, 1);
  assert.equal(client.session.id, "s1");
  const heard = [];
  client.addEventListener("message", (event) => heard.push(event.detail.id));
  raw.host.deliver("message", { id: "late", content: "", at: 0 });
  raw.host.requestToken(9, false);
  await settled();
  assert.equal(raw.calls.length, before);
  assert.deepEqual(heard, []);
});

test("a trace is one object, frame and entries, that JSON can hold", async () => {
  const { client } = await freshClient();
  assert.deepEqual(client.trace(), {
    format: "f",
    start: "1 ",
    end: "2 ",
    entries: [{ in: "connect" }, { out: "audit" }],
  });
  client.dispose();
  assert.throws(() => client.trace(), { code: "closed" });
});

test("dispose ends every message, also where the module left it open", async () => {
  const { client, raw } = await freshClient();
  const queued = client.send("a");
  const sending = client.send("b");
  raw.delivery(sending.id, "sending");
  client.dispose();
  assert.equal((await queued.done).state, "cancelled");
  assert.equal((await sending.done).state, "unconfirmed");
  assert.equal(queued.state, "cancelled");
});

test("what left once and waits again ends unconfirmed: nobody knows that the service lacks it", async () => {
  const { client, raw } = await freshClient();
  const sent = client.send("a");
  raw.delivery(sent.id, "sending");
  raw.delivery(sent.id, "queued");
  client.dispose();
  assert.equal((await sent.done).state, "unconfirmed");
});

test("what the module tells while dispose returns is true, and is kept", async () => {
  const { client, raw } = await freshClient();
  raw.onClose = "closing";
  const sent = client.send("a");
  client.dispose();
  raw.delivery(sent.id, "delivered");
  assert.equal((await sent.done).state, "delivered");
});

test("a module that can no longer be freed is reported and harms nobody", async (t) => {
  const { client, raw } = await freshClient();
  const reported = t.mock.method(console, "error", () => {});
  raw.free = () => {
    throw new Error("trapped");
  };
  const sent = client.send("a");
  client.dispose();
  assert.equal((await sent.done).state, "cancelled");
  assert.equal(reported.mock.callCount(), 1);
  assert.equal(client.state, "closed");
});

test("dispose ends the waits of connect and close", async () => {
  const { client, raw } = await freshClient();
  raw.onClose = "closing";
  const connecting = client.connect();
  const closing = client.close();
  client.dispose();
  await assert.rejects(connecting, { code: "closed" });
  await closing;
});

test("using and await using dispose", { skip: !Symbol.dispose }, async () => {
  const one = await freshClient();
  one.client[Symbol.dispose]();
  await settled();
  assert.equal(one.raw.freed, true);
  const other = await freshClient();
  await other.client[Symbol.asyncDispose]();
  await settled();
  assert.deepEqual(other.raw.calls.slice(0, 1), ["close"]);
  assert.equal(other.raw.grace, 0);
  assert.equal(other.raw.freed, true);
});

test("a platform without Symbol.dispose has no stray method", async () => {
  const { client } = await freshClient();
  assert.equal("undefined" in client, false);
});

test("the token provider runs after the module has returned, and is told whether to renew", async () => {
  const asked = [];
  const { raw } = await freshClient({
    token: async ({ renew }) => {
      asked.push(renew);
      return "token-0123456789";
    },
  });
  assert.deepEqual(raw.options.credential, { kind: "provider" });
  raw.host.requestToken(7, true);
  assert.deepEqual(asked, []);
  await settled();
  assert.deepEqual(asked, [true]);
  assert.deepEqual(raw.token, [7, "token-0123456789"]);
});

test("of a provider that fails the module is told that it failed, and nothing of its error", async () => {
  const failures = [
    () => Promise.reject(new RangeError("secret-token")),
    () => {
      throw new Error("secret-token");
    },
    () => Promise.reject("secret-token"),
    () => undefined,
  ];
  for (const token of failures) {
    const { raw } = await freshClient({ token });
    raw.host.requestToken(3, false);
    await settled();
    assert.deepEqual(raw.refusal, [3]);
  }
});

test("a provider that answers after dispose reaches nobody", async () => {
  let answer;
  const { client, raw } = await freshClient({
    token: () =>
      new Promise((resolve) => {
        answer = resolve;
      }),
  });
  raw.host.requestToken(1, false);
  await settled();
  client.dispose();
  answer("token-0123456789");
  await settled();
  assert.equal(raw.token, undefined);
});
