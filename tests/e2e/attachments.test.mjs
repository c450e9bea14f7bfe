// Files, from a page and from Node, through the real gateway: what arrived is for its ledger and its downloads to say.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { launchChromium } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { openGuest } from "./lib/guest.mjs";
import { join, ownGateway } from "./lib/node-guest.mjs";

const LIMIT = { timeout: 120_000 };

/** How long the service takes to say that it has a file, ms, where it takes its time. */
const UPLOAD_TAKES = 1500;
const TOKEN = "2b1f3a52-7d0b-4b4c-9a55-0b6c8a2f6d12";
const OPTIONS = { token: TOKEN, backoff: { base: 50, cap: 200 }, maxOpens: 100, settleAfter: 500 };
/** Larger than what goes in one piece. */
const SIZE = 3_000_000;

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

const open = (t, flags) => openGuest(t, browser, { service: "web-messaging", flags, options: OPTIONS });

/** Runs in the page: attaches an image, and keeps its handle. */
const attach = (guest, size = SIZE) =>
  guest.do((size) => {
    const bytes = Uint8Array.from({ length: size }, (_, place) => place % 251);
    const photo = new File([bytes], "photo.png", { type: "image/png" });
    globalThis.photo = globalThis.guest.client.attach(photo);
    return globalThis.photo.id;
  }, size);

const uploaded = (guest) => guest.do(() => globalThis.photo.uploaded);

const states = async (guest) => {
  const all = (await guest.told("attachment")).map(({ state }) => state);
  return all.filter((state, place) => state !== all[place - 1]);
};

/** Sends the file, and sees that the service has it, whole, with one message. */
async function isSent({ gateway, guest }, id) {
  const done = await guest.do(async (id) => {
    globalThis.guest.send({ text: "look", attachment: id });
    return globalThis.photo.done;
  }, id);
  assert.equal(done.state, "sent");
  const [outcome] = await guest.outcomes();
  assert.equal(outcome.state, "delivered");
  await isThere(gateway, id, (id) => guest.do((id) => globalThis.guest.client.attachmentUrl(id), id));
}

async function isThere(gateway, id, urlOf) {
  const ledger = await gateway.ledger();
  assert.deepEqual(
    ledger.map(({ content, structured }) => [content, structured[0].attachment.id]),
    [["look", id]],
  );
  const response = await fetch(await urlOf(id));
  assert.equal(response.headers.get("content-type"), "image/png");
  const bytes = new Uint8Array(await response.arrayBuffer());
  assert.equal(bytes.length, SIZE);
  assert.ok(bytes.every((byte, place) => byte === place % 251));
}

describe("in Chromium", { concurrency: true }, () => {
  test(
    "an image is uploaded with its progress, goes with a message, and can be fetched",
    LIMIT,
    async (t) => {
      const all = await open(t);
      const { guest } = all;
      // Before it is connected: it waits.
      const id = await attach(guest);
      await guest.connect();
      const { state, url } = await uploaded(guest);
      assert.equal(state, "uploaded");
      assert.match(url, /^http/);
      const progress = await guest.told("uploadprogress");
      assert.deepEqual([progress[0].loaded, progress.at(-1).loaded], [0, SIZE]);
      assert.ok(progress.every(({ total }) => total === SIZE));
      await isSent(all, id);
      assert.deepEqual(await states(guest), ["presigning", "uploading", "uploaded", "sending", "sent"]);
      assert.deepEqual(guest.problems(), []);
    },
  );

  test(
    "a connection that is lost while the bytes leave costs another upload, and no more",
    LIMIT,
    async (t) => {
      const all = await open(t);
      const { guest } = all;
      await guest.connect();
      let uploads = 0;
      await guest.page.route("**/uploads/**", (route) => {
        if (route.request().method() !== "PUT") return route.continue();
        uploads += 1;
        return uploads === 1 ? route.abort("connectionreset") : route.continue();
      });
      const id = await attach(guest);
      assert.equal((await uploaded(guest)).state, "uploaded");
      assert.equal(uploads, 2);
      const told = await guest.told("attachment");
      assert.deepEqual(
        told.filter(({ reason }) => reason).map(({ state, reason }) => [state, reason]),
        [["presigning", "network"]],
      );
      await isSent(all, id);
      assert.deepEqual(guest.problems(), []);
    },
  );

  test(
    "a link that dies before it tells of the upload leaves the file uploaded all the same",
    LIMIT,
    async (t) => {
      const all = await open(t, ["--wm-upload-takes", String(UPLOAD_TAKES)]);
      const { gateway, guest } = all;
      await guest.connect();
      const id = await attach(guest);
      await eventually("its bytes have left", async () => {
        const requests = await gateway.requests();
        return requests.some(({ what }) => what === "upload");
      });
      await gateway.break([{ fault: "refuse_socket", status: 503 }, { fault: "reset" }]);
      const { at } = (await gateway.requests()).find(({ what }) => what === "upload");
      // What is due by then the gateway tells before it mends anything.
      await eventually(
        "the time of its event is over",
        async () => (await gateway.streams()).now > at + UPLOAD_TAKES,
      );
      await gateway.mend();
      assert.equal((await uploaded(guest)).state, "uploaded");
      const requests = await gateway.requests();
      assert.equal(requests.filter(({ what }) => what === "upload").length, 1);
      await isSent(all, id);
      assert.deepEqual(guest.problems(), []);
    },
  );

  test("a store that is busy is asked again, with all of the file", LIMIT, async (t) => {
    const all = await open(t);
    const { gateway, guest } = all;
    await guest.connect();
    await gateway.break([{ fault: "refuse_rest", status: 503, scope: "uploads", retry_after: 1, count: 2 }]);
    const id = await attach(guest);
    assert.equal((await uploaded(guest)).state, "uploaded");
    await isSent(all, id);
    assert.deepEqual(guest.problems(), []);
  });

  test(
    "what the service finds bad is told with its reason, and what it would is not even sent",
    LIMIT,
    async (t) => {
      const { gateway, guest } = await open(t, ["--wm-max-file", "5"]);
      await guest.connect();
      const refused = await guest.do(() => {
        try {
          globalThis.guest.client.attach(
            new File([new Uint8Array(5_001)], "photo.png", { type: "image/png" }),
          );
        } catch (error) {
          return error.code;
        }
      });
      assert.equal(refused, "file_too_large");
      await gateway.break([{ fault: "fail_upload", code: 4003, count: 1 }]);
      await attach(guest, 5_000);
      const { state, reason, code } = await uploaded(guest);
      assert.deepEqual([state, reason, code], ["failed", "file_content", 4003]);
      assert.equal((await gateway.requests()).filter(({ what }) => what === "upload").length, 1);
      assert.deepEqual(guest.problems(), []);
    },
  );

  for (const how of ["detach", "close", "dispose"]) {
    test(`${how} stops the bytes that are leaving`, LIMIT, async (t) => {
      const { guest } = await open(t);
      await guest.connect();
      const held = [];
      await guest.page.route("**/uploads/**", (route) => {
        if (route.request().method() !== "PUT") return route.continue();
        held.push(route);
      });
      const aborted = guest.page.waitForEvent("requestfailed");
      const id = await attach(guest);
      await eventually("the bytes are leaving", () => held.length > 0);
      await guest.do(
        ([how, id]) => void globalThis.guest.client[how](how === "detach" ? id : undefined),
        [how, id],
      );
      assert.match((await aborted).failure().errorText, /ABORTED/);
      const { state, reason } = await guest.do(() => globalThis.photo.done);
      assert.deepEqual([state, reason], how === "detach" ? ["detached", "caller"] : ["failed", "closed"]);
      assert.deepEqual(guest.problems(), []);
    });
  }
});

describe("in Node", { concurrency: true }, () => {
  test("bytes are uploaded by fetch, a first refusal included, and go with a message", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const client = join(t, gateway, OPTIONS);
    const progress = [];
    client.addEventListener("uploadprogress", ({ detail }) => progress.push(detail.loaded));
    await client.connect();
    await gateway.break([{ fault: "refuse_rest", status: 503, scope: "uploads", count: 1 }]);
    const data = Uint8Array.from({ length: SIZE }, (_, place) => place % 251);
    const file = client.attach({ name: "photo.png", type: "image/png", data });
    assert.equal((await file.uploaded).state, "uploaded");
    assert.deepEqual(progress, [0, 0, SIZE], "its start and its end, each time");
    await client.send({ text: "look", attachment: file.id }).done;
    assert.equal((await file.done).state, "sent");
    await isThere(gateway, file.id, (id) => client.attachmentUrl(id));
  });
});
