// The link and the servers by themselves: what breaks is seen to break, and each client reaches its server.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { eventually } from "../../tests/e2e/lib/eventually.mjs";
import { peers } from "../peers/index.mjs";
import { judge } from "../world/ledger.mjs";
import { startWorld } from "../world/world.mjs";

const frame = (number) =>
  JSON.stringify({ type: "message", content: `${number} xxx`, messageId: `m${number}` });

/** A world, and an open socket in it. */
async function open(t, server, options) {
  const world = await startWorld(server, options);
  t.after(() => world.stop());
  const socket = new WebSocket(world.address.replace("http", "ws"));
  // Being cut is what these tests are about.
  socket.on("error", () => {});
  t.after(() => socket.terminate());
  await once(socket, "open");
  return { world, socket };
}

/** Sends one message and waits for its acknowledgement. */
async function say(socket, number) {
  socket.send(frame(number));
  await once(socket, "message");
}

test("a message that a silence swallows is lost to the judge, and the connection ends", async (t) => {
  const { world, socket } = await open(t, "plain");
  await say(socket, 0);
  const closed = once(socket, "close");
  await world.hush();
  await new Promise((resolve) => socket.send(frame(1), resolve));
  await world.reset();
  const [code] = await closed;
  assert.equal(code, 1006);
  assert.deepEqual(judge(2, (await world.ledger()).entries), { lost: 1, duplicated: 0, reordered: 0 });
});

test("a message that was sent twice, or too late, is seen by the judge", async (t) => {
  const { world, socket } = await open(t, "plain");
  for (const number of [0, 2, 1, 1]) await say(socket, number);
  assert.deepEqual(judge(3, (await world.ledger()).entries), { lost: 0, duplicated: 1, reordered: 1 });
});

test("nobody listens while the network is away, and afterwards somebody does", async (t) => {
  const { world, socket } = await open(t, "plain");
  const closed = once(socket, "close");
  await world.leave();
  await closed;
  await assert.rejects(fetch(world.address));
  await world.comeBack();
  assert.equal((await fetch(world.address)).status, 200);
});

test("a server closes as it was told, and the link counts what was opened", async (t) => {
  for (const code of [1006, 1012]) {
    const { world, socket } = await open(t, "plain", { code });
    const [seen] = await once(socket, "close");
    assert.equal(seen, code);
    assert.equal((await world.opened()).length, 1);
  }
});

for (const peer of peers) {
  test(`${peer.name} reaches its server through the link`, { timeout: 120_000 }, async (t) => {
    const world = await startWorld(peer.server, { latency: 15 });
    t.after(() => world.stop());
    // Patient: a busy machine is not what is judged.
    const client = await peer.open(world.address, { quick: true, patience: true, WebSocket });
    t.after(() => client.close());
    await client.connected;
    await client.send("0 xxx");
    for (let number = 1; number < 6; number++) await client.acked(`${number} xxx`);
    const six = async () => {
      const { entries } = await world.ledger();
      return new Set(entries.map(({ text }) => text)).size === 6 && entries;
    };
    const { lost, duplicated, reordered } = judge(6, await eventually("all six are there", six));
    assert.deepEqual([lost, reordered], [0, 0]);
    // On a busy machine any acknowledgement may be late.
    if (!peer.resends) assert.equal(duplicated, 0);
  });
}
