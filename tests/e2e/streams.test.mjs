// Streams of events from the shipped package, in Node 20 with ws, on the real gateway. What came is held against the gateway's
// ledger of events; what it cost, against its count of requests.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { StreamClient, TokenManager } from "../../dist/streams-node.js";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { watchSleep } from "./lib/sleep.mjs";
import { eventsAddress, openStream, Stream } from "./lib/stream.mjs";

const LIMIT = { timeout: 120_000 };
const [A, B] = ["v2.routing.queues.a.conversations", "v2.users.b.presence"];
/** Attempts follow each other quickly where a test is not about the waits. */
const QUICK = { backoff: { base: 20, cap: 200 }, maxOpens: 1000 };

/** An event happens, and is heard; where it was missed, and a gap says so, the next one. */
function hears(gateway, stream, topic, body) {
  return eventually(`it hears of ${topic}`, async () => {
    const gaps = stream.told.gap.length;
    const { correlationId } = await gateway.emit(topic, body);
    const heard = () => stream.events.includes(correlationId);
    await eventually("it is told", () => heard() || stream.told.gap.length > gaps);
    return heard() && correlationId;
  });
}

const becomes = (stream, state) =>
  eventually(`it is ${state}`, () => stream.client.state === state && stream.client.stats());

/** What the service was asked for, by kind. */
const calls = async (gateway) => (await gateway.streams()).calls;

describe("notification channels", { concurrency: true }, () => {
  test("each event comes once, whole and in order, to listeners and to a loop", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, { topics: [A] });
    const loop = stream.client.events();
    const ids = [];
    for (let n = 0; n < 50; n += 1) ids.push((await gateway.emit(A, { n })).correlationId);
    const heard = [];
    for await (const { topic, body, correlationId } of loop) {
      heard.push(correlationId);
      assert.deepEqual([topic, body.n], [A, heard.length - 1]);
      if (heard.length === ids.length) break;
    }
    assert.deepEqual(heard, ids);
    assert.deepEqual(stream.events, ids);
    assert.equal(stream.client.stats().received, ids.length);
  });

  test(
    "a number that JavaScript rounds can be read exactly, where the body's own words are asked for",
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t);
      const exact = await openStream(t, gateway, { topics: [A], options: { rawBody: true } });
      const usual = await openStream(t, gateway, { topics: [A] });
      // Not by JSON.stringify, which has no such number.
      const body = '{"id":1524831183200260097,"ids":[9007199254740993],"eventBody":{"\\"}":"\\u00e9"}}';
      const event = `{"topic":"${A}","body":${body}}`;
      await fetch(`${gateway.address}/control/emit`, { method: "POST", body: event });
      await eventually("both have heard", () => exact.events.length > 0 && usual.events.length > 0);
      const [{ rawBody, ...rest }] = exact.told.event;
      assert.match(rawBody, /"id":1524831183200260097\b/);
      assert.match(rawBody, /"ids":\[9007199254740993\]/);
      assert.deepEqual(JSON.parse(rawBody), rest.body);
      assert.ok(!("rawBody" in usual.told.event[0]), "nothing is kept for who has not asked");
      assert.deepEqual(usual.told.event[0].body, rest.body);
    },
  );

  test("topics come and go while it is connected, and the service knows", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, { topics: [A] });
    assert.deepEqual(await stream.client.subscribe([B, A]), [
      { topic: B, state: "subscribed" },
      { topic: A, state: "subscribed" },
    ]);
    await hears(gateway, stream, B);
    await stream.client.unsubscribe(A);
    const { sent } = await gateway.emit(A);
    assert.deepEqual(sent, []);
    assert.deepEqual(stream.client.topics, [{ topic: B, state: "subscribed" }]);
    const [channel] = (await gateway.streams()).channels;
    assert.deepEqual(channel.topics, [B]);
  });

  test("what was subscribed to before connect() is told in one request", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = new Stream(gateway, { topics: [A] });
    t.after(() => stream.close());
    const answer = stream.client.subscribe(B);
    assert.deepEqual(stream.client.topics, [
      { topic: A, state: "pending" },
      { topic: B, state: "pending" },
    ]);
    await stream.connect();
    assert.deepEqual(await answer, [{ topic: B, state: "subscribed" }]);
    assert.deepEqual(
      (await gateway.requests()).map(({ what }) => what),
      ["token", "create_channel", "replace_topics"],
    );
  });

  test("a topic that is refused says why, and the rest stays subscribed", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, { topics: [A] });
    const [refused, taken] = await stream.client.subscribe(["v2.forbidden.x", B]);
    assert.deepEqual(
      [refused.state, refused.missingPermissions.length > 0, taken],
      ["refused", true, { topic: B, state: "subscribed" }],
    );
    await eventually("it is told as an error too", () => stream.errors.length > 0);
    assert.deepEqual(stream.errors, ["topic_refused"]);
    assert.equal(stream.told.error[0].topic, "v2.forbidden.x");
    await hears(gateway, stream, A);
    await hears(gateway, stream, B);
  });

  test("topics that cannot be are refused at once, and none of them is taken", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const { client } = await openStream(t, gateway, { topics: [A] });
    const many = Array.from({ length: 1001 }, (_, n) => `v2.users.${n}.presence`);
    for (const [topics, code] of [
      [[B, "with a space"], "bad_topic"],
      [[B, 5], "bad_topic"],
      [[B, `v2.${"x".repeat(198)}`], "topic_too_long"],
      [many, "too_many_topics"],
    ]) {
      assert.throws(() => client.subscribe(topics), { code, name: "CallerError" });
    }
    assert.deepEqual(
      client.topics.map(({ topic }) => topic),
      [A],
    );
    assert.throws(
      () =>
        new StreamClient({
          region: gateway.address,
          credentials: APPLICATION,
          topics: many,
          WebSocket: class {},
        }),
      { name: "CallerError" },
    );
  });

  test("topics are combined where they would not fit: each of 1,200 is heard", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const topics = Array.from({ length: 600 }, (_, n) => [
      `v2.users.${n}.presence`,
      `v2.users.${n}.routingStatus`,
    ]).flat();
    const stream = await openStream(t, gateway, { topics });
    assert.ok(stream.client.topics.every(({ state }) => state === "subscribed"));
    const [{ topics: told }] = (await gateway.streams()).channels;
    assert.ok(told.length <= 1000, `${told.length} are told`);
    for (const topic of [topics[0], topics[1], topics.at(-2), topics.at(-1)]) {
      await hears(gateway, stream, topic);
    }
  });

  test("a link that breaks costs a socket, no request, and the gap is told", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, { topics: [A], options: QUICK });
    await hears(gateway, stream, A);
    const before = await calls(gateway);
    await gateway.break({ fault: "reset" });
    await eventually("the gap is told", () => stream.told.gap.length > 0);
    await becomes(stream, "connected");
    await hears(gateway, stream, A);
    assert.deepEqual(await calls(gateway), before);
    const [{ from, to }] = stream.told.gap;
    assert.ok(from <= to);
    assert.equal((await gateway.streams()).channels.length, 1);
  });

  test("what happens while the application catches up waits for it, in order", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const order = [];
    let caughtUp;
    const asked = new Promise((begun) => {
      caughtUp = { begun };
    });
    const resync = async (gap) => {
      order.push(["resync", gap]);
      await new Promise((resolve) => {
        caughtUp.done = resolve;
        caughtUp.begun();
      });
    };
    const stream = await openStream(t, gateway, { topics: [A], options: { ...QUICK, resync } });
    stream.client.addEventListener("event", ({ detail }) => order.push(["event", detail.body.n]));
    stream.client.addEventListener("gap", ({ detail }) => order.push(["gap", detail]));
    await gateway.break({ fault: "reset" });
    await asked;
    for (let n = 0; n < 5; n += 1) await gateway.emit(A, { n });
    // They have reached the client, which says so in its audit.
    const came = () => stream.told.audit.filter(({ what }) => what === "event").length;
    await eventually("they have come", () => came() === 5);
    assert.deepEqual(
      order.map(([what]) => what),
      ["gap", "resync"],
    );
    assert.deepEqual(order[0][1], order[1][1]);
    caughtUp.done();
    await eventually("they are told", () => order.length === 7);
    assert.deepEqual(
      order.slice(2),
      [0, 1, 2, 3, 4].map((n) => ["event", n]),
    );
  });

  test("a channel that is gone is made anew, with all topics in one request", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, {
      topics: [A],
      options: { ...QUICK, onEvicted: "reconnect" },
    });
    await stream.client.subscribe(B);
    const before = (await gateway.streams()).channels[0].channel;
    const asked = (await gateway.requests()).length;
    await gateway.break([{ fault: "expire_session" }, { fault: "close", code: 1001 }]);
    await eventually("another channel has a socket", async () =>
      (await gateway.streams()).channels.some(({ channel, live }) => channel !== before && live > 0),
    );
    await becomes(stream, "connected");
    await hears(gateway, stream, A);
    await hears(gateway, stream, B);
    const since = (await gateway.requests()).slice(asked).map(({ what }) => what);
    assert.deepEqual(
      since.filter((what) => what !== "check_channel"),
      ["token", "create_channel", "replace_topics"],
    );
  });

  test("when another process takes the channel's place, it ends and says so", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, { topics: [A], options: QUICK });
    const loop = stream.client.events();
    await gateway.break({ fault: "evict_channel" });
    await becomes(stream, "closed");
    assert.equal(stream.told.statechange.at(-1).error.code, "evicted");
    await assert.rejects(loop.next(), { code: "evicted", name: "ServiceError" });
    const opened = (await gateway.connections()).opened;
    // It may come back by the application's word.
    await stream.connect();
    await hears(gateway, stream, A);
    assert.equal((await gateway.connections()).opened, opened + 1);
  });

  test(
    "an announced end is taken over by a second channel: nothing is missed or doubled",
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t, ["--stream-closing-notice", "45000"]);
      const options = { handover: "second-channel" };
      const slept = watchSleep();
      const stream = await openStream(t, gateway, { topics: [A], options });
      // The second socket is a while in opening; what happens meanwhile comes on the first.
      await gateway.break([{ fault: "stall_socket", ms: 1000, count: 1 }, { fault: "socket_closing" }]);
      const happened = [];
      await eventually(
        "another socket is open",
        async () => {
          happened.push((await gateway.emit(A)).correlationId);
          return (await gateway.connections()).opened > 1;
        },
        { deadline: 60_000 },
      );
      await eventually("the first is closed", async () => {
        happened.push((await gateway.emit(A)).correlationId);
        return (await gateway.streams()).sockets.length === 1;
      });
      happened.push(await hears(gateway, stream, A));
      assert.deepEqual(stream.events, happened);
      if (!slept()) assert.deepEqual(stream.told.gap, []);
    },
  );
});

describe("tokens of a stream", { concurrency: true }, () => {
  test("streams and requests share one manager's one token", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const credentials = new TokenManager({ ...APPLICATION, region: gateway.address });
    t.after(() => credentials.dispose());
    const streams = [A, B].map((topic) => new Stream(gateway, { topics: [topic], options: { credentials } }));
    for (const stream of streams) t.after(() => stream.close());
    await Promise.all([...streams.map((stream) => stream.connect()), credentials.token()]);
    assert.equal((await gateway.streams()).tokens.issued, 1);
  });

  test("a token that is refused in mid-life is renewed once", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const stream = await openStream(t, gateway, { topics: [A], options: QUICK });
    await gateway.break({ fault: "revoke_token" });
    await eventually("it has another", async () => (await gateway.streams()).tokens.issued === 2);
    await becomes(stream, "connected");
    await eventually("it hears again", async () => {
      const { correlationId, sent } = await gateway.emit(A);
      if (sent.length > 0)
        await eventually("of it", () => stream.events.includes(correlationId), { deadline: 500 }).catch(
          () => {},
        );
      return stream.events.includes(correlationId);
    });
    assert.equal((await gateway.streams()).tokens.issued, 2);
  });

  test("a wrong secret ends the client, which shows nothing of it anywhere", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const secret = "not-the-secret-of-demo-client";
    const options = { credentials: { ...APPLICATION, clientSecret: secret } };
    const stream = new Stream(gateway, { topics: [A], options });
    t.after(() => stream.close());
    const error = await stream.connect().catch((error) => error);
    assert.deepEqual([error.code, error.retryable, stream.client.state], ["invalid_client", false, "closed"]);
    const shown = inspect([error, stream.told, stream.client.trace()], { depth: 20, showHidden: true });
    assert.ok(!shown.includes(secret));
    assert.equal((await calls(gateway)).token, 1);
  });

  test(
    "neither the token nor the channel's id is in an event, the figures or the trace",
    LIMIT,
    async (t) => {
      const gateway = await ownGateway(t);
      let token;
      const tokens = new TokenManager({ ...APPLICATION, region: gateway.address });
      t.after(() => tokens.dispose());
      const credentials = async () => {
        token = (await tokens.token()).token;
        return token;
      };
      const stream = await openStream(t, gateway, { topics: [A], options: { ...QUICK, credentials } });
      await hears(gateway, stream, A);
      await gateway.break([{ fault: "socket_closing" }, { fault: "reset" }]);
      await eventually("the gap is told", () => stream.told.gap.length > 0);
      const id = (await gateway.streams()).channels[0].channel;
      const shown = inspect([stream.told, stream.client.stats(), stream.client.trace()], { depth: 20 });
      assert.ok(token.length > 9 && id.length > 9);
      assert.ok(!shown.includes(token) && !shown.includes(id));
    },
  );
});

describe("plain event sockets", { concurrency: true }, () => {
  const styles = {
    subscribe: { flags: [], subscribe: { style: "subscribe" } },
    events: { flags: [], subscribe: { style: "events" } },
    confirmed: { flags: ["--stream-confirm"], subscribe: { confirmed: { type: "subscribed" } } },
  };
  for (const [title, { flags, subscribe }] of Object.entries(styles)) {
    test(`${title}: topics come and go, and are told again after a drop`, LIMIT, async (t) => {
      const gateway = await ownGateway(t, flags);
      const options = { ...QUICK, subscribe: { ...subscribe, topics: [A] } };
      const stream = await openStream(t, gateway, { kind: "events", options });
      await stream.client.subscribe(B);
      await hears(gateway, stream, A);
      await hears(gateway, stream, B);
      await stream.client.unsubscribe(A);
      await eventually("the service knows", async () => (await gateway.emit(A)).sent.length === 0);
      await gateway.break({ fault: "reset" });
      await eventually("the gap is told", () => stream.told.gap.length > 0);
      await eventually("it is told of again", async () => (await gateway.emit(B)).sent.length === 1);
      await hears(gateway, stream, B);
      assert.deepEqual((await gateway.emit(A)).sent, []);
    });
  }

  test("in Node the token stands in a header; in the address where that is asked for", LIMIT, async (t) => {
    const seen = [];
    const { WebSocket } = await import("ws");
    class Noting extends WebSocket {
      constructor(...given) {
        super(...given);
        seen.push(given);
      }
    }
    const gateway = await ownGateway(t);
    const address = eventsAddress(gateway);
    const noting = { WebSocket: Noting };
    await openStream(t, gateway, { kind: "events", topics: [A], options: noting });
    await openStream(t, gateway, { kind: "events", topics: [A], options: { ...noting, tokenIn: "query" } });
    // Sockets to nowhere, by which it is found out what the constructor does with headers, are not meant.
    const [[url, protocols, { headers }], query] = seen.filter(([where]) =>
      String(where).startsWith(address),
    );
    assert.deepEqual([url, protocols], [address, []]);
    assert.match(headers.Authorization, /^Bearer \S{10,}$/);
    assert.equal(query[2]?.headers, undefined);
    assert.match(query[0], /\?access_token=[^&]{10,}$/);
  });

  test("one that needs no token is asked for none", LIMIT, async (t) => {
    const gateway = await ownGateway(t, ["--stream-open-to-all"]);
    const stream = await openStream(t, gateway, {
      kind: "events",
      topics: [A],
      options: { auth: undefined },
    });
    await hears(gateway, stream, A);
    assert.equal((await gateway.streams()).tokens.issued, 0);
  });
});
