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
      assert.match(said, /CallerError: option credentials is missing/);
      assert.match(said, /remedy: 'pass a function/);
      // The line, and a mark below it.
      assert.ok(said.length < 4000, said);
    },
  );
}
