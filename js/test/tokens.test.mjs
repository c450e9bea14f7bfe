// The face of the token manager, over a stand-in for the module.
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { freshClient, freshFace, MODULE, settled } from "./face.mjs";

const OPTIONS = { region: "r", clientId: "i", clientSecret: "s" };
const REFUSED = { code: "invalid_client", message: "m", remedy: "do", retryable: false, blame: "service" };

/** A manager over a fake module, and that module. */
async function fresh(options = OPTIONS) {
  const face = await freshFace("streams");
  await face.init(MODULE);
  const tokens = await face.TokenManager.create(options);
  return { face, tokens, raw: face.glue.RawTokens.last };
}

const outcome = (promise) =>
  promise.then(
    ({ token, expiresIn }) => [token, expiresIn],
    (error) => [error.name, error.code ?? error.message],
  );

test("each who asks has a number, and the answer that names it", async () => {
  const { tokens, raw } = await fresh();
  const [first, second, third] = [tokens.token(), tokens.token({ refused: "old" }), tokens.token()].map(
    outcome,
  );
  assert.deepEqual(raw.asked, [
    [1, undefined],
    [2, "old"],
    [3, undefined],
  ]);
  raw.host.given(2, "a-token", 61_999);
  raw.host.refused(1, REFUSED);
  raw.host.given(3, "another", 0);
  raw.host.given(3, "too late", 1);
  assert.deepEqual(await second, ["a-token", 61.999], "seconds, to the millisecond");
  assert.deepEqual(await first, ["ServiceError", "invalid_client"]);
  assert.deepEqual(await third, ["another", 0]);
});

test("the module is asked for nothing that the caller has aborted, and answers to it are nobody's", async () => {
  const { tokens, raw } = await fresh();
  const abort = new AbortController();
  const aborted = outcome(tokens.token({ signal: abort.signal }));
  const other = outcome(tokens.token());
  abort.abort(new TypeError("enough"));
  assert.deepEqual(raw.aborted, [1]);
  raw.host.given(1, "late", 1000);
  raw.host.given(2, "a-token", 1000);
  assert.deepEqual(await aborted, ["TypeError", "enough"]);
  assert.deepEqual(await other, ["a-token", 1]);
  assert.deepEqual(await outcome(tokens.token({ signal: abort.signal })), ["TypeError", "enough"]);
  assert.equal(raw.asked.length, 2);
});

test("a signal that outlives the wait has no listener of it any more", async () => {
  const { tokens, raw } = await fresh();
  const abort = new AbortController();
  const given = tokens.token({ signal: abort.signal });
  raw.host.given(1, "a-token", 1000);
  assert.equal(getEventListeners(abort.signal, "abort").length, 1);
  await given;
  assert.equal(getEventListeners(abort.signal, "abort").length, 0);
});

test("what the module answers at once is an answer like any other", async () => {
  const { face, tokens, raw } = await fresh();
  raw.ask = (number) => raw.host.given(number, "from the cache", 1000);
  assert.deepEqual(await outcome(tokens.token()), ["from the cache", 1]);
  raw.ask = (number) => raw.host.refused(number, { ...REFUSED, blame: "caller", code: "too_many_asks" });
  assert.deepEqual(await outcome(tokens.token()), ["CallerError", "too_many_asks"]);
  assert.ok(face.CallerError);
});

test("disposal refuses whoever waits, and frees the module when no call of it can be under way", async () => {
  const { tokens, raw } = await fresh();
  const waiting = outcome(tokens.token());
  raw.ask = () => tokens.dispose();
  const inside = outcome(tokens.token());
  assert.equal(raw.freed, false, "a fetch of the user's may have called it");
  assert.deepEqual(await waiting, ["CallerError", "closed"]);
  assert.deepEqual(await inside, ["CallerError", "closed"]);
  await settled();
  assert.ok(raw.freed);
  tokens.dispose();
  assert.deepEqual(await outcome(tokens.token()), ["CallerError", "closed"]);
});

test("audit records are told one after another, each listener by itself, and none after disposal", async (t) => {
  const reported = t.mock.method(console, "error", () => undefined);
  const { tokens, raw } = await fresh();
  const told = [];
  tokens.addEventListener("audit", () => {
    throw new Error("a listener's own");
  });
  tokens.addEventListener("audit", ({ detail }) => told.push(detail.what));
  raw.host.deliver("audit", { what: "request" });
  raw.host.deliver("audit", { what: "answer" });
  assert.deepEqual(told, [], "not on top of the module");
  await settled();
  await settled();
  assert.deepEqual(told, ["request", "answer"]);
  assert.ok(reported.mock.callCount() >= 1);
  tokens.dispose();
  raw.host.deliver("audit", { what: "request" });
  await settled();
  assert.equal(told.length, 2);
});

test("a page is refused before the options are looked at, and what is no page is not", async () => {
  const { face } = await fresh();
  for (const [window, page] of [
    [{ document: {} }, true],
    [{}, false],
  ]) {
    globalThis.window = window;
    try {
      if (page) assert.throws(() => new face.TokenManager(), { code: "credentials_in_page" });
      else assert.ok(new face.TokenManager(OPTIONS));
    } finally {
      delete globalThis.window;
    }
  }
});

test("before the module is loaded there is none", async () => {
  const face = await freshFace("streams");
  assert.throws(() => new face.TokenManager(OPTIONS), { code: "not_initialised" });
});

test("a client that asks again no longer waits for what it asked before", async () => {
  const { face, raw: client } = await freshClient({ credentials: OPTIONS }, "streams");
  const tokens = face.glue.RawTokens.last;
  client.host.requestToken(1, false);
  await settled();
  client.host.requestToken(2, false);
  await settled();
  assert.deepEqual(tokens.aborted, [1]);
  tokens.host.given(2, "a-token-of-many", 9000);
  await settled();
  assert.deepEqual(client.token, [2, "a-token-of-many", 9000]);
});

test("a client tells why a manager has no token for it, and nothing of what another provider says", async () => {
  const { face, client, raw } = await freshClient({ credentials: OPTIONS }, "streams");
  const told = [];
  client.addEventListener("error", ({ detail }) => told.push(detail));
  raw.host.requestToken(1, false);
  await settled();
  face.glue.RawTokens.last.host.refused(1, REFUSED);
  await settled();
  assert.deepEqual(raw.refusal, [1, "invalid_client"]);
  assert.deepEqual(told, [], "the module tells of it, as the end of the client");
  raw.host.requestToken(2, false);
  await settled();
  face.glue.RawTokens.last.host.refused(2, { ...REFUSED, code: "rate_limited", retryable: true });
  await settled();
  assert.deepEqual(raw.refusal, [2]);
  assert.deepEqual(
    told.map(({ code }) => code),
    ["rate_limited"],
  );
  const other = await freshClient({ credentials: () => Promise.reject(new Error("a secret")) }, "streams");
  other.client.addEventListener("error", ({ detail }) => told.push(detail));
  other.raw.host.requestToken(1, false);
  await settled();
  assert.equal(told.length, 1);
});

test("what is wrong with a stream's own OAuth client is named as the caller knows it", async () => {
  const bad = { ...OPTIONS, clientSecret: "bad" };
  await assert.rejects(freshClient({ credentials: bad }, "streams"), (error) => {
    assert.deepEqual([error.code, error.option], ["bad_option", "credentials.clientSecret"]);
    assert.match(error.message, /^option credentials\.clientSecret /);
    return true;
  });
  const { region: _, ...placeless } = OPTIONS;
  const named = { "credentials.region": { credentials: { ...OPTIONS, region: "bad" } } };
  named.region = { region: "bad", credentials: placeless };
  for (const [option, options] of Object.entries(named)) {
    await assert.rejects(freshClient(options, "streams"), (error) => {
      assert.deepEqual([error.option, error.message], [option, `option ${option} is none`]);
      return true;
    });
  }
});
