// What belongs to another window: a page hands the client what was made in a frame of it, where each class is another one. What became of
// it is for the gateway's ledger and its downloads to say.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TokenManager } from "../../dist/streams-node.js";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };
const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
const QUICK = { backoff: { base: 20, cap: 200 }, maxOpens: 1000 };
const BYTES = "bytes of another window";

let browser;
let server;
before(async () => {
  browser = await launchChromium();
  server = await serveFolder(DIST);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A page with a frame in it: `there` is the frame's window. */
async function openFramed(t) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const page = await openPage(context);
  // Any file of that origin will do for a document; the browser asks for a picture of it.
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await page.goto(`${server.origin}/index.js`);
  await page.evaluate(() => {
    const frame = document.body.appendChild(document.createElement("iframe"));
    globalThis.frame = frame;
    globalThis.there = frame.contentWindow;
    if (there.Object === Object) throw new Error("the frame is no window of its own");
  });
  return page;
}

/** What a page attaches, as code; each is `bytes`, or the file of it. The type that it goes by, and its name. */
const FILES = [
  ["an ArrayBuffer", `({ name: "a.png", type: "image/png", data: bytes.buffer })`, "image/png"],
  ["a typed array", `({ name: "b.png", type: "image/png", data: bytes })`, "image/png"],
  [
    "a part of a buffer",
    `({ name: "c.png", type: "image/png", data: new there.DataView(larger.buffer, 3, bytes.length) })`,
    "image/png",
  ],
  ["a Blob", `({ name: "d.png", data: new there.Blob([bytes], { type: "image/png" }) })`, "image/png"],
  ["a Blob without a type", `({ name: "e.bin", data: new there.Blob([bytes]) })`, "application/octet-stream"],
  ["a File", `new there.File([bytes], "f.png", { type: "image/png" })`, "image/png"],
  ["a File without a type", `new there.File([bytes], "g.bin")`, "application/octet-stream"],
  [
    "an object of that window",
    `there.Object.assign(new there.Object(), { name: "h.png", type: "image/png", data: bytes })`,
    "image/png",
  ],
  ["bytes without a type", `({ name: "i.bin", data: bytes })`, "application/octet-stream"],
];

describe("in a page with a frame", { concurrency: true }, () => {
  test("files that another window made are sent as they are, though it is gone by then", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const page = await openFramed(t);
    const sent = await page.evaluate(
      async ([options, text, files]) => {
        const { GuestClient } = await import("/web-messaging.js");
        const client = await GuestClient.create(options);
        globalThis.client = client;
        const bytes = there.Uint8Array.from(text, (letter) => letter.charCodeAt(0));
        const larger = new there.Uint8Array(bytes.length + 9);
        larger.set(bytes, 3);
        const made = new Function("bytes", "larger", `return [${files.join()}]`)(bytes, larger);
        const attached = made.map((file) => client.attach(file));
        // A copy was taken of what can still be written to.
        bytes.fill(0);
        larger.fill(0);
        frame.remove();
        await client.connect();
        const sent = [];
        for (const file of attached) {
          await file.uploaded;
          const { state } = await client.send({ text: file.name, attachment: file.id }).done;
          sent.push([
            file.id,
            file.name,
            state,
            (await file.done).state,
            await client.attachmentUrl(file.id),
          ]);
        }
        await client.close();
        return sent;
      },
      [
        { region: gateway.address, deploymentId: "the-deployment", ...QUICK },
        BYTES,
        FILES.map(([, file]) => file),
      ],
    );
    assert.deepEqual(
      sent.map(([, , ...states]) => states.slice(0, 2)),
      FILES.map(() => ["delivered", "sent"]),
    );
    const ledger = await gateway.ledger();
    assert.deepEqual(
      ledger.map(({ content, copies, structured }) => [structured[0].attachment.id, content, copies]),
      sent.map(([id, name]) => [id, name, 1]),
    );
    for (const [place, [what, , type]] of FILES.entries()) {
      const response = await fetch(sent[place][4]);
      assert.equal(response.headers.get("content-type"), type, what);
      assert.equal(await response.text(), BYTES, what);
    }
    assert.deepEqual(page.problems, []);
  });

  test("a guest is made of another window's options, storage, socket and content", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const page = await openFramed(t);
    const told = await page.evaluate(
      async (options) => {
        const { GuestClient } = await import("/web-messaging.js");
        const make = (more) => {
          const all = there.Object.assign(there.JSON.parse(options), { WebSocket: there.WebSocket }, more);
          return GuestClient.create(all, there.Object.assign(new there.Object(), { signal }));
        };
        const { signal } = new there.AbortController();
        const errors = [];
        const states = [];
        const storages = [there.localStorage, there.eval("() => localStorage")];
        for (const [place, storage] of storages.entries()) {
          const client = await make({ storage });
          client.addEventListener("error", ({ detail }) => errors.push(detail.code));
          await client.connect({ signal });
          const content = there.JSON.parse(`{"text":"from there ${place}","attributes":{"order":"4711"}}`);
          states.push((await client.send(content).done).state);
          await client.close();
        }
        return { errors, states, stored: localStorage.getItem("guestwire:the-deployment") };
      },
      JSON.stringify({ region: gateway.address, deploymentId: "the-deployment", ...QUICK }),
    );
    assert.deepEqual([told.errors, told.states], [[], ["delivered", "delivered"]]);
    assert.match(told.stored, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    const ledger = await gateway.ledger();
    assert.deepEqual(
      ledger.map(({ content, copies }) => [content, copies]),
      [
        ["from there 0", 1],
        ["from there 1", 1],
      ],
    );
    assert.equal(new Set(ledger.map(({ conversation }) => conversation)).size, 1, "they are one guest");
    assert.deepEqual(page.problems, []);
  });

  test("another window's signals end what they are given to, with its own reason", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const page = await openFramed(t);
    const told = await page.evaluate(
      async ([options, other]) => {
        const { GuestClient } = await import("/index.js");
        const client = await GuestClient.create(options);
        const reasons = [];
        const ends = async (what, begin) => {
          const controller = new there.AbortController();
          const reason = new there.Error(what);
          const begun = begin(controller.signal);
          controller.abort(reason);
          await begun.then(
            () => reasons.push([what, "not ended"]),
            (error) => reasons.push([what, error === reason]),
          );
          await begin(controller.signal).then(
            () => reasons.push([what, "not ended"]),
            (error) => reasons.push([what, error === reason]),
          );
        };
        await ends("create", (signal) => GuestClient.create(options, { signal }));
        await ends("connect", (signal) => client.connect({ signal }));
        await ends("a loop", async (signal) => client.messages({ signal }).next());
        const { GuestClient: Messaging } = await import("/web-messaging.js");
        const guest = await Messaging.create(other);
        void guest.connect().catch(() => {});
        await ends("a look", (signal) => guest.history({ signal }));
        client.dispose();
        guest.dispose();
        return reasons;
      },
      [
        { host: gateway.address, token: TOKEN, ...QUICK },
        { region: gateway.address, deploymentId: "the-deployment", ...QUICK },
      ],
    );
    assert.deepEqual(
      told,
      ["create", "connect", "a loop", "a look"].flatMap((what) => [
        [what, true],
        [what, true],
      ]),
    );
  });

  /** Each entry's client, and what it listens with or says; run in the page with the frame's provider. */
  const CLIENTS = {
    webchat: async (gateway) => ({
      entry: "/index.js",
      Client: "GuestClient",
      options: { host: gateway.address },
      name: "token",
      token: TOKEN,
    }),
    "web-messaging": async (gateway) => ({
      entry: "/web-messaging.js",
      Client: "GuestClient",
      options: { region: gateway.address, deploymentId: "the-deployment" },
      name: "token",
      token: "5e0d6a52-7d0b-4b4c-9a55-0b6c8a2f6d11",
    }),
    streams: async (gateway) => {
      const tokens = new TokenManager({ ...APPLICATION, region: gateway.address });
      const { token } = await tokens.token();
      tokens.dispose();
      return {
        entry: "/streams.js",
        Client: "StreamClient",
        options: { region: gateway.address },
        name: "credentials",
        token,
      };
    },
  };

  for (const [service, made] of Object.entries(CLIENTS)) {
    test(
      `what another window's token provider throws is a failed attempt, or its final no (${service})`,
      LIMIT,
      async (t) => {
        const gateway = await ownGateway(t);
        const page = await openFramed(t);
        const wanted = await made(gateway);
        await page.evaluate(
          async ([{ entry, Client, options, name, token }, quick]) => {
            const { [Client]: Made } = await import(entry);
            // Its functions, promises and errors are all of that window.
            const provider = there.eval(`
              let asked = 0;
              (async () => {
                asked += 1;
                if (asked === 1) throw new Error("a secret");
                if (asked === 2) throw new TypeError("another secret");
                return { token: ${JSON.stringify(token)}, expiresIn: 3600 };
              })`);
            const finalNo = there.eval(`async () => {
              throw Object.assign(new Error("a secret"), { retryable: false });
            }`);
            const make = (given) =>
              Made.create(there.Object.assign(new there.Object(), options, quick, { [name]: given }));
            const client = await make(provider);
            const errors = [];
            client.addEventListener("error", ({ detail }) => errors.push([detail.code, `${detail.message}`]));
            await client.connect();
            const refused = await make(finalNo);
            const end = await refused.connect().catch(({ code }) => code);
            refused.dispose();
            globalThis.its = { client, errors, end, heard: [] };
            if (Client !== "StreamClient") return;
            client.addEventListener("event", ({ detail }) => its.heard.push(detail.correlationId));
            await client.subscribe(new there.Array("v2.users.a.presence"));
            await client.subscribe(new there.Set(["v2.users.b.presence"]));
          },
          [wanted, QUICK],
        );
        const { errors, end } = await page.evaluate(() => ({ errors: its.errors, end: its.end }));
        assert.deepEqual(
          errors.map(([code]) => code),
          ["token_unavailable"],
        );
        assert.doesNotMatch(errors.join(), /secret/);
        assert.equal(end, "unauthorized");
        if (service === "streams") {
          for (const topic of ["v2.users.a.presence", "v2.users.b.presence"]) {
            const { correlationId } = await gateway.emit(topic);
            await eventually("it is heard", () =>
              page.evaluate((id) => its.heard.includes(id), correlationId),
            );
          }
          assert.equal(await page.evaluate(() => its.heard.length), 2);
        } else {
          const { state } = await page.evaluate(() => its.client.send("said").done);
          assert.equal(state, "delivered");
          const ledger = await gateway.ledger();
          assert.deepEqual(
            ledger.map(({ content, copies }) => [content, copies]),
            [["said", 1]],
          );
        }
        assert.deepEqual(page.problems, []);
      },
    );
  }
});
