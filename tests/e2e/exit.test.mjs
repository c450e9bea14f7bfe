// In Node nothing of a client that is closed keeps the process alive: whatever was under way, and whether or not the service
// ever answers. Once its client is closed, the tests wait for the process for less long than a WebSocket waits for the answer to its
// close (30 s).
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway, startGateway } from "./lib/gateway.mjs";
import { serviceWithoutHandshake } from "./lib/handshake.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { PLACES, runProgram, skipped } from "./lib/program.mjs";
import { TOKEN } from "./lib/token.mjs";

const LIMIT = { timeout: 120_000 };
/** Longer than any test: what waits for this waits for good. */
const NEVER = 600_000;

/** What a program does when its client is not to get there; `until` waits for what it is to be closed in. */
const closedWhile = (until) => `const connecting = client.connect().catch((error) => error.code);
  ${until}
  // What nobody holds is collected in the end, also where it is to be aborted later.
  for (let times = 0; times < 3; times += 1) {
    await new Promise((resolve) => setTimeout(resolve));
    gc();
  }
  await client.close();
  if ((await connecting) !== "closed") throw new Error("connect() went on");`;

const untilStep = (step) =>
  `while (client.stats().step !== "${step}") await new Promise((resolve) => setTimeout(resolve));`;

/** The end of a process may reach the gateway after whoever waits for it. */
const noSocketAt = (gateway) =>
  eventually("no socket is left", async () => (await gateway.connections()).connections.length === 0);

/** A stream's, which is given `client` too. */
const STREAMS = {
  "that was connected": {
    program: `await client.connect();
      await client.subscribe("v2.users.b.presence");
      await client.close();`,
  },
  "that is disposed": {
    program: `await client.connect();
      client.dispose();`,
  },
  "whose request for a token hangs": {
    faults: { fault: "delay", ms: NEVER },
    program: closedWhile(untilStep("session")),
  },
  "whose handshake hangs": {
    faults: { fault: "stall_socket", ms: NEVER },
    program: closedWhile(untilStep("socket")),
  },
  "that waits for its next attempt": {
    faults: { fault: "refuse_socket", status: 503 },
    program: closedWhile(untilStep("waiting")),
  },
  "whose token cannot be had": {
    faults: { fault: "refuse_rest", status: 503, scope: "token" },
    program: closedWhile(untilStep("session")),
  },
  "whose service does not answer the close": {
    program: `await client.connect();
      await fetch(address + "/control/faults", {
        method: "POST",
        body: JSON.stringify({ fault: "silence", ms: ${NEVER} }),
      });
      await client.close();`,
  },
  "that listens in a loop": {
    program: `await client.connect();
      setTimeout(() => client.close());
      for await (const event of client) console.log(event);`,
  },
};

/** Each is given `client`. */
const PROGRAMS = {
  "whose timers are numbers, as in Electron's pages": {
    before: `const { setTimeout: start } = globalThis;
      globalThis.setTimeout = (...given) => {
        const timer = start(...given);
        // Node's own fetch takes them for what they are in Node.
        return new Error().stack.includes("/dist/") ? Number(timer) : timer;
      };`,
    program: `await client.connect();
      await client.send("a").done;
      await client.close();`,
  },
  "that was connected": {
    program: `await client.connect();
      await client.send("from Node").done;
      await client.close();`,
  },
  "whose request for a session hangs": {
    faults: { fault: "delay", ms: NEVER },
    program: closedWhile(""),
  },
  "whose handshake hangs": {
    service: serviceWithoutHandshake,
    program: closedWhile(untilStep("socket")),
  },
  "that waits for its next attempt": {
    faults: { fault: "refuse_socket", status: 503 },
    program: closedWhile(untilStep("waiting")),
  },
  "whose service does not answer the close": {
    faults: { fault: "silence", ms: NEVER, on: "open" },
    program: closedWhile(untilStep("greeting")),
  },
  "that is disposed": {
    program: `await client.connect();
      client.dispose();`,
  },
};

for (const { place, node, own } of PLACES) {
  const what = `in Node, ${place}, the process ends by itself after close(), with`;
  describe(`${what} a stream`, { concurrency: true, skip: skipped({ node }) }, () => {
    for (const [title, { program, faults }] of Object.entries(STREAMS)) {
      test(title, LIMIT, async (t) => {
        const gateway = await ownGateway(t);
        if (faults) await gateway.break(faults);
        const { code, said } = await runProgram(
          t,
          `import { StreamClient } from "./dist/streams-node.js";
          import ws from "ws";
          const WebSocket = ${own ? "undefined" : "ws"};
          const address = "${gateway.address}";
          // Longer than the test waits: what a token is asked for with is not waited for.
          const credentials = ${JSON.stringify({ ...APPLICATION, timeout: 60_000 })};
          const client = new StreamClient({ region: address, credentials, topics: ["v2.users.a.presence"], WebSocket });
          ${program}
          console.log(client.state);`,
          { node, word: "closed", deadline: 25_000 },
        );
        assert.deepEqual([code, said], [0, "closed\n"]);
        await noSocketAt(gateway);
      });
    }
  });

  const title = `${what} a client`;
  describe(title, { concurrency: true, skip: skipped({ node }) }, () => {
    for (const [title, { program, faults, service, before = "" }] of Object.entries(PROGRAMS)) {
      test(title, LIMIT, async (t) => {
        const gateway = service ? await service(t) : await startGateway();
        if (!service) t.after(() => gateway.stop());
        if (faults) await gateway.break(faults);
        const { code, said } = await runProgram(
          t,
          `${before}
          const { GuestClient } = await import("./dist/node.js");
          const { default: ws } = await import("ws");
          const WebSocket = ${own ? "undefined" : "ws"};
          // Longer than the test waits: a handshake that was refused is not waited for.
          const patient = { sessionTimeout: 60_000, socketTimeout: 60_000 };
          const client = new GuestClient({ host: "${gateway.address}", token: "${TOKEN}", WebSocket, ...patient });
          ${program}
          console.log(client.state);`,
          { node, word: "closed", deadline: 25_000 },
        );
        assert.deepEqual([code, said], [0, "closed\n"]);
        if (!service) await noSocketAt(gateway);
      });
    }
  });
}
