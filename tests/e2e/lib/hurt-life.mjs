// The life of a guest whose module may fail in it, and how what it was told is judged.
import assert from "node:assert/strict";
import { WebSocket } from "ws";
import { eventually } from "./eventually.mjs";
import { APPLICATION } from "./official.mjs";
import { TOKEN } from "./token.mjs";

const COMMON = { WebSocket, backoff: { base: 10, cap: 20 } };

/** What a client of each entry is made from, at the gateway of this address. */
export const optionsAt = (address) => ({
  webchat: { host: address, token: TOKEN, ...COMMON },
  "web-messaging": { region: address, deploymentId: "the-deployment", ...COMMON },
  streams: { region: address, credentials: APPLICATION, topics: ["v2.a"], ...COMMON },
});

/** What is reported from now on, as in a page: what nobody waits for goes there. */
export function collectReports() {
  const reports = [];
  globalThis.reportError = (error) => reports.push(error);
  return reports;
}

/** How a promise has settled: a word. */
export const outcome = (promise) =>
  promise.then(
    (value) => value?.state ?? "resolved",
    ({ code, message }) => code ?? message,
  );

/** What is called may refuse to do it, as a client that has ended does. */
export function attempt(call) {
  try {
    return call();
  } catch {
    return undefined;
  }
}

let texts = 0;

/** The life of a guest, whatever happens in it: what became of each message that it accepted, by its text. */
export async function live(Client, options) {
  let client;
  const waits = [];
  const messages = [];
  const say = () => {
    texts += 1;
    const text = `text ${texts}`;
    const sent = attempt(() => client.send(text));
    if (sent) messages.push({ text, sent });
  };
  try {
    client = new Client(options);
  } catch (error) {
    return { ends: [], refused: error.code };
  }
  say();
  waits.push(client.connect());
  await outcome(waits[0]);
  say();
  attempt(() => client.stats());
  attempt(() => client.trace());
  attempt(() => client.pending);
  attempt(() => client.session);
  attempt(() => client.cancel("nobody's"));
  if (client.typing) {
    attempt(() => client.send({ text: "with more", attributes: { a: "b" } }));
    attempt(() => client.typing());
    waits.push(client.history());
  }
  attempt(() => client.reconnectNow());
  await Promise.all(waits.map(outcome));
  if (client.state === "connected") await messages.at(-1)?.sent.done;
  const closed = client.close();
  waits.push(closed);
  await closed;
  const { state } = client;
  client.dispose();
  // None is waited for in vain, or this never ends.
  await Promise.all(waits.map(outcome));
  const ends = await Promise.all(messages.map(async ({ text, sent }) => [text, (await sent.done).state]));
  return { ends, state };
}

/** Judges what was told of messages by what the service has taken. */
export async function judge(gateway, ends, context) {
  const taken = (await gateway.ledger()).map(({ content }) => content);
  for (const [text, state] of ends) {
    const times = taken.filter((content) => content === text).length;
    assert.ok(times <= 1, `${context}: ${text} came ${times} times`);
    if (state === "delivered") assert.equal(times, 1, `${context}: ${text} is delivered`);
    if (state === "cancelled") assert.equal(times, 0, `${context}: ${text} is cancelled`);
    assert.ok(["delivered", "cancelled", "unconfirmed", "expired", "rejected"].includes(state), state);
  }
}

/** Nothing of it is left open at the service. */
export const noSocketIsLeft = (gateway) =>
  eventually("no socket is left", async () => (await gateway.connections()).connections.length === 0);
