// The program that calls every public method of an entry at the end of the stack, and judges what becomes of its client: the entry and the
// gateway's address are its arguments, how often the module failed is what it says. A process of its own, since Node writes a line on its
// standard error for each promise that rejects where there is no room to be told of it.
import assert from "node:assert/strict";
import { GuestClient } from "../../../dist/node.js";
import { StreamClient } from "../../../dist/streams-node.js";
import { GuestClient as WebMessagingClient } from "../../../dist/web-messaging-node.js";
import { attempt, collectReports, optionsAt, outcome } from "./hurt-life.mjs";
import { withFullStack } from "./stack.mjs";

const [entry, address] = process.argv.slice(2);

const reports = collectReports();
const options = optionsAt(address)[entry];

/** Every public method, with what it is called with; what it gives may be a promise. */
const GUEST = {
  send: (client) => client.send("at the end of the stack"),
  cancel: (client) => client.cancel("nobody's"),
  connect: (client) => client.connect(),
  reconnectNow: (client) => client.reconnectNow(),
  stats: (client) => client.stats(),
  trace: (client) => client.trace(),
  pending: (client) => client.pending,
  session: (client) => client.session,
  messages: (client) => client.messages().next(),
  close: (client) => client.close(),
  dispose: (client) => client.dispose(),
};
const METHODS = {
  webchat: { make: () => new GuestClient(options), methods: GUEST },
  "web-messaging": {
    make: () => new WebMessagingClient(options),
    methods: {
      ...GUEST,
      "send of more than a text": (client) => client.send({ text: "a", attributes: { b: "c" } }),
      typing: (client) => client.typing(),
      join: (client) => client.join(),
      setAttributes: (client) => client.setAttributes({ a: "b" }),
      answerOffer: (client) => client.answerOffer({ kind: "CoBrowse", accepted: false, id: "i" }),
      attach: (client) => client.attach({ name: "a.txt", type: "text/plain", data: new Uint8Array(1) }),
      detach: (client) => client.detach("nobody's"),
      attachmentUrl: (client) => client.attachmentUrl("nobody's"),
      conversation: (client) => client.conversation,
      startNew: (client) => client.startNew(),
      clear: (client) => client.clear(),
      signIn: (client) => client.signIn({ code: "c", redirectUri: "https://a.invalid/" }),
      signOut: (client) => client.signOut(),
      history: (client) => client.history(),
      deployment: (client) => client.deployment(),
      domains: (client) => client.domains(),
    },
  },
  streams: {
    make: () => new StreamClient(options),
    methods: {
      connect: GUEST.connect,
      reconnectNow: GUEST.reconnectNow,
      stats: GUEST.stats,
      trace: GUEST.trace,
      subscribe: (client) => client.subscribe("v2.b"),
      unsubscribe: (client) => client.unsubscribe("v2.a"),
      topics: (client) => client.topics,
      events: (client) => client.events().next(),
      close: GUEST.close,
      dispose: GUEST.dispose,
    },
  },
};

/** How many words further the end of the stack is in turn; a stream asks for a token and a channel each time. */
const SHIFTS = { webchat: 12, "web-messaging": 12, streams: 4 };

/** Whether the module failed in it; the client ends in any case, and keeps what it promised. */
async function callWithFullStack(client, method, call, shift) {
  reports.length = 0;
  const told = [];
  client.addEventListener("statechange", ({ detail }) => told.push(detail));
  const connecting = client.connect();
  if (method !== "connect") await outcome(connecting);
  const waits = [outcome(connecting)];
  const sent = attempt(() => client.send("before"));
  let promises = 0;
  withFullStack(
    () => {
      const given = call(client);
      if (given?.done) waits.push(outcome(given.done));
      if (typeof given?.then !== "function") return;
      waits.push(outcome(given));
      promises += 1;
      // It may have been refused for want of room, which it says later; another frame has more.
      if (promises < 12) throw new RangeError();
    },
    shift,
    () => reports.length > 0,
  );
  await new Promise(setImmediate);
  const failed = reports.length > 0;
  if (failed) {
    assert.deepEqual(
      reports.map(({ code }) => code),
      ["module_failed"],
      method,
    );
    assert.equal(client.state, "closed", method);
    if (method !== "dispose") assert.equal(told.at(-1).why, "module_failed", method);
  }
  await client.close();
  client.dispose();
  if (sent) await sent.done;
  await Promise.all(waits);
  assert.equal(client.state, "closed", method);
  return failed;
}

const { make, methods } = METHODS[entry];
let failures = 0;
try {
  for (const [method, call] of Object.entries(methods)) {
    for (let shift = 0; shift < SHIFTS[entry]; shift += 1) {
      const failed = await callWithFullStack(make(), method, call, shift);
      failures += failed ? 1 : 0;
    }
  }
  console.log(failures);
} catch (error) {
  console.log(error);
  process.exitCode = 1;
}
