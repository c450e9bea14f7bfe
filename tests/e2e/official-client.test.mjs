// The gateway's event streams as the platform's official client meets them: whoever tests against the gateway tests against
// something that a client of the real service takes for it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION, officialClient } from "./lib/official.mjs";

const LIMIT = { timeout: 120_000 };
const QUEUE = "v2.routing.queues.q.conversations";
const PRESENCE = "v2.users.u?presence&station";

const logIn = ({ client }) =>
  client.loginClientCredentialsGrant(APPLICATION.clientId, APPLICATION.clientSecret);

const ids = ({ entities }) => entities.map(({ id }) => id);

test(
  "the official client logs in, makes a channel, sets and reads its topics, and hears",
  LIMIT,
  async (t) => {
    const gateway = await ownGateway(t);
    const official = officialClient(gateway);
    const { accessToken, tokenExpiryTime } = await logIn(official);
    assert.ok(accessToken.length > 10 && tokenExpiryTime > Date.now());
    const { notifications } = official;

    const channel = await notifications.postNotificationsChannels();
    assert.match(channel.id, /^streaming-\d-[a-z2-7]{26}$/);
    assert.ok(new Date(channel.expires) > new Date());
    const set = await notifications.putNotificationsChannelSubscriptions(channel.id, [{ id: QUEUE }]);
    assert.deepEqual(
      set.entities.map(({ state }) => state),
      ["Permitted"],
    );
    await notifications.postNotificationsChannelSubscriptions(channel.id, [{ id: PRESENCE }]);
    assert.deepEqual(ids(await notifications.getNotificationsChannelSubscriptions(channel.id)), [
      QUEUE,
      PRESENCE,
    ]);
    assert.deepEqual(ids(await notifications.getNotificationsChannels()), [channel.id]);
    assert.ok(ids(await notifications.getNotificationsAvailabletopics()).includes("v2.users.{id}.presence"));

    const socket = new WebSocket(channel.connectUri);
    await once(socket, "open");
    const heard = once(socket, "message");
    const event = await gateway.emit("v2.users.u.station", { id: "u" });
    const { topicName, eventBody, metadata } = JSON.parse((await heard)[0]);
    assert.deepEqual({ topicName, eventBody }, { topicName: "v2.users.u.station", eventBody: { id: "u" } });
    assert.equal(metadata.CorrelationId, event.correlationId);
    socket.close();

    await notifications.deleteNotificationsChannelSubscriptions(channel.id);
    assert.deepEqual(ids(await notifications.getNotificationsChannelSubscriptions(channel.id)), []);
    assert.equal((await gateway.streams()).tokens.issued, 1);
  },
);

test("the official client asks by HEAD whether a channel is there", LIMIT, async (t) => {
  const gateway = await ownGateway(t);
  const official = officialClient(gateway);
  await logIn(official);
  official.client.setReturnExtendedResponses(true);
  const made = await official.notifications.postNotificationsChannels();
  const there = await official.notifications.headNotificationsChannel(made.body.id);
  assert.equal(there.status, 200);
  assert.equal(there.headers["inin-ratelimit-allowed"], "300");
  const gone = await official.notifications
    .headNotificationsChannel("streaming-0-gone")
    .catch((answer) => answer);
  assert.equal(gone.status, 404);
});

test("the official client is refused in the forms that it knows", LIMIT, async (t) => {
  const gateway = await ownGateway(t, ["--stream-api-rate", "2"]);
  const { client, notifications } = officialClient(gateway);
  const wrong = await client.loginClientCredentialsGrant("demo-client", "wrong").catch((error) => error);
  assert.equal(wrong.status ?? wrong.response?.status, 401);
  await logIn({ client });
  client.setReturnExtendedResponses(true);
  const { body: channel } = await notifications.postNotificationsChannels();
  const topics = [{ id: QUEUE }, { id: "v2.forbidden.x" }];
  const refused = await notifications
    .putNotificationsChannelSubscriptions(channel.id, topics)
    .catch((answer) => answer);
  assert.deepEqual([refused.status, refused.body.code], [403, "missing.permissions"]);
  const tooMany = await notifications.getNotificationsChannels().catch((answer) => answer);
  assert.equal(tooMany.status, 429);
  assert.ok(Number(tooMany.headers["retry-after"]) > 0);
  assert.match(tooMany.body.message, /Retry the request in \[\d+] seconds/);
});
