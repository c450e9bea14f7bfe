// A trap in the module, made on purpose in one of its functions after the other: the client ends visibly, each message with its true end
// (judged by the ledger). The module is the shipped one but for that function, at a real gateway.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { functionsOf, trapping } from "./lib/broken-module.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { collectReports, judge, live, noSocketIsLeft, optionsAt } from "./lib/hurt-life.mjs";

const LIMIT = { timeout: 600_000 };
/** Each so-manyth function; in `npm run full` all of them. */
const EVERY = process.env.GUESTWIRE_ALL_TRAPS ? 1 : 12;

let gateway;
const reports = collectReports();

before(async () => {
  gateway = await startGateway();
});
after(() => gateway.stop());

const optionsOf = (entry) => optionsAt(gateway.address)[entry];

for (const [entry, script, wasm] of [
  ["webchat", "index", "guestwire"],
  ["web-messaging", "web-messaging", "web-messaging"],
]) {
  test(
    `whichever function of the module of ${entry} traps, every message has its true end`,
    LIMIT,
    async () => {
      const bytes = await readFile(new URL(`../../dist/${wasm}.wasm`, import.meta.url));
      const functions = functionsOf(bytes);
      assert.ok(functions.length > 300, `${functions.length} functions`);
      const found = { trapped: 0, refused: 0, untouched: 0 };
      for (const [place, code] of functions.entries()) {
        if (place % EVERY !== 0) continue;
        const context = `function ${place}`;
        reports.length = 0;
        const face = await import(`../../dist/${script}.js?${place}`);
        try {
          await face.init(trapping(bytes, code));
        } catch (error) {
          assert.equal(error.code, "load_failed", context);
          continue;
        }
        const { ends, state, refused } = await live(face.GuestClient, optionsOf(entry));
        await judge(gateway, ends, context);
        assert.ok(reports.length <= 1, `${context}: ${reports}`);
        if (refused !== undefined) {
          assert.equal(refused, "module_failed", context);
          found.refused += 1;
        } else {
          assert.equal(state, "closed", context);
          found[reports.length === 1 ? "trapped" : "untouched"] += 1;
        }
        if (reports.length === 1) {
          assert.equal(reports[0].code, "module_failed", context);
          assert.ok(reports[0].cause instanceof WebAssembly.RuntimeError, context);
        }
      }
      assert.ok(found.trapped * EVERY > 100, JSON.stringify(found));
      await noSocketIsLeft(gateway);
    },
  );
}
