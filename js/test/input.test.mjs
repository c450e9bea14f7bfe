// What an application passes by mistake: each call refuses it with an error of ours that names it, and nothing is lost by it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, freshFace, MODULE, settled } from "./face.mjs";

const SECRET = "what only the application knows";
const fails = () => {
  throw new Error(SECRET);
};
const hostile = new Proxy({}, { get: fails, has: fails, ownKeys: fails });
const { proxy: revoked, revoke } = Proxy.revocable({}, {});
revoke();

/** What are no options, each by what a table of failures would call it. */
const NO_OPTIONS = {
  null: null,
  "a number": 5000,
  "a text": "signal",
  true: true,
  "a symbol": Symbol("options"),
  "a function": () => ({}),
  "a proxy that throws": hostile,
  "a proxy that is revoked": revoked,
};

const OF_EVERY_CLIENT = { connect: true, close: true };
const CALLS = {
  webchat: { ...OF_EVERY_CLIENT, messages: false },
  "web-messaging": { ...OF_EVERY_CLIENT, messages: false, history: true, deployment: true, domains: true },
  streams: { ...OF_EVERY_CLIENT, events: false },
};

/** An error of ours, which names the option, and shows nothing of what the application threw. */
const refused = (option) => (error) => {
  assert.deepEqual([error.name, error.code, error.option], ["CallerError", "bad_option", option]);
  assert.ok(error.message && error.remedy);
  assert.doesNotMatch(`${error.message} ${error.remedy} ${error.cause?.message}`, new RegExp(SECRET));
  return true;
};

for (const [entry, calls] of Object.entries(CALLS)) {
  for (const [call, isPromise] of Object.entries(calls)) {
    const title = `${call}() of ${entry}`;

    test(`${title} refuses what are no options, and the client goes on as if nothing had been called`, async () => {
      const { client, raw } = await freshClient({}, entry);
      const before = raw.calls.length;
      for (const [what, options] of Object.entries(NO_OPTIONS)) {
        if (isPromise) await assert.rejects(client[call](options), refused("options"), what);
        else assert.throws(() => client[call](options), refused("options"), what);
      }
      if (call !== "close") {
        for (const signal of [
          5,
          "abort",
          {},
          new AbortController(),
          THROWING,
          { throwIfAborted: () => {} },
        ]) {
          if (isPromise) await assert.rejects(client[call]({ signal }), refused("signal"));
          else assert.throws(() => client[call]({ signal }), refused("signal"));
        }
      }
      assert.equal(raw.calls.length, before, "nothing was asked of the module");
      client.connect();
      raw.change("connected");
      await client.connect();
    });
  }
}

/** Whatever is asked of it. */
const THROWING = new Proxy(
  {},
  {
    get() {
      throw new Error("raw");
    },
  },
);

test("a signal of another window is taken by its shape, and so is a controller in the place of options, which has one", async () => {
  const { client, raw } = await freshClient();
  const controller = new AbortController();
  const { signal } = controller;
  const shaped = {
    throwIfAborted: () => signal.throwIfAborted(),
    addEventListener: (...given) => signal.addEventListener(...given),
    removeEventListener: (...given) => signal.removeEventListener(...given),
    get reason() {
      return signal.reason;
    },
  };
  const waits = [client.connect({ signal: shaped }), client.connect(controller)];
  controller.abort(new Error("enough"));
  for (const wait of waits) await assert.rejects(wait, { message: "enough" });
  assert.deepEqual(raw.calls, ["connect", "connect"]);
});

test("no client is made from what are no options, in any entry, and nothing is left behind", async () => {
  for (const entry of ["webchat", "web-messaging", "streams"]) {
    const face = await freshFace(entry);
    await face.init(MODULE);
    for (const Made of [face.GuestClient, face.StreamClient, face.TokenManager].filter(Boolean)) {
      for (const [what, options] of Object.entries({ ...NO_OPTIONS, undefined: undefined })) {
        assert.throws(() => new Made(options), refused("options"), `${Made.name} of ${what}`);
        await assert.rejects(Made.create(options), refused("options"), `${Made.name} of ${what}`);
      }
    }
    assert.equal(face.glue.RawClient.last, undefined);
  }
});

test("a token manager refuses what are no options of token(), and gives its token afterwards", async () => {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const tokens = new face.TokenManager({ region: "r", clientId: "i", clientSecret: "s" });
  const raw = face.glue.RawTokens.last;
  for (const [what, options] of Object.entries(NO_OPTIONS)) {
    await assert.rejects(tokens.token(options), refused("options"), what);
  }
  await assert.rejects(tokens.token({ signal: 5 }), refused("signal"));
  assert.deepEqual(raw.asked, []);
  const token = tokens.token();
  raw.host.given(raw.asked[0][0], "t".repeat(12), 60_000);
  assert.equal((await token).expiresIn, 60);
});

test("what gives no token is handed on as nothing, for the module to refuse as the option that it was passed as", async () => {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const places = { credentials: { region: "r" }, auth: { url: "wss://events.example/stream" } };
  for (const [option, place] of Object.entries(places)) {
    for (const nothing of [null, 5, true, [], ["i", "s"], Symbol("token"), hostile, revoked]) {
      assert.throws(() => new face.StreamClient({ ...place, [option]: nothing }), refused(option));
    }
  }
  assert.throws(() => new face.StreamClient({ url: "wss://e.example/s", auth: { clientSecret: "bad" } }), {
    option: "auth.clientSecret",
    message: "option auth.clientSecret is missing or malformed",
  });
  assert.throws(() => new face.StreamClient({ url: "wss://e.example/s", auth: { clientId: "unreadable" } }), {
    option: "auth",
    message: "option auth cannot be read",
  });
  assert.equal(face.glue.RawClient.last, undefined);
});

test("who says neither region nor url is told of both", async () => {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const token = "t".repeat(12);
  for (const options of [
    {},
    { credentials: token },
    { auth: token },
    { region: undefined, url: undefined },
  ]) {
    assert.throws(
      () => new face.StreamClient(options),
      (error) => refused("region")(error) && /region.*url/.test(error.remedy),
    );
  }
});

test("a text in an object is no topic, alone as in a list, and is not read letter by letter", async () => {
  const { client, raw } = await freshClient({}, "streams");
  for (const call of ["subscribe", "unsubscribe"]) {
    const text = new String("v2.a");
    for (const given of [text, [text]]) {
      assert.throws(() => client[call](given), { code: "bad_topic", name: "CallerError" });
    }
  }
  assert.equal(raw.asked, undefined);
});

test("a list of topics without an end is refused like one that is too long, and not read for ever", async () => {
  const { client, raw } = await freshClient({}, "streams");
  let read = 0;
  function* endless() {
    for (;;) {
      read += 1;
      yield `v2.${read}`;
    }
  }
  void client.subscribe(endless());
  assert.equal(raw.asked.length, 10_001, "one more than the module reads");
  assert.equal(read, 10_001);
});

test("what is no name of a message or a file is the name of none", async () => {
  const { client, raw } = await freshClient({}, "web-messaging");
  for (const id of [undefined, null, 1, {}, Object.create(null), Symbol("m1"), hostile, revoked, ["m1"]]) {
    assert.equal(client.cancel(id), false);
    assert.throws(() => client.detach(id), { code: "unknown_attachment", name: "CallerError" });
  }
  assert.ok(!raw.calls.includes("attach"));
});

test("what is no file is refused, whatever it throws when it is looked at", async () => {
  const { client, raw } = await freshClient({}, "web-messaging");
  const secretive = {
    get name() {
      return fails();
    },
  };
  for (const file of [undefined, null, 5, "a.png", {}, hostile, revoked, secretive, { name: "a", data: 5 }]) {
    assert.throws(
      () => client.attach(file),
      ({ name, code, message }) =>
        name === "CallerError" && code === "bad_content" && !message.includes(SECRET),
    );
  }
  assert.ok(!raw.calls.includes("attach"));
});

test("a storage that throws where it is looked at, and a deployment that is no text, are refused by name", async () => {
  for (const storage of [hostile, revoked, 5, "localStorage", {}]) {
    await assert.rejects(freshClient({ storage }, "web-messaging"), refused("storage"));
  }
  // That one is for the module to refuse, which names it; here nothing may come before that.
  for (const deploymentId of [Symbol("d"), Object.create(null), hostile]) {
    const { raw } = await freshClient({ deploymentId }, "web-messaging");
    assert.equal(raw.options.deploymentId, deploymentId);
  }
});

test("a client whose first grant is none is released, since nobody has it", async () => {
  const face = await freshFace("web-messaging");
  await face.init(MODULE);
  assert.throws(() => new face.GuestClient({ region: "r", deploymentId: "d", auth: {} }), {
    code: "bad_grant",
    name: "CallerError",
  });
  await settled();
  assert.ok(face.glue.RawClient.last.freed);
});
