// What goes wrong with event streams in the field, each as a story that any client can be put through. A story ends well, or
// with a Complaint; it is judged by the gateway's ledger and by what the client was told, never by what the client says of itself.
import { eventually } from "./eventually.mjs";
import { ownGateway } from "./gateway.mjs";

/** The client did what people complain about. */
export class Complaint extends Error {}

const TOPIC = "v2.routing.queues.q.conversations";
/** How many events may be missed before a stream counts as silent, and how many attempts may fail before it counts as stuck. */
const PATIENCE = 100;
const ATTEMPTS = 6;

/**
 * A client that listens to one topic and hears of it.
 *
 * @param {(gateway, options) => { events: string[], connect(): Promise<void>, close(): unknown }} start
 */
async function listen(t, start, flags, options) {
  const gateway = await ownGateway(t, flags);
  const client = start(gateway, { topics: [TOPIC], ...options });
  t.after(() => client.close());
  await client.connect();
  const hears = () => hearsOf(gateway, client);
  await eventually("the stream has begun", hears);
  return { gateway, client, hears };
}

/** Whether the client is told of an event that happens now. */
async function hearsOf(gateway, client) {
  const { correlationId, sent } = await gateway.emit(TOPIC);
  if (sent.length === 0) return false;
  const told = () => client.events.includes(correlationId);
  return eventually("it is told", told, { deadline: 500 }).catch(() => false);
}

const attempts = async (gateway) => (await gateway.connections()).attempts;

/** The sockets that are neither closing nor half-open. */
const openSockets = async (gateway) =>
  (await gateway.streams()).sockets.filter(({ state }) => state === "open");

/** Longer than the longest wait of a client, after an outage of fifteen seconds. */
const PATIENTLY = { deadline: 75_000 };

/** Waits until the client hears again. Whatever `wrong` names first is a complaint. */
async function recovers({ hears }, wrong) {
  const look = async () => {
    const complaint = await wrong();
    if (complaint) throw new Complaint(complaint);
    return hears();
  };
  await eventually("it hears again", look, PATIENTLY);
}

/** An outage of fifteen seconds: whoever connects is sent away. */
const OUTAGE = [
  { fault: "close", code: 1012, on: "open", lasts: 15_000 },
  { fault: "close", code: 1012 },
];

/** The stories, by the complaint. */
export const complaints = {
  async "reconnecting every fixed second meets the rate limit"(t, start) {
    // Few enough for a loop that is late in each second of the outage.
    const flags = ["--stream-open-rate", "6", "--oauth-rate", "0"];
    const stream = await listen(t, start, flags, { kind: "events" });
    await stream.gateway.break(OUTAGE);
    await recovers(stream, async () => {
      const refused = (await attempts(stream.gateway)).filter(({ status }) => status === 429);
      return refused.length > 0 && "it met the rate limit of handshakes";
    });
  },

  async "a token for each attempt meets the rate limit of tokens"(t, start) {
    const stream = await listen(t, start, ["--oauth-rate", "5"], { kind: "channel" });
    await stream.gateway.break(OUTAGE);
    await recovers(stream, async () => {
      const refused = (await stream.gateway.requests()).filter(({ status }) => status === 429);
      return refused.length > 0 && "it met the rate limit of tokens";
    });
    const { tokens } = await stream.gateway.streams();
    if (tokens.issued !== 1) throw new Complaint(`it fetched ${tokens.issued} tokens`);
  },

  async "a token that expired while the socket was down makes every reconnect fail"(t, start) {
    const stream = await listen(t, start, [], { kind: "events", cachesToken: true });
    const before = (await attempts(stream.gateway)).length;
    await stream.gateway.break([{ fault: "close", code: 1012 }, { fault: "expire_session" }]);
    await recovers(stream, async () => {
      const since = (await attempts(stream.gateway)).length - before;
      return since > ATTEMPTS && `${since} attempts with a token that has expired`;
    });
  },

  async "a new socket is opened while the old one lives, and both are heard"(t, start) {
    const stream = await listen(t, start, [], { kind: "channel" });
    const { gateway, client } = stream;
    await gateway.break({ fault: "socket_closing" });
    const another = async () => (await gateway.connections()).opened > 1;
    await eventually("it has another socket", another, PATIENTLY);
    const doubled = async () => {
      const twice = client.events.length - new Set(client.events).size;
      return twice > 0 && `${twice} events were heard twice`;
    };
    // Things happen until one socket is left: whoever hears on both hears something twice.
    const alone = async () => {
      await recovers(stream, doubled);
      return (await gateway.streams()).sockets.length === 1;
    };
    await eventually("one socket is left", alone, PATIENTLY);
    await recovers(stream, doubled);
    await recovers(stream, doubled);
  },

  async "the subscription is not sent again, and the stream is open and silent"(t, start) {
    const stream = await listen(t, start, [], { kind: "events" });
    await stream.gateway.break({ fault: "close", code: 1012 });
    await eventually("it is back", async () => (await openSockets(stream.gateway)).length === 1);
    let missed = 0;
    await recovers(stream, async () => {
      missed += 1;
      return missed > PATIENCE && `it is connected, and was not told of ${missed} events`;
    });
  },

  async "a retry timer and the close handler both reconnect"(t, start) {
    const stream = await listen(t, start, [], { kind: "events" });
    const { gateway } = stream;
    const before = (await attempts(gateway)).length;
    await gateway.break([
      { fault: "refuse_socket", status: 503, count: 2 },
      { fault: "close", code: 1012 },
    ]);
    await eventually("it is back", async () => (await openSockets(gateway)).length > 0);
    // One more dead link: whoever has two loops makes more than one socket, sooner or later, and is not heard of before.
    await gateway.break({ fault: "close", code: 1012 });
    await eventually("it tries again", async () => (await attempts(gateway)).length - before > 3);
    await recovers(stream, async () => {
      const { length } = await openSockets(gateway);
      return length > 1 && `${length} sockets of one client`;
    });
  },

  async "a handshake that is never answered holds the client for good"(t, start) {
    const stream = await listen(t, start, [], { kind: "channel" });
    await stream.gateway.break([
      { fault: "stall_socket", ms: 600_000, count: 1 },
      { fault: "close", code: 1012 },
    ]);
    // As long as no deadline ends the handshake, there is no second attempt.
    const end = performance.now() + 25_000;
    await recovers(
      stream,
      async () => performance.now() > end && "it waits for a handshake that never comes",
    );
  },

  async "an idle stream dies and the client never knows"(t, start) {
    // Some seconds more than there are between two heartbeats of a client at rest.
    const flags = ["--stream-idle", "26000", "--stream-idle-silently"];
    const stream = await listen(t, start, flags, { kind: "events" });
    const { gateway, client } = stream;
    // Nothing happens for longer than an idle socket lives; the gateway keeps the time.
    await gateway.emitLater(TOPIC, 36_000, "after the silence");
    const happened = async () => {
      const { events } = await gateway.streams();
      return events.at(-1)?.correlationId === "after the silence";
    };
    await eventually("it has happened", happened, PATIENTLY);
    const told = () => client.events.includes("after the silence");
    await eventually("it is told", told, { deadline: 5_000 }).catch(() => {
      throw new Complaint("nothing came, and the socket seems open");
    });
  },

  async "a socket opens, then closes with an authorisation error inside a frame"(t, start) {
    const stream = await listen(t, start, [], { kind: "events", cachesToken: true });
    const before = (await attempts(stream.gateway)).length;
    await stream.gateway.break({ fault: "revoke_token" });
    await recovers(stream, async () => {
      const since = (await attempts(stream.gateway)).length - before;
      return since > ATTEMPTS && `${since} sockets opened, each of them refused inside`;
    });
  },
};
