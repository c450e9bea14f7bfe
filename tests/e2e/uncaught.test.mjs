// What a program shows that catches no error: on the terminal, or in a service's log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./lib/program.mjs";

const LIMIT = { timeout: 60_000 };

for (const [how, take] of Object.entries({
  imported: `const { StreamClient } = await import("./dist/streams-node.js");`,
  required: `import { createRequire } from "node:module";
    const { StreamClient } = createRequire(process.cwd() + "/")("./dist/streams-node.cjs");`,
})) {
  test(
    `an error that nobody catches is not lost in the source that Node shows with it (${how})`,
    LIMIT,
    async (t) => {
      const { code, said } = await runProgram(t, `${take} new StreamClient({ region: "eu-central-1" });`);
      assert.equal(code, 1);
      assert.match(said, /CallerError: option credentials is missing, or nothing that gives a token/);
      assert.match(said, /remedy: 'give a TokenManager, a function/);
      // The line, and a mark below it: what an error says stands on lines that fit a terminal, and so does what threw it.
      assert.ok(said.length < 2000, said);
      assert.ok(!said.split("\n").some((line) => line.length > 700), said);
    },
  );
}

/** A client of each entry that gets nowhere: nobody listens there. */
const NOWHERE = "http://127.0.0.1:1";
const ENTRIES = {
  webchat: ["node", "GuestClient", { host: NOWHERE, token: "t".repeat(12) }],
  "web-messaging": ["web-messaging-node", "GuestClient", { region: NOWHERE, deploymentId: "d" }],
  streams: ["streams-node", "StreamClient", { region: NOWHERE, credentials: "t".repeat(12) }],
};

for (const [entry, [file, name, options]] of Object.entries(ENTRIES)) {
  const program = (rest) => `import { ${name} as Client } from "./dist/${file}.js";
    import { WebSocket } from "ws";
    const client = new Client({ ...${JSON.stringify(options)}, maxAttempts: 1, WebSocket });
    ${rest}`;

  test(
    `a program that does not wait for connect() lives on when its client of ${entry} ends, and is told of it`,
    LIMIT,
    async (t) => {
      const source = program(`client.addEventListener("statechange", ({ detail: { to, error } }) => {
        if (to === "closed") setImmediate(() => console.log("lives on after " + error.code));
      });
      client.connect();`);
      assert.deepEqual(await runProgram(t, source), { code: 0, said: "lives on after attempts_exhausted\n" });
    },
  );

  test(
    `a program that waits for connect() of a client of ${entry} has its error, or ends with it`,
    LIMIT,
    async (t) => {
      const caught = program(`await client.connect().catch(({ code }) => console.log("caught " + code));`);
      assert.deepEqual(await runProgram(t, caught), { code: 0, said: "caught attempts_exhausted\n" });
      const { code, said } = await runProgram(t, program("await client.connect();"));
      assert.equal(code, 1);
      assert.match(said, /NetworkError: maxAttempts attempts/);
    },
  );
}

test(
  "a wrong call is told by nothing but its promise, and so ends a program that does not look at it",
  LIMIT,
  async (t) => {
    const guest = `import { GuestClient } from "./dist/web-messaging-node.js";
      import { WebSocket } from "ws";
      const client = new GuestClient({ ...${JSON.stringify(ENTRIES["web-messaging"][2])}, WebSocket });`;
    for (const [call, error] of [
      ["client.connect(null);", /CallerError: the options are no readable object/],
      ["client.dispose(); client.connect();", /CallerError: the client is disposed/],
      ["client.signIn({});", /CallerError: that is no grant/],
      ["client.signOut();", /CallerError: the guest has not signed in/],
      ["client.dispose(); client.clear();", /CallerError: the client is disposed/],
    ]) {
      const { code, said } = await runProgram(t, `${guest} ${call}`);
      assert.equal(code, 1, call);
      assert.match(said, error);
    }
  },
);

test(
  "a loop that begins when its client has ended does not wait for ever, and the program ends",
  LIMIT,
  async (t) => {
    const { code, said } = await runProgram(
      t,
      `import { StreamClient } from "./dist/streams-node.js";
    import { WebSocket } from "ws";
    const options = ${JSON.stringify(ENTRIES.streams[2])};
    const client = new StreamClient({ ...options, maxAttempts: 1, WebSocket });
    await client.connect().catch(() => undefined);
    try {
      for await (const { topic } of client) console.log(topic);
    } catch ({ code }) {
      console.log("the loop ended: " + code);
    }`,
    );
    assert.deepEqual({ code, said }, { code: 0, said: "the loop ended: attempts_exhausted\n" });
  },
);
