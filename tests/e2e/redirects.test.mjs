// One policy for every request, in a page and in Node: what carries a body or a credential follows no redirect, and nobody is told the
// page's address. Judged by a third host, to which the service's place in the network sends everything, and by the service's own log.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { WebSocket } from "ws";
import { GuestClient } from "../../dist/node.js";
import { StreamClient } from "../../dist/streams-node.js";
import { GuestClient as WebMessagingClient } from "../../dist/web-messaging-node.js";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { openGuest } from "./lib/guest.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };
const QUICK = { backoff: { base: 50, cap: 100 }, maxOpens: 100 };

let browser;
let third;
/** What came to the third host: none of it should have. */
const came = [];

before(async () => {
  browser = await launchChromium();
  third = createServer((request, response) => {
    came.push(`${request.method} ${request.url}`);
    response.writeHead(200, {
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Headers": "*, Authorization, Content-Type",
      "Access-Control-Allow-Methods": "*",
    });
    response.end("{}");
  });
  await new Promise((resolve) => third.listen(0, "127.0.0.1", resolve));
});
after(async () => {
  third.close();
  await browser.close();
});

const elsewhere = () => `http://127.0.0.1:${third.address().port}/elsewhere`;

/** The next two requests of each of these kinds are sent elsewhere, with their method and their body (307). */
function lead(gateway, ...paths) {
  return gateway.break(
    paths.map((path) => ({ fault: "foreign", path, status: 307, location: elsewhere(), count: 2 })),
  );
}

/** What a page asks of the service from now on, with all that its requests say. */
function asked(guest, gateway) {
  const requests = [];
  guest.page.on("request", (request) => {
    if (request.url().startsWith(gateway.address)) requests.push(request);
  });
  return requests;
}

async function nobodyIsTold(requests) {
  assert.ok(requests.length > 0);
  for (const request of requests) {
    const { referer } = await request.allHeaders();
    assert.equal(referer, undefined, `${request.method()} ${request.url()}`);
  }
}

test("a guest's token and words go to no other host, and the page's address to none", LIMIT, async (t) => {
  came.length = 0;
  const { gateway, guest } = await openGuest(t, browser, { options: QUICK });
  const requests = asked(guest, gateway);
  await lead(gateway, "guests", "probe", "messages");
  // By REST as well.
  await gateway.break({ fault: "refuse_socket", status: 503 });
  await guest.startConnecting();
  await guest.send(["a secret word"]);
  assert.deepEqual(
    (await guest.outcomes()).map(({ state, via }) => [state, via]),
    [["delivered", "rest"]],
  );
  assert.deepEqual(came, []);
  await nobodyIsTold(requests);
});

test(
  "a guest's file goes to no other host, and neither does what is asked of web messaging",
  LIMIT,
  async (t) => {
    came.length = 0;
    const { gateway, guest } = await openGuest(t, browser, { service: "web-messaging", options: QUICK });
    const requests = asked(guest, gateway);
    await lead(gateway, "uploads", "history", "deployment");
    await guest.connect();
    const state = await guest.do(async () => {
      const { client } = globalThis.guest;
      const file = client.attach({
        name: "a.txt",
        type: "text/plain",
        data: new TextEncoder().encode("secret"),
      });
      await Promise.all([client.deployment(), client.history()].map((asked) => asked.catch(() => undefined)));
      return (await file.uploaded).state;
    });
    assert.equal(state, "uploaded");
    assert.equal(
      requests.filter((request) => request.method() === "PUT").length,
      3,
      "twice elsewhere, once there",
    );
    assert.deepEqual(came, []);
    await nobodyIsTold(requests);
  },
);

test("in Node a stream's secrets go to no other host", LIMIT, async (t) => {
  came.length = 0;
  const gateway = await ownGateway(t);
  await lead(gateway, "token", "channels", "subscriptions");
  const topics = ["v2.users.a.presence"];
  const client = new StreamClient({
    region: gateway.address,
    credentials: APPLICATION,
    topics,
    WebSocket,
    ...QUICK,
  });
  t.after(() => client.dispose());
  await client.connect();
  await eventually("the topic is subscribed", () => client.topics[0].state === "subscribed");
  assert.deepEqual(came, []);
});

test("in Node a guest's token, words and files go to no other host", LIMIT, async (t) => {
  came.length = 0;
  const gateway = await ownGateway(t);
  await lead(gateway, "guests", "probe", "messages", "uploads");
  await gateway.break({ fault: "refuse_socket", status: 503 });
  const client = new GuestClient({ host: gateway.address, token: TOKEN, WebSocket, ...QUICK });
  t.after(() => client.dispose());
  const sent = client.send("a secret word");
  client.connect();
  assert.equal((await sent.done).state, "delivered");
  await gateway.mend();
  await lead(gateway, "uploads");
  const guest = new WebMessagingClient({ region: gateway.address, deploymentId: "d", WebSocket, ...QUICK });
  t.after(() => guest.dispose());
  await guest.connect();
  const file = guest.attach({ name: "a.txt", type: "text/plain", data: new TextEncoder().encode("secret") });
  assert.equal((await file.uploaded).state, "uploaded");
  assert.deepEqual(came, []);
});
