// What a guest of web messaging says beyond plain text, by the built module, on the real gateway: its ledger has the last word.
import assert from "node:assert/strict";
import { test } from "node:test";
import { eventually } from "./lib/eventually.mjs";
import { join, ownGateway } from "./lib/node-guest.mjs";

const LIMIT = { timeout: 120_000 };
const TOKEN = "2b1f3a52-7d0b-4b4c-9a55-0b6c8a2f6d11";

/** A gateway, and a way to make clients of one guest on it. */
async function start(t, flags = []) {
  const gateway = await ownGateway(t, flags);
  return { gateway, open: () => join(t, gateway, { token: TOKEN, historyLag: 0 }) };
}

test("replies and attributes reach the service, and another tab hears them whole", LIMIT, async (t) => {
  const { gateway, open } = await start(t);
  const [client, other] = [open(), open()];
  const heard = [];
  other.addEventListener("message", ({ detail }) => heard.push(detail.body));
  await Promise.all([client.connect(), other.connect()]);
  const choice = { text: "Yes", payload: "yes-1" };
  const said = [
    { text: "Where is my order?", attributes: { order: "4711", né: '"x"' } },
    { quickReply: choice },
    { button: choice },
    { datePicker: { ...choice, payload: "2026-11-23T10:00:00.000Z", originatingMessageId: "m-1" } },
  ];
  for (const content of said) assert.equal((await client.send(content).done).state, "delivered");
  const ledger = (await gateway.ledger()).map(({ content, structured, copies }) => [
    content,
    structured,
    copies,
  ]);
  const button = (type, more = {}) => [
    { contentType: "ButtonResponse", buttonResponse: { ...choice, type, ...more } },
  ];
  const picked = { payload: "2026-11-23T10:00:00.000Z", originatingMessageId: "m-1" };
  assert.deepEqual(ledger, [
    ["Where is my order?", undefined, 1],
    ["", button("QuickReply"), 1],
    ["Yes", button("Button"), 1],
    ["", button("DatePicker", picked), 1],
  ]);
  await eventually("the other tab has heard all", () => heard.length === said.length);
  assert.deepEqual(heard[1].content, button("QuickReply"));
});

test("what is too much, or no message, is refused at once and nothing of it leaves", LIMIT, async (t) => {
  const { gateway, open } = await start(t, ["--wm-max-custom", "100"]);
  const client = open();
  const attributes = { note: "x".repeat(100) };
  const early = client.send({ text: "before there was a session", attributes });
  await client.connect();
  const { state, reason } = await early.done;
  assert.deepEqual([state, reason], ["rejected", "over_limit"]);
  const unreadable = Object.defineProperty({}, "text", {
    enumerable: true,
    get: () => {
      throw new Error("of the test");
    },
  });
  for (const [content, code] of [
    [{ text: "hello", attributes }, "attributes_too_large"],
    [{ text: "é".repeat(2049) }, "too_large"],
    [{ text: "\ud800" }, "bad_content"],
    [{ text: "hello", attributes: { a: 1 } }, "bad_content"],
    [{ text: "hello", quickReply: { text: "Yes", payload: "yes" } }, "bad_content"],
    [unreadable, "bad_content"],
    [{}, "empty"],
    [["hello"], "malformed"],
  ]) {
    assert.throws(() => client.send(content), { code }, JSON.stringify(code));
  }
  assert.deepEqual(await gateway.ledger(), []);
});

test("typing is told once in a while, and only on a connection", LIMIT, async (t) => {
  const { open } = await start(t);
  const client = open();
  assert.equal(client.typing(), false);
  await client.connect();
  assert.deepEqual([client.typing(), client.typing()], [true, false]);
  assert.equal((await client.send("hello").done).state, "delivered");
});
