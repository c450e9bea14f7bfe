// The token manager, in Node, on the real gateway: what the service has been asked is for its own ledger to say. And in a
// page, where it has no place.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { TokenManager } from "../../dist/streams-node.js";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { runProgram } from "./lib/program.mjs";
import { serveFolder } from "./lib/serve.mjs";

const LIMIT = { timeout: 120_000 };
const ID = "demo-client";
const SECRET = "demo-secret-0000000000";
const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));

/** A manager that goes when the test ends, with what it told. */
function manager(t, options) {
  const tokens = new TokenManager({
    clientId: ID,
    clientSecret: SECRET,
    backoff: { base: 20, cap: 100 },
    ...options,
  });
  t.after(() => tokens.dispose());
  const told = [];
  tokens.addEventListener("audit", ({ detail }) => told.push(detail));
  return { tokens, told };
}

async function open(t, { flags, ...options } = {}) {
  const gateway = await ownGateway(t, flags);
  return { gateway, ...manager(t, { region: gateway.address, ...options }) };
}

/** How often a token was asked for, and how many were given. */
async function counted(gateway) {
  const { calls, tokens } = await (await fetch(`${gateway.address}/control/streams`)).json();
  return { asked: calls.token ?? 0, issued: tokens.issued };
}

/** Whether the service takes a token. */
async function taken(gateway, token) {
  const answer = await fetch(`${gateway.address}/api/v2/notifications/channels`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return answer.status === 200;
}

const times = (count, make) => Promise.all(Array.from({ length: count }, make));
const refused = (promise) =>
  promise.then(
    () => assert.fail("there is a token"),
    (error) => error,
  );

describe("in Node", { concurrency: true }, () => {
  test("a hundred that ask at once cost the service one request", LIMIT, async (t) => {
    const { gateway, tokens } = await open(t);
    const given = await times(100, () => tokens.token());
    assert.equal(new Set(given.map(({ token }) => token)).size, 1);
    assert.deepEqual(await counted(gateway), { asked: 1, issued: 1 });
    const later = await tokens.token();
    assert.equal(later.token, given[0].token);
    assert.ok(later.expiresIn > 86_000 && later.expiresIn <= 86_400, String(later.expiresIn));
    assert.ok(await taken(gateway, later.token));
    assert.deepEqual(await counted(gateway), { asked: 1, issued: 1 });
  });

  test(
    "id and secret go in the form where the service wants them there, at any address",
    LIMIT,
    async (t) => {
      const { gateway } = await open(t);
      const { tokens } = manager(t, { tokenUrl: `${gateway.address}/api/v2/oauth/token`, in: "body" });
      assert.ok(await taken(gateway, (await tokens.token()).token));
    },
  );

  test("a token that was refused is asked for anew once, whoever it was refused to", LIMIT, async (t) => {
    const { gateway, tokens } = await open(t);
    const { token: first } = await tokens.token();
    await gateway.break({ fault: "expire_session", conversation: ID });
    await eventually("the token counts no more", async () => !(await taken(gateway, first)));
    const given = await times(20, () => tokens.token({ refused: first }));
    const [{ token: second }] = given;
    assert.ok(given.every(({ token }) => token === second) && second !== first);
    assert.equal(
      (await tokens.token({ refused: first })).token,
      second,
      "the others have renewed it already",
    );
    assert.ok(await taken(gateway, second));
    assert.deepEqual(await counted(gateway), { asked: 2, issued: 2 });
  });

  test("a token that expired while the service was away is renewed when it is back", LIMIT, async (t) => {
    const { gateway, tokens, told } = await open(t, { flags: ["--oauth-token-life", "1"] });
    const { token: first } = await tokens.token();
    await eventually("it has expired", async () => !(await taken(gateway, first)));
    await gateway.break([
      { fault: "refuse_rest", scope: "token", status: 503, count: 2 },
      { fault: "refuse_rest", scope: "token", status: 500, count: 1 },
    ]);
    const given = await times(10, () => tokens.token());
    assert.ok(given.every(({ token }) => token !== first));
    assert.equal(new Set(given.map(({ token }) => token)).size, 1);
    assert.deepEqual(await counted(gateway), { asked: 5, issued: 2 });
    assert.deepEqual(
      told.filter(({ what }) => what === "unavailable").map(({ code, state }) => [code, state]),
      [
        [503, "waiting"],
        [503, "waiting"],
        [500, "waiting"],
      ],
    );
  });

  test("a service that hangs up, or that something else answers for, is waited for", LIMIT, async (t) => {
    const answers = [
      (response) => response.destroy(),
      (response) => response.end("<html>Sign in to this network</html>"),
      (response) => response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end(),
      (response) => response.end(JSON.stringify({ access_token: "a-token-of-another-time", expires_in: 60 })),
    ];
    const server = createServer((_, response) => answers.shift()(response));
    await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
    t.after(() => server.close());
    const { tokens, told } = manager(t, { tokenUrl: `http://127.0.0.1:${server.address().port}/token` });
    assert.equal((await tokens.token()).token, "a-token-of-another-time");
    assert.deepEqual(
      told.map(({ what }) => what).filter((what) => what !== "request"),
      ["unanswered", "answer", "unavailable", "redirected", "answer"],
    );
  });

  test("a wait that the service asks for is kept by all who ask", LIMIT, async (t) => {
    const { gateway, tokens, told } = await open(t);
    await gateway.break({ fault: "refuse_rest", scope: "token", status: 429, retry_after: 1, count: 1 });
    const first = tokens.token();
    await eventually("it is told to wait", () => told.some(({ what }) => what === "rate_limited"));
    await Promise.all([first, ...Array.from({ length: 10 }, () => tokens.token())]);
    const answers = told.filter(({ what }) => what === "answer" || what === "request");
    assert.deepEqual(
      answers.map(({ what, code }) => [what, code]),
      [
        ["request", null],
        ["answer", 429],
        ["request", null],
        ["answer", 200],
      ],
    );
    // What the service has asked for; records and timers have clocks of their own, in whole milliseconds.
    assert.ok(answers[2].at - answers[1].at >= 999, `${answers[2].at - answers[1].at} ms`);
    assert.deepEqual(await counted(gateway), { asked: 2, issued: 1 });
  });

  test("a service that asks to wait for hours is not waited for, nor asked again", LIMIT, async (t) => {
    const { gateway, tokens } = await open(t);
    await gateway.break({ fault: "refuse_rest", scope: "token", status: 429, retry_after: 7200, count: 1 });
    for (const _ of [1, 2, 3]) {
      const { name, code, retryable } = await refused(tokens.token());
      assert.deepEqual([name, code, retryable], ["ServiceError", "rate_limited", true]);
    }
    assert.deepEqual(await counted(gateway), { asked: 1, issued: 0 });
  });

  for (const place of ["basic", "body"]) {
    test(`a wrong secret is final, and shown nowhere (${place})`, LIMIT, async (t) => {
      const clientSecret = "not-the-secret-of-anybody";
      // A denial holds for a wait at the cap: a long one, so that a slow machine asks within it.
      const backoff = { base: 20, cap: 30_000 };
      const { gateway, tokens, told } = await open(t, { clientSecret, in: place, backoff });
      const errors = await times(10, () => refused(tokens.token()));
      for (const { name, code, retryable, remedy } of errors) {
        assert.deepEqual([name, code, retryable], ["ServiceError", "invalid_client", false]);
        assert.match(remedy, /clientSecret/);
      }
      assert.equal(
        (await refused(tokens.token())).code,
        "invalid_client",
        "nor does it change by asking again",
      );
      assert.deepEqual(await counted(gateway), { asked: 1, issued: 0 });
      const shown = inspect([errors, told, tokens], { depth: 10, showHidden: true }) + JSON.stringify(errors);
      const pair = Buffer.from(`${ID}:${clientSecret}`).toString("base64");
      assert.ok(!shown.includes(clientSecret) && !shown.includes(pair));
    });
  }

  test("whoever aborts waits no more, and the others do", LIMIT, async (t) => {
    const { gateway, tokens } = await open(t);
    await gateway.break({ fault: "refuse_rest", scope: "token", status: 503, count: 2 });
    const abort = new AbortController();
    const reason = new Error("enough");
    const aborted = refused(tokens.token({ signal: abort.signal }));
    const other = tokens.token();
    abort.abort(reason);
    assert.equal(await aborted, reason);
    assert.equal(await refused(tokens.token({ signal: abort.signal })), reason, "nor does anybody begin to");
    assert.ok(await taken(gateway, (await other).token));
  });

  test("a manager that is disposed of lets nobody wait", LIMIT, async (t) => {
    const { gateway, tokens } = await open(t);
    await gateway.break({ fault: "refuse_rest", scope: "token", status: 503, count: 1000 });
    const waiting = times(3, () => refused(tokens.token()));
    tokens.dispose();
    tokens.dispose();
    for (const { name, code } of [...(await waiting), await refused(tokens.token())]) {
      assert.deepEqual([name, code], ["CallerError", "closed"]);
    }
  });

  test("a token is in nothing but the answer to whoever asked", LIMIT, async (t) => {
    const { tokens, told } = await open(t);
    const { token } = await tokens.token();
    await tokens.token({ refused: token });
    await eventually("it was told", () => told.some(({ what }) => what === "token_refused"));
    const shown = inspect([told, tokens], { depth: 10, showHidden: true });
    assert.ok(!shown.includes(token) && !shown.includes(SECRET), shown);
  });

  test("options are checked before anything is sent", LIMIT, async () => {
    const good = { region: "eu-central-1", clientId: ID, clientSecret: SECRET };
    for (const [options, option] of [
      [{ ...good, region: undefined }, "region"],
      [{ ...good, region: "nowhere" }, "region"],
      [{ ...good, tokenUrl: "https://login.mypurecloud.de/oauth/token" }, "tokenUrl"],
      [{ ...good, region: undefined, tokenUrl: "http://login.mypurecloud.de/oauth/token" }, "tokenUrl"],
      [{ ...good, clientSecret: `${SECRET}\n` }, "clientSecret"],
      [{ ...good, clientId: 7 }, "clientId"],
      [{ ...good, in: "url" }, "in"],
      [{ ...good, timeout: 1 }, "timeout"],
      [{ ...good, scope: "all" }, "scope"],
      [undefined, "options"],
    ]) {
      assert.throws(
        () => new TokenManager(options),
        (error) =>
          error.name === "CallerError" &&
          error.code === "bad_option" &&
          error.option === option &&
          !inspect(error).includes(SECRET),
        option,
      );
    }
    const tokens = await TokenManager.create(good);
    assert.equal((await refused(tokens.token({ refused: 7 }))).option, "refused");
    tokens.dispose();
  });

  test("whatever a platform's fetch does is survived", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { code, said } = await runProgram(
      t,
      `import { TokenManager } from "./dist/streams-node.js";
       const real = globalThis.fetch;
       const silent = () => new Promise(() => {});
       const empty = () => Promise.resolve({ status: 200, headers: new Headers(), body: null });
       const bad = [() => { throw new Error("broken"); }, () => 7, () => undefined, () => Promise.reject("broken")];
       let abort;
       globalThis.fetch = (request) => {
         abort?.abort(new Error("while it was asked"));
         return (bad.shift() ?? real)(request);
       };
       const options = { region: "${gateway.address}", clientId: "${ID}", clientSecret: "${SECRET}", timeout: 3000, backoff: { base: 1, cap: 2 } };
       const tokens = new TokenManager(options);
       const { expiresIn } = await tokens.token();
       const other = new TokenManager(options);
       bad.push(silent, empty);
       abort = new AbortController();
       const aborted = await other.token({ signal: abort.signal }).catch((error) => error.message);
       abort = undefined;
       const given = await other.token();
       const third = new TokenManager(options);
       globalThis.fetch = (request) => { third.dispose(); return real(request); };
       const closed = await third.token().catch((error) => error.code);
       console.log(expiresIn > 0, aborted, given.expiresIn > 0, closed);`,
    );
    assert.deepEqual([code, said.trim()], [0, "true while it was asked true closed"]);
  });

  test("a process ends by itself, whether its managers are disposed of or not", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { code, said } = await runProgram(
      t,
      `import { TokenManager } from "./dist/streams-node.js";
       const options = { region: "${gateway.address}", clientId: "${ID}", clientSecret: "${SECRET}" };
       const kept = new TokenManager(options);
       const { expiresIn } = await kept.token();
       const waiting = new TokenManager({ ...options, tokenUrl: "http://127.0.0.1:9/", region: undefined });
       const refused = waiting.token().catch((error) => error.code);
       waiting.dispose();
       console.log(expiresIn > 0, await refused);`,
    );
    assert.deepEqual([code, said.trim()], [0, "true closed"]);
  });
});

test("in a page it is refused, and says what to do instead", LIMIT, async (t) => {
  const browser = await launchChromium();
  t.after(() => browser.close());
  const server = await serveFolder(DIST);
  t.after(() => server.close());
  const page = await openPage(browser, `${server.origin}/streams.js`);
  const options = { region: "eu-central-1", clientId: ID, clientSecret: SECRET };
  const error = await page.evaluate(
    async ([entry, options]) => {
      const { TokenManager, CallerError, init } = await import(entry);
      await init();
      try {
        return String(new TokenManager(options));
      } catch (error) {
        const { code, retryable, remedy, message } = error;
        return { known: error instanceof CallerError, code, retryable, remedy, message };
      }
    },
    ["/streams.js", options],
  );
  assert.deepEqual([error.known, error.code, error.retryable], [true, "credentials_in_page", false]);
  assert.match(error.remedy, /server/);
  assert.ok(!JSON.stringify(error).includes(SECRET));
});
