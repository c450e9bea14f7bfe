// Guests who sign in, in the entry of web messaging: what the promises rest on, and who is asked for a grant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { freshClient, settled, unhandled, watch } from "./face.mjs";
import { raw as error } from "./fake-glue.mjs";

const GRANT = { code: "c", redirectUri: "https://shop.example", codeVerifier: "v" };

const open = (options = {}) => freshClient(options, "web-messaging");

const tell = (raw, state, more = {}) =>
  raw.host.deliver("authorization", {
    state,
    reason: null,
    clearedExisting: false,
    error: null,
    at: 0,
    ...more,
  });

test("whoever signs in has done so when the service has let them in", async () => {
  const { client, raw } = await open();
  const told = [];
  client.addEventListener("authorization", ({ detail }) => told.push([detail.state, detail.clearedExisting]));
  const wish = watch(client.signIn(GRANT));
  assert.deepEqual(raw.grants, [GRANT]);
  raw.change("connected");
  assert.equal(await wish(), "pending");
  tell(raw, "signed_in", { clearedExisting: true });
  assert.equal(await wish(), "resolved");
  assert.deepEqual(told, [["signed_in", true]]);
});

test("whoever is not let in is told why, by an error of its kind", async () => {
  for (const [state, code] of [
    ["refused", "sign_in_refused"],
    ["required", "authorization_required"],
  ]) {
    const { client, raw } = await open();
    let told;
    client.addEventListener("authorization", ({ detail }) => {
      told = detail;
    });
    const wish = watch(client.signIn(GRANT));
    tell(raw, state, { error: error(code, "service") });
    assert.equal(await wish(), code);
    assert.equal(told.error.name, "ServiceError");
    assert.ok(Object.isFrozen(told));
  }
  const { client, raw } = await open();
  await assert.rejects(client.signIn({}), { code: "bad_grant", name: "CallerError" });
  const wish = watch(client.signIn(GRANT));
  raw.change("closed", error("forbidden", "service"));
  assert.equal(await wish(), "forbidden");
});

test("whoever does not wait for what they wish is told by events, and by no unhandled rejection", async () => {
  const { client, raw } = await open();
  const told = [];
  client.addEventListener("authorization", ({ detail }) => told.push(detail.error?.code));
  client.addEventListener("error", ({ detail }) => told.push(detail.code));
  const errors = await unhandled(async () => {
    client.signIn(GRANT);
    tell(raw, "refused", { error: error("sign_in_refused", "service") });
    for (const [wish, code] of [
      ["startNew", "start_new_refused"],
      ["clear", "clear_refused"],
    ]) {
      client[wish]();
      raw.host.deliver("error", error(code, "service"));
    }
    await settled();
    client.signIn(GRANT);
    client.startNew();
    client.clear();
    client.signOut();
    client.dispose();
  });
  assert.deepEqual(errors, []);
  assert.deepEqual(told, ["sign_in_refused", "start_new_refused", "clear_refused"]);
});

test("whoever signs out has done so when that is told, whatever ends before", async () => {
  const { client, raw } = await open();
  await assert.rejects(client.signOut(), { code: "not_signed_in" });
  const signingIn = watch(client.signIn(GRANT));
  const wish = watch(client.signOut());
  tell(raw, "signed_out");
  assert.deepEqual([await wish(), await signingIn()], ["resolved", "closed"]);
  const again = watch(client.signOut());
  raw.change("closed", error("logged_out", "service"));
  assert.equal(await again(), "pending");
  tell(raw, "signed_out", { error: error("sign_out_unconfirmed", "service") });
  assert.equal(await again(), "resolved");
  const last = watch(client.signOut());
  client.dispose();
  assert.equal(await last(), "closed");
});

test("a grant among the options is used at once, and never reaches the plain ones", async () => {
  const { raw } = await open({ auth: GRANT });
  assert.deepEqual([raw.grants, raw.options.authenticated, "auth" in raw.options], [[GRANT], true, false]);
  await assert.rejects(open({ auth: { nonce: "n" } }), { code: "bad_grant" });
  assert.equal((await open()).raw.options.authenticated, undefined);
});

test("a function is asked for a grant when one is needed, and not again after a refusal of it", async () => {
  const reasons = [];
  const auth = async ({ reason }) => {
    reasons.push(reason);
    return { code: reason };
  };
  const { raw } = await open({ auth });
  assert.deepEqual([raw.grants, raw.options.authenticated], [undefined, true]);
  tell(raw, "required", { reason: "first" });
  await settled();
  tell(raw, "signed_in");
  tell(raw, "required", { reason: "expired", error: error("authorization_required", "service") });
  await settled();
  tell(raw, "required", { reason: "refused", error: error("authorization_required", "service") });
  await settled();
  assert.deepEqual(reasons, ["first", "expired"]);
  assert.deepEqual(raw.grants, [{ code: "first" }, { code: "expired" }]);
});

test("a function that fails is told of without a word of what it said", async () => {
  for (const auth of [
    () => {
      throw new Error("hush");
    },
    async () => Promise.reject(new Error("hush")),
  ]) {
    const { client, raw } = await open({ auth });
    const errors = [];
    client.addEventListener("error", ({ detail }) => errors.push(detail));
    tell(raw, "required", { reason: "first" });
    await settled();
    assert.deepEqual(
      errors.map(({ code, retryable }) => [code, retryable]),
      [["grant_unavailable", true]],
    );
    assert.equal(raw.grantless, 1, "it is asked again");
    assert.ok(!`${errors[0].message}${errors[0].stack}${String(errors[0].cause)}`.includes("hush"));
  }
  const { client, raw } = await open({ auth: () => ({}) });
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push(detail.code));
  tell(raw, "required", { reason: "first" });
  await settled();
  assert.deepEqual([errors, raw.grantless], [["bad_grant"], 1]);
});

test("a function that fails is asked again when the module says so, and what it gives then is used", async () => {
  const reasons = [];
  const auth = ({ reason, renew }) => {
    reasons.push([reason, renew]);
    if (reasons.length === 1) throw new Error("a bad minute");
    return GRANT;
  };
  const { client, raw } = await open({ auth });
  const told = [];
  client.addEventListener("grantwanted", () => told.push("an event of the module's own"));
  tell(raw, "required", { reason: "expired", error: error("authorization_required", "service") });
  await settled();
  raw.host.deliver("grantwanted", {});
  assert.equal(reasons.length, 1, "not on top of the module");
  await settled();
  assert.deepEqual(
    [reasons, raw.grants, told],
    [
      [
        ["expired", true],
        ["expired", true],
      ],
      [GRANT],
      [],
    ],
  );
});

test("a function that says no for good is not asked again", async () => {
  const { client, raw } = await open({
    auth: () => Promise.reject(Object.assign(new Error("hush"), { retryable: false })),
  });
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push([detail.code, detail.retryable]));
  tell(raw, "required", { reason: "first" });
  await settled();
  assert.deepEqual([errors, raw.grantless], [[["grant_unavailable", false]], undefined]);
});

test("a client that is gone when its grant comes says nothing of it", async () => {
  let give;
  const { client, raw } = await open({
    auth: () =>
      new Promise((resolve) => {
        give = resolve;
      }),
  });
  const errors = [];
  client.addEventListener("error", ({ detail }) => errors.push(detail.code));
  tell(raw, "required", { reason: "first" });
  await settled();
  client.dispose();
  give(GRANT);
  await settled();
  assert.deepEqual([errors, raw.grants], [[], undefined]);
});

test("whoever has left when their grant comes is signed in no more", async () => {
  let give;
  const { client, raw } = await open({
    auth: () =>
      new Promise((resolve) => {
        give = resolve;
      }),
  });
  tell(raw, "required", { reason: "first" });
  await settled();
  raw.change("closed", error("closed", "caller"));
  await settled();
  give(GRANT);
  await settled();
  assert.deepEqual([client.state, raw.grants], ["closed", undefined]);
});

test("a client that was closed by its listener asks nobody for a grant", async () => {
  let asked = 0;
  const { client, raw } = await open({
    auth: async () => {
      asked += 1;
      return GRANT;
    },
  });
  client.addEventListener("authorization", () => raw.change("closed", error("closed", "caller")));
  tell(raw, "required", { reason: "first" });
  await settled();
  assert.deepEqual([asked, raw.grants], [0, undefined]);
});

test("whoever signs in has another token than one that was kept from earlier", async () => {
  // It may be known as another account's: whoever had it would see that one's history.
  const kept = new Map([["guestwire:d", "of-another-account"]]);
  const storage = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
  };
  const { raw } = await open({ storage });
  raw.host.requestToken(1, true);
  await settled();
  assert.notEqual(raw.token[1], "of-another-account");
  assert.equal(kept.get("guestwire:d"), raw.token[1]);
});
