// The entry of web messaging: what it is made from, and the token that it makes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, freshFace, MODULE, settled, watch } from "./face.mjs";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const KEY = "guestwire:d";

/** A `localStorage` of the test. */
const memory = (entries = {}) => {
  const kept = new Map(Object.entries(entries));
  return {
    kept,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
};

/** What the client gives when the module asks for a token. */
async function tokenFrom({ raw }, renew = false) {
  raw.host.requestToken(1, renew);
  await settled();
  return raw.token?.[1];
}

const open = (options) => freshClient(options, "web-messaging");

/** The codes and texts of the errors that the client tells from now on. */
function errorsOf(client) {
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push([detail.code, detail.message]));
  return errors;
}

test("the module gets plain data, with the dialect; the token's source stays on this side", async () => {
  const { raw } = await open({ settleAfter: 5, storage: memory() });
  assert.deepEqual(raw.options, {
    region: "r",
    deploymentId: "d",
    settleAfter: 5,
    dialect: "web-messaging",
    credential: { kind: "provider" },
  });
  const given = await open({ token: "0123456789", dialect: "web-messaging" });
  assert.deepEqual(given.raw.options.credential, { kind: "bearer", value: "0123456789" });
});

test("what is wrong with an option is said at once", async () => {
  const { init, GuestClient } = await freshFace("web-messaging");
  await init(MODULE);
  const least = { region: "r", deploymentId: "d" };
  const bad = [
    [undefined, "options"],
    [{ ...least, token: 5 }, "token"],
    [{ ...least, credential: {} }, "credential"],
    [{ ...least, storage: {} }, "storage"],
    [{ ...least, storage: memory(), token: "0123456789" }, "storage"],
  ];
  for (const [given, option] of bad) {
    assert.throws(() => new GuestClient(given), { code: "bad_option", option, name: "CallerError" });
  }
});

test("each entry refuses the other's dialect, and says where it is spoken", async () => {
  for (const [entry, other, place] of [
    ["webchat", "web-messaging", '"guestwire/web-messaging"'],
    ["web-messaging", "webchat", '"guestwire"'],
  ]) {
    await assert.rejects(freshClient({ dialect: other }, entry), (error) => {
      assert.equal(error.option, "dialect");
      assert.ok(error.remedy.includes(place), error.remedy);
      return true;
    });
  }
});

test("a guest without a token gets a random one, and keeps it", async () => {
  const first = await open();
  const token = await tokenFrom(first);
  assert.match(token, UUID);
  assert.equal(await tokenFrom(first), token);
  assert.notEqual(await tokenFrom(await open()), token);
});

test("a guest who comes back is the same guest, by the storage", async () => {
  const storage = memory();
  const token = await tokenFrom(await open({ storage }));
  assert.equal(storage.kept.get(KEY), token);
  assert.equal(await tokenFrom(await open({ storage })), token);
});

test("a storage may answer later", async () => {
  const storage = memory();
  const later = {
    getItem: async (key) => storage.getItem(key),
    setItem: async (key, value) => storage.setItem(key, value),
  };
  const token = await tokenFrom(await open({ storage: later }));
  assert.equal(await tokenFrom(await open({ storage: later })), token);
});

/** A storage that answers when it is told to. */
function slow(kept) {
  const asked = [];
  const getItem = (key) => new Promise((resolve) => asked.push(() => resolve(kept.get(key) ?? null)));
  return { asked, getItem, setItem: async (key, value) => void kept.set(key, value) };
}

/** A guest whose module has asked for a token that such a storage has. */
async function askedOnce() {
  const kept = new Map([[KEY, "the-old-token"]]);
  const storage = slow(kept);
  const guest = await open({ storage });
  guest.raw.host.requestToken(1, false);
  await settled();
  return { kept, storage, guest };
}

test("a guest who is asked for twice before the storage has answered is one guest", async () => {
  const { kept, storage, guest } = await askedOnce();
  guest.raw.host.requestToken(2, false);
  for (let answers = 0; answers < 2; answers += 1) {
    for (const answer of storage.asked.splice(0)) answer();
    await settled();
  }
  assert.deepEqual([kept.get(KEY), guest.raw.token?.[1]], ["the-old-token", "the-old-token"]);
});

test("a storage that never answers holds up no later question, of whatever client", async () => {
  const { storage, guest } = await askedOnce();
  // The module asks again, as it does when its time is over.
  guest.raw.host.requestToken(2, false);
  await settled();
  assert.equal(storage.asked.length, 2, "it is asked anew");
  storage.asked.at(-1)();
  await settled();
  assert.equal(guest.raw.token?.[1], "the-old-token");
  const other = await open({ storage });
  other.raw.host.requestToken(1, false);
  await settled();
  storage.asked.at(-1)();
  await settled();
  assert.equal(other.raw.token?.[1], "the-old-token");
});

test("a storage may answer by promises that are not the platform's own", async () => {
  const storage = memory({ [KEY]: "the-old-token" });
  // biome-ignore lint/suspicious/noThenProperty: this is what libraries' promises look like.
  const getItem = (key) => ({ then: (resolve) => resolve(storage.getItem(key)) });
  assert.equal(await tokenFrom(await open({ storage: { ...storage, getItem } })), "the-old-token");
  assert.equal(storage.kept.get(KEY), "the-old-token", "it is not written over");
});

test("a refused token is replaced, and the new one is stored", async () => {
  const storage = memory({ [KEY]: "the-old-token" });
  const guest = await open({ storage });
  assert.equal(await tokenFrom(guest), "the-old-token");
  const token = await tokenFrom(guest, true);
  assert.match(token, UUID);
  assert.equal(storage.kept.get(KEY), token);
});

test("a token that another tab has replaced is taken over, not replaced again", async () => {
  const storage = memory({ [KEY]: "the-old-token" });
  const guest = await open({ storage });
  await tokenFrom(guest);
  storage.setItem(KEY, "of-another-tab");
  assert.equal(await tokenFrom(guest, true), "of-another-tab");
});

test("a storage that holds no token is told of, and gets one", async () => {
  for (const nonsense of ["", "short", "with spaces in it", "x".repeat(5000), 42, {}]) {
    const storage = memory({ [KEY]: nonsense });
    const guest = await open({ storage });
    const errors = errorsOf(guest.client);
    const token = await tokenFrom(guest);
    assert.match(token, UUID);
    assert.equal(storage.kept.get(KEY), token);
    assert.deepEqual(errors, [["storage_failed", "the storage holds no token"]]);
  }
});

test("a storage that cannot be read stops nobody, and nothing is written over what it holds", async () => {
  const broken = () => {
    throw new Error("denied");
  };
  for (const getItem of [broken, () => Promise.reject(new Error("denied"))]) {
    const storage = { ...memory(), getItem };
    const guest = await open({ storage });
    const errors = errorsOf(guest.client);
    const token = await tokenFrom(guest);
    assert.match(token, UUID);
    assert.equal(await tokenFrom(guest), token);
    assert.equal(storage.kept.size, 0);
    assert.deepEqual(errors, [["storage_failed", "the storage could not be read"]]);
  }
});

test("a storage that is full stops nobody, and is told of", async () => {
  const setItem = () => {
    throw new DOMException("quoted: secret", "QuotaExceededError");
  };
  const guest = await open({ storage: { ...memory(), setItem } });
  const errors = errorsOf(guest.client);
  const token = await tokenFrom(guest);
  assert.match(token, UUID);
  assert.equal(await tokenFrom(guest), token);
  assert.deepEqual(errors, [["storage_failed", "the token could not be stored: it is full"]]);
});

test("what a storage throws is not shown, whatever it quotes", async () => {
  const secret = (name) => () => {
    throw Object.assign(new Error("quoted: secret", { cause: "secret" }), { name, token: "secret" });
  };
  const unreadable = () => {
    throw new Proxy(
      {},
      {
        get() {
          throw new Error("secret");
        },
      },
    );
  };
  for (const throwing of [secret("secret"), secret("toString"), secret("SecurityError"), unreadable]) {
    for (const storage of [
      throwing,
      { ...memory(), getItem: throwing },
      { ...memory(), setItem: throwing },
      { ...memory(), getItem: async () => throwing() },
    ]) {
      const guest = await open({ storage });
      const told = [];
      guest.client.addEventListener("error", ({ detail }) => told.push(detail));
      await tokenFrom(guest);
      const [error] = told;
      assert.equal(told.length, 1);
      assert.equal(error.code, "storage_failed");
      assert.equal(error.cause, undefined);
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /secret/);
    }
  }
});

test("a storage is named inside of a function, and what that throws is told of and stops nobody", async () => {
  const storage = memory();
  let asked = 0;
  const named = () => {
    asked += 1;
    return storage;
  };
  const guest = await open({ storage: named });
  assert.equal(asked, 0, "not before a token is wanted");
  assert.equal(await tokenFrom(guest), storage.kept.get(KEY));
  const denied = () => {
    throw new DOMException("The document is sandboxed", "SecurityError");
  };
  // Some web views have a `localStorage` that is null.
  for (const [none, why] of [
    [denied, ": the page may have none"],
    [() => null, ""],
    [() => undefined, ""],
    [() => ({}), ""],
  ]) {
    const guest = await open({ storage: none });
    const errors = errorsOf(guest.client);
    const token = await tokenFrom(guest);
    assert.match(token, UUID);
    assert.equal(await tokenFrom(guest), token);
    assert.deepEqual(errors, [["storage_failed", `the function that was passed as storage gave none${why}`]]);
  }
});

test("clients that start at once on a storage that answers later are one guest", async () => {
  const storage = memory();
  const later = {
    getItem: async (key) => {
      await settled();
      return storage.getItem(key);
    },
    setItem: async (key, value) => {
      await settled();
      storage.setItem(key, value);
    },
  };
  const face = await freshFace("web-messaging");
  await face.init(MODULE);
  const guests = Array.from({ length: 5 }, () => {
    new face.GuestClient({ region: "r", deploymentId: "d", storage: () => later });
    return face.glue.RawClient.last;
  });
  for (const raw of guests) raw.host.requestToken(1, false);
  for (let turn = 0; turn < 40; turn += 1) await settled();
  const tokens = guests.map((raw) => raw.token?.[1]);
  assert.match(tokens[0], UUID);
  assert.deepEqual([...new Set(tokens)], [storage.kept.get(KEY)]);
});

test("no token is made of what is no randomness, and the client ends with that error", async (t) => {
  const was = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  t.after(() => Object.defineProperty(globalThis, "crypto", was));
  for (const getRandomValues of [(bytes) => bytes, (bytes) => bytes.fill(7), () => undefined]) {
    Object.defineProperty(globalThis, "crypto", { value: { getRandomValues }, configurable: true });
    const guest = await open({ storage: memory() });
    const errors = [];
    guest.client.addEventListener("error", ({ detail }) => errors.push([detail.code, detail.retryable]));
    assert.equal(await tokenFrom(guest), undefined);
    assert.deepEqual(errors, [["no_randomness", false]]);
    assert.ok(guest.raw.calls.includes("refuseToken"));
  }
});

test("each entry has a load of its own", async () => {
  const [webchat, messaging] = [await freshFace("webchat"), await freshFace("web-messaging")];
  await webchat.init(MODULE);
  assert.throws(() => new messaging.GuestClient({ region: "r", deploymentId: "d" }), {
    code: "not_initialised",
  });
});

test("what is answered before the module has said under which number is not lost", async () => {
  const { face, client, raw } = await open();
  raw.early = { error: face.glue.raw("unavailable", "network") };
  for (const ask of ["history", "deployment", "domains"]) {
    assert.equal(await watch(client[ask]())(), "unavailable", ask);
  }
  raw.early = { value: { version: "1" } };
  assert.deepEqual(await client.deployment(), { version: "1" });
});
