// The end of a conversation, another one in its place, and clearing it away: the package's own entry for Node on the real gateway.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "./lib/eventually.mjs";
import { join, ownGateway } from "./lib/node-guest.mjs";

const LIMIT = { timeout: 120_000 };
const TOKEN = "7d5c1f0e-3a57-4c1a-8d52-0c6f6d3c9b42";
const OPTIONS = { token: TOKEN, backoff: { base: 50, cap: 200 }, maxOpens: 100, settleAfter: 500 };
const DISCONNECT = { eventType: "Presence", presence: { type: "Disconnect" } };

async function start(t, options) {
  const gateway = await ownGateway(t);
  return { gateway, client: join(t, gateway, { ...OPTIONS, ...options }) };
}

/** What the client tells under this name from now on. */
function toldBy(client, type) {
  const told = [];
  client.addEventListener(type, ({ detail }) => told.push(detail));
  return told;
}

const ends = async (gateway, client) => {
  await gateway.say({ message: { type: "Event", events: [DISCONNECT], metadata: { readOnly: "true" } } });
  await eventually("it has ended", () => client.conversation.readOnly);
};

describe("in Node, with ws", { concurrency: true }, () => {
  test(
    "a conversation that has ended takes nothing, and another one begins in its place",
    LIMIT,
    async (t) => {
      const { gateway, client } = await start(t);
      const presence = toldBy(client, "presence");
      await client.connect();
      await assert.rejects(client.startNew(), { code: "not_read_only" });
      assert.equal((await client.send("in the first").done).state, "delivered");
      await ends(gateway, client);
      assert.deepEqual(
        presence.map(({ kind, sender }) => [kind, sender]),
        [["Disconnect", "agent"]],
      );
      assert.throws(() => client.send("too late"), { code: "read_only", name: "CallerError" });
      await client.startNew();
      assert.equal(client.conversation.readOnly, false);
      assert.equal((await client.send("in the second").done).state, "delivered");
      const ledger = await gateway.ledger();
      assert.deepEqual(
        ledger.map(({ content }) => content),
        ["in the first", "in the second"],
      );
      assert.notEqual(ledger[0].conversation, ledger[1].conversation);
      assert.equal((await gateway.connections()).opened, 1, "on the same connection");
    },
  );

  test("the wish for another one outlives the connection, and is fulfilled once", LIMIT, async (t) => {
    const { gateway, client } = await start(t);
    await client.connect();
    await ends(gateway, client);
    const changes = toldBy(client, "conversation");
    const wish = client.startNew();
    await gateway.break([{ fault: "reset" }]);
    await wish;
    assert.equal((await client.send("in the second").done).state, "delivered");
    assert.deepEqual(
      changes.filter((change) => change.new).map(({ readOnly }) => readOnly),
      [false],
    );
  });

  test(
    "a tab whose ended conversation another one leaves is told so, and finds its way into the next",
    LIMIT,
    async (t) => {
      const { gateway, client } = await start(t);
      const other = join(t, gateway, OPTIONS);
      await client.connect();
      await other.connect();
      const changes = toldBy(other, "conversation");
      const errors = toldBy(other, "error");
      await ends(gateway, client);
      await eventually("the other tab knows", () => other.conversation.readOnly);
      await client.startNew();
      await eventually("the other tab has ended", () => other.state === "closed");
      assert.deepEqual(
        errors.map(({ code, retryable }) => [code, retryable]),
        [["superseded", true]],
      );
      await other.connect();
      assert.deepEqual(
        changes.map(({ readOnly, new: another }) => [readOnly, another]),
        [
          [true, false],
          [false, true],
        ],
      );
      assert.equal((await client.send("in the first tab").done).state, "delivered");
      assert.equal((await other.send("in the second").done).state, "delivered");
      const [first, second] = await gateway.ledger();
      assert.equal(first.conversation, second.conversation);
    },
  );

  test("the tab that lost its place to a fourth one is told so, by another name", LIMIT, async (t) => {
    const { gateway, client } = await start(t);
    const errors = toldBy(client, "error");
    await client.connect();
    for (let tab = 2; tab <= 4; tab += 1) await join(t, gateway, OPTIONS).connect();
    await eventually("it has ended", () => client.state === "closed");
    assert.deepEqual(
      errors.map(({ code, retryable }) => [code, retryable]),
      [["evicted", true]],
    );
  });

  test(
    "what another tab says is known by the id that it was sent with, live and in the history",
    LIMIT,
    async (t) => {
      const { gateway, client } = await start(t);
      const other = join(t, gateway, OPTIONS);
      const heard = toldBy(other, "message");
      const changes = toldBy(client, "conversation");
      await client.connect();
      await other.connect();
      const sent = client.send("hello");
      await sent.done;
      await gateway.say("good morning");
      await eventually("both are heard", () => heard.length === 2);
      assert.deepEqual(
        heard.map(({ sender, sentId }) => [sender, sentId]),
        [
          ["guest", sent.id],
          ["agent", null],
        ],
      );
      const later = join(t, gateway, OPTIONS);
      await later.connect();
      const { messages } = await later.history();
      assert.deepEqual(
        messages.map(({ sentId }) => sentId),
        [sent.id, null],
      );
      assert.deepEqual(changes, [], "the first conversation is no other than before");
    },
  );

  test("clearing it away ends every tab by that name, and the next one is empty", LIMIT, async (t) => {
    const { gateway, client } = await start(t);
    const other = join(t, gateway, OPTIONS);
    await client.connect();
    await other.connect();
    await client.send("to be forgotten").done;
    const errors = toldBy(other, "error");
    await client.clear();
    assert.equal(client.state, "closed");
    await eventually("the other tab has ended", () => other.state === "closed");
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["cleared"],
    );
    const messages = toldBy(client, "message");
    await client.connect();
    assert.equal((await client.send("anew").done).state, "delivered");
    assert.deepEqual(messages, []);
  });

  test("a deployment that does not clear says so, and the conversation goes on", LIMIT, async (t) => {
    const gateway = await ownGateway(t, ["--wm-no-clear"]);
    const client = join(t, gateway, OPTIONS);
    await client.connect();
    await assert.rejects(client.clear(), { code: "clear_refused", name: "ServiceError" });
    assert.equal((await client.send("then on").done).state, "delivered");
  });

  test("what an agent offers arrives whole, and that they write ends with it", LIMIT, async (t) => {
    const { gateway, client } = await start(t, { autoStart: true });
    const presence = toldBy(client, "presence");
    const typing = toldBy(client, "typing");
    const messages = toldBy(client, "message");
    await client.connect();
    await eventually("the guest is there", () => presence.some(({ kind }) => kind === "Join"));
    await gateway.say({
      message: { type: "Event", events: [{ eventType: "Typing", typing: { type: "On", duration: 60_000 } }] },
    });
    await eventually("the agent writes", () => client.conversation.typing);
    const content = [{ contentType: "QuickReply", quickReply: { text: "Yes", payload: "yes" } }];
    await gateway.say({ message: { type: "Structured", text: "Shall we?", content } });
    await eventually("it is told", () => messages.length > 0);
    assert.deepEqual(
      typing.map(({ active }) => active),
      [true, false],
    );
    assert.deepEqual(
      [messages[0].content, messages[0].type, messages[0].body.content],
      ["Shall we?", "Structured", content],
    );
    assert.ok(client.conversation.expiresIn > 0, "the gateway says how long it lasts");
  });
});
