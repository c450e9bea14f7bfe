// What a listener may do: anything. The shipped package with its real module, against the gateway, in Chromium and in Node,
// where an error that escapes would end this process.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const DIST = new URL("../../dist/", import.meta.url);

/** Each runs where the package is: it is given the client's class and its options, and gives plain data back. */
const STORIES = {
  "one that throws harms nobody": {
    async run(GuestClient, options) {
      const client = await GuestClient.create(options);
      const seen = [];
      const boom = () => {
        throw new Error("a listener's own mistake");
      };
      for (const type of ["statechange", "delivery", "audit", "session"]) client.addEventListener(type, boom);
      client.addEventListener("delivery", async () => boom());
      client.addEventListener("delivery", (event) => seen.push(event.detail.state));
      await client.connect();
      const { state } = await client.send("Hello").done;
      await client.close();
      client.dispose();
      return { state, seen };
    },
    expect: { state: "delivered", seen: ["queued", "sending", "delivered"] },
    ledger: ["Hello"],
    reports: true,
  },
  "one that sends is heard, in order": {
    async run(GuestClient, options) {
      const client = await GuestClient.create(options);
      const all = [];
      let left = 5;
      client.addEventListener("delivery", (event) => {
        if (event.detail.state !== "delivered" || left === 0) return;
        left -= 1;
        all.push(client.send(`answer ${5 - left}`).done);
      });
      await client.connect();
      all.push(client.send("answer 0").done);
      // The list grows while it is walked.
      const states = [];
      for (const done of all) states.push((await done).state);
      await client.close();
      client.dispose();
      return [...new Set(states)];
    },
    expect: ["delivered"],
    ledger: ["answer 0", "answer 1", "answer 2", "answer 3", "answer 4", "answer 5"],
  },
  "one that closes ends it, and connect starts anew": {
    async run(GuestClient, options) {
      const client = await GuestClient.create(options);
      const closed = new Promise((resolve) => {
        const close = (event) => {
          if (event.detail.to === "connected") resolve(client.close({ grace: 0 }));
        };
        client.addEventListener("statechange", close, { once: false });
        client.addEventListener("statechange", (event) => {
          if (event.detail.to === "closed") client.removeEventListener("statechange", close);
        });
      });
      await client.connect().catch(() => undefined);
      await closed;
      const between = client.state;
      await client.connect();
      const { state } = await client.send("again").done;
      await client.close();
      client.dispose();
      return { between, state };
    },
    expect: { between: "closed", state: "delivered" },
    ledger: ["again"],
  },
  "one that disposes ends it, with every message's final state": {
    async run(GuestClient, options) {
      const client = await GuestClient.create(options);
      const states = [];
      client.addEventListener("delivery", (event) => {
        states.push(event.detail.state);
        client.dispose();
      });
      const connecting = client.connect().catch((error) => error.code);
      const { state } = await client.send("never").done;
      const errors = [];
      try {
        client.send("too late");
      } catch (error) {
        errors.push([error.name, error.code]);
      }
      return { state, states, errors, connect: await connecting, now: client.state };
    },
    expect: {
      state: "cancelled",
      states: ["queued", "cancelled"],
      errors: [["CallerError", "closed"]],
      connect: "closed",
      now: "closed",
    },
    ledger: [],
  },
};

let browser;
before(async () => {
  browser = await launchChromium();
});
after(() => browser.close());

for (const [title, { run, expect, ledger, reports }] of Object.entries(STORIES)) {
  test(`in Node, ${title}`, async () => {
    const gateway = await startGateway();
    const reported = [];
    const was = console.error;
    console.error = (error) => reported.push(error?.message);
    try {
      const { GuestClient } = await import(new URL("node.js", DIST));
      const told = await run(GuestClient, { host: gateway.address, token: TOKEN, WebSocket });
      assert.deepEqual(told, expect);
      assert.deepEqual(
        (await gateway.ledger()).map(({ content }) => content),
        ledger,
      );
      assert.equal(reported.includes("a listener's own mistake"), reports === true);
    } finally {
      console.error = was;
      await gateway.stop();
    }
  });

  test(`in Chromium, ${title}`, async () => {
    const gateway = await startGateway();
    const server = await serveFolder(fileURLToPath(DIST));
    const page = await openPage(browser);
    try {
      // Any file of that origin will do for a document.
      await page.goto(`${server.origin}/index.js`);
      const options = JSON.stringify({ host: gateway.address, token: TOKEN });
      // A method's text is that of a method, so it is put into an object again.
      const told = await page.evaluate(
        `import("/index.js").then(({ GuestClient }) => ({ ${run} }).run(GuestClient, ${options}))`,
      );
      assert.deepEqual(told, expect);
      assert.deepEqual(
        (await gateway.ledger()).map(({ content }) => content),
        ledger,
      );
      const own = page.problems.filter((problem) => problem.includes("a listener's own mistake"));
      assert.equal(own.length > 0, reports === true);
    } finally {
      await page.close();
      await server.close();
      await gateway.stop();
    }
  });
}
