// Guests who sign in, in real Chromium and in Node, on the real gateway: before the first word and in the middle, for longer than
// what they were given lives, and out again on all devices.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { GuestClient } from "../../dist/web-messaging-node.js";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { contents, openGuest } from "./lib/guest.mjs";

const LIMIT = { timeout: 120_000 };
const QUICK = { backoff: { base: 50, cap: 200 }, maxOpens: 100, settleAfter: 500 };

/** What the gateway takes as this customer's. */
const grant = (code) => ({ code, redirectUri: "https://shop.example", codeVerifier: "v" });

/** The service says that a JWT is worth nothing any more. */
const LAPSE = {
  fault: "raw_frame",
  text: JSON.stringify({ type: "response", class: "string", code: 403, body: "Try to authenticate again" }),
};

/** What was asked for by REST, and how it was answered. */
const asked = async (gateway) =>
  (await gateway.requests())
    .filter(({ what }) => ["exchange", "refresh", "revoke"].includes(what))
    .map(({ what, status }) => `${what} ${status}`);

describe("in Node, with ws", { concurrency: true }, () => {
  async function start(t, flags, options) {
    const gateway = await startGateway(flags);
    t.after(() => gateway.stop());
    return { gateway, client: join(t, gateway, options) };
  }

  function join(t, gateway, options) {
    const client = new GuestClient({
      deploymentId: "the-deployment",
      region: gateway.address,
      WebSocket,
      ...QUICK,
      ...options,
    });
    t.after(() => client.dispose());
    client.told = [];
    for (const type of ["authorization", "error"]) {
      client.addEventListener(type, ({ detail }) => client.told.push(detail.state ?? detail.code));
    }
    return client;
  }

  test("a conversation goes with whoever has signed in, from device to device", LIMIT, async (t) => {
    const { gateway, client } = await start(t, [], { auth: grant("alice:1") });
    await client.connect();
    assert.equal((await client.send("from the phone").done).state, "delivered");
    const laptop = join(t, gateway, { auth: () => grant("alice:2") });
    const heard = [];
    client.addEventListener("message", ({ detail }) => heard.push(detail.content));
    await laptop.connect();
    assert.equal((await laptop.send("from the laptop").done).state, "delivered");
    await eventually("the phone hears it", () => heard.length > 0);
    assert.deepEqual(heard, ["from the laptop"]);
    assert.equal(new Set((await gateway.ledger()).map(({ conversation }) => conversation)).size, 1);
    assert.deepEqual([client.told, laptop.told], [["signed_in"], ["required", "signed_in"]]);
  });

  test("a guest who signs in keeps what was said, and ends what they had elsewhere", LIMIT, async (t) => {
    const { gateway, client } = await start(t, [], { auth: grant("alice:1") });
    await client.connect();
    const guest = join(t, gateway);
    await guest.connect();
    assert.equal((await guest.send("as nobody").done).state, "delivered");
    await guest.signIn(grant("alice:2"));
    assert.equal((await guest.send("as myself").done).state, "delivered");
    const said = (await gateway.ledger()).map(({ conversation, content }) => [content, conversation]);
    assert.deepEqual(
      [said.map(([content]) => content), new Set(said.map(([, id]) => id)).size],
      [["as nobody", "as myself"], 1],
    );
    await eventually("the other device is told", () => client.state === "closed");
    assert.deepEqual(client.told, ["signed_in", "signed_in"], "the state, and the error");
    assert.equal((await gateway.connections()).opened, 2, "on the same connection");
  });

  test("a deployment that lets nobody sign in midway leaves the guest a guest", LIMIT, async (t) => {
    const { client } = await start(t, ["--wm-no-session-upgrade"]);
    await client.connect();
    await assert.rejects(client.signIn(grant("alice")), { code: "sign_in_refused", name: "ServiceError" });
    assert.equal((await client.send("still nobody").done).state, "delivered");
  });

  test("what expires is renewed, through an outage, and no message pays for it", LIMIT, async (t) => {
    const { gateway, client } = await start(t, [], { auth: grant("alice") });
    await client.connect();
    await gateway.break([{ fault: "refuse_rest", status: 503, scope: "auth", count: 2 }, LAPSE]);
    const texts = [];
    while (!(await asked(gateway)).includes("refresh 200")) {
      texts.push(`message ${texts.length}`);
      assert.equal((await client.send(texts.at(-1)).done).state, "delivered");
    }
    assert.deepEqual(contents(await gateway.ledger()), texts);
    assert.deepEqual(await asked(gateway), ["exchange 200", "refresh 503", "refresh 503", "refresh 200"]);
    assert.deepEqual(client.told, ["signed_in"]);
  });

  test("where nothing can be renewed the function is asked, and what waits leaves then", LIMIT, async (t) => {
    const reasons = [];
    let give;
    const auth = ({ reason }) => {
      reasons.push(reason);
      return reason === "first"
        ? grant("alice:1")
        : new Promise((resolve) => {
            give = () => resolve(grant("alice:2"));
          });
    };
    const { gateway, client } = await start(t, ["--wm-no-refresh-token"], { auth });
    await client.connect();
    await gateway.break(LAPSE);
    await eventually("it is asked", () => give !== undefined);
    const waits = client.send("waits for it");
    assert.deepEqual([client.state, client.stats().nextAttemptIn], ["reconnecting", null]);
    give();
    assert.equal((await waits.done).state, "delivered");
    assert.deepEqual(contents(await gateway.ledger()), ["waits for it"]);
    assert.deepEqual(reasons, ["first", "expired"]);
    assert.deepEqual(client.told, [
      "required",
      "signed_in",
      "authorization_required",
      "required",
      "signed_in",
    ]);
  });

  test(
    "whoever signs out is out on all devices, and the next one sees nothing of theirs",
    LIMIT,
    async (t) => {
      const kept = new Map();
      const storage = {
        getItem: (key) => kept.get(key) ?? null,
        setItem: (key, value) => void kept.set(key, value),
      };
      const { gateway, client } = await start(t, [], { auth: grant("alice:1"), storage });
      await client.connect();
      await client.send("for alice alone").done;
      const [before] = kept.values();
      const laptop = join(t, gateway, { auth: grant("alice:2") });
      await laptop.connect();
      await client.signOut();
      await eventually("the laptop is out too", () => laptop.state === "closed");
      assert.deepEqual([client.state, (await asked(gateway)).at(-1)], ["closed", "revoke 204"]);
      assert.deepEqual(laptop.told, ["signed_in", "logged_out", "signed_out"]);
      const signedIn = client.signIn(grant("bob"));
      await client.connect();
      await signedIn;
      assert.notEqual([...kept.values()][0], before);
      const { messages } = await client.history();
      assert.deepEqual(messages, []);
      assert.equal((await client.send("for bob alone").done).state, "delivered");
      assert.equal(new Set((await gateway.ledger()).map(({ conversation }) => conversation)).size, 2);
    },
  );
});

describe("in Chromium", () => {
  let browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  test("a page signs its guest in, is answered across origins, and says no secret", LIMIT, async (t) => {
    const { gateway, guest } = await openGuest(t, browser, {
      service: "web-messaging",
      options: { ...QUICK, auth: grant("hush-alice:1") },
    });
    await guest.connect();
    await gateway.break(LAPSE);
    await eventually("it is renewed", async () => (await asked(gateway)).includes("refresh 200"));
    await guest.send(["after a while"]);
    const [outcome] = await guest.outcomes();
    assert.equal(outcome.state, "delivered");
    assert.deepEqual((await asked(gateway)).slice(0, 2), ["exchange 200", "refresh 200"]);
    assert.ok(!JSON.stringify(await guest.told("error")).includes("hush"));
    assert.deepEqual(guest.problems(), []);
  });
});
