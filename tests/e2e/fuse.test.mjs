// What becomes of a client whose module fails in the middle of a call: it ends visibly, each message with its true end (judged by the
// ledger), nothing of it is left open, and the next client works. The package is the shipped one, at a real gateway.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { breakImport, calledImports, instances, mendImports } from "./lib/broken-module.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
import {
  attempt,
  collectReports,
  judge,
  live,
  noSocketIsLeft,
  optionsAt,
  outcome,
} from "./lib/hurt-life.mjs";
import { APPLICATION } from "./lib/official.mjs";

const { GuestClient } = await import("../../dist/node.js");
const { GuestClient: WebMessagingClient } = await import("../../dist/web-messaging-node.js");
const { TokenManager } = await import("../../dist/streams-node.js");

const LIMIT = { timeout: 300_000 };
/** Of each import: the first call, one in the middle of things, and a later one. */
const CALLS = [1, 2, 5];

let gateway;
const reports = collectReports();

before(async () => {
  gateway = await startGateway();
});
after(() => gateway.stop());

const optionsOf = (entry) => optionsAt(gateway.address)[entry];

for (const [entry, Client] of [
  ["webchat", GuestClient],
  ["web-messaging", WebMessagingClient],
]) {
  test(
    `whichever import of ${entry} throws, every message has its true end and nothing is left open`,
    LIMIT,
    async () => {
      mendImports();
      calledImports();
      await live(Client, optionsOf(entry));
      const names = [...calledImports().keys()];
      assert.ok(names.length > 30, `${names.length} imports`);
      let failures = 0;
      for (const name of names) {
        for (const nth of CALLS) {
          for (const late of [false, true]) {
            const context = `import ${name}, call ${nth}${late ? ", when it was done" : ""}`;
            reports.length = 0;
            const thrown = breakImport(name, nth, late);
            const { ends, state, refused } = await live(Client, optionsOf(entry));
            mendImports();
            if (!thrown()) continue;
            assert.equal(state ?? "closed", "closed", context);
            await judge(gateway, ends, context);
            const failed = reports.filter(({ code }) => code === "module_failed");
            assert.ok(failed.length <= 1, `${context}: ${failed.length} reports`);
            assert.equal(reports.length, failed.length, `${context}: ${reports}`);
            if (refused === "module_failed") assert.equal(failed.length, 1, context);
            failures += failed.length;
          }
        }
      }
      assert.ok(failures > 50, `${failures} failures`);
      // And the next one is none the worse for it.
      reports.length = 0;
      const { ends } = await live(Client, optionsOf(entry));
      assert.deepEqual(
        ends.map(([, state]) => state),
        ["delivered", "delivered"],
      );
      assert.deepEqual(reports, []);
      await noSocketIsLeft(gateway);
    },
  );
}

for (const entry of ["webchat", "web-messaging", "streams"]) {
  test(`with a full stack no method of ${entry} leaves a client that is silently dead`, LIMIT, async () => {
    const program = fileURLToPath(new URL("./lib/full-stack.mjs", import.meta.url));
    const child = spawn(process.execPath, [program, entry, gateway.address], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    const said = [];
    child.stdout.on("data", (data) => said.push(String(data)));
    const [code] = await once(child, "close");
    assert.equal(code, 0, said.join(""));
    assert.ok(Number(said.join("")) > 8, `${said.join("")} failures`);
    await noSocketIsLeft(gateway);
  });
}

test("whoever waits for a token is told when the module fails", LIMIT, async () => {
  mendImports();
  calledImports();
  const options = { ...APPLICATION, tokenUrl: `${gateway.address}/oauth/token` };
  const ask = async () => {
    let tokens;
    try {
      tokens = new TokenManager(options);
    } catch ({ code }) {
      return code;
    }
    const asked = [outcome(tokens.token()), outcome(tokens.token())];
    const outcomes = await Promise.all(asked);
    tokens.dispose();
    return outcomes.join();
  };
  assert.equal(await ask(), "resolved,resolved");
  let failures = 0;
  for (const name of calledImports().keys()) {
    reports.length = 0;
    breakImport(name, 1);
    const outcomes = await ask();
    mendImports();
    if (reports.length === 0) continue;
    failures += 1;
    assert.deepEqual(
      reports.map(({ code }) => code),
      ["module_failed"],
      name,
    );
    // What fails when they have their token is no matter to them.
    assert.match(outcomes, /^(module_failed|resolved)(,(module_failed|resolved))?$/, name);
  }
  assert.ok(failures > 10, `${failures} failures`);
  assert.equal(await ask(), "resolved,resolved");
});

test("a thousand failures in a row leave nothing behind", LIMIT, async () => {
  mendImports();
  calledImports();
  await live(GuestClient, optionsOf("webchat"));
  const clock = [...calledImports()].sort(([, some], [, more]) => more - some)[0][0];
  instances.length = 0;
  for (let times = 0; times < 1000; times += 1) {
    reports.length = 0;
    const client = await GuestClient.create(optionsOf("webchat"));
    const sent = client.send("a");
    // Half of them with an open socket.
    const connecting = outcome(client.connect());
    if (times % 2) await connecting;
    breakImport(clock, 1);
    attempt(() => client.reconnectNow());
    attempt(() => client.stats());
    await connecting;
    await client.close();
    await sent.done;
    assert.deepEqual(
      reports.map(({ code }) => code),
      ["module_failed"],
    );
  }
  mendImports();
  await noSocketIsLeft(gateway);
  assert.ok(instances.length >= 999, `${instances.length} instances`);
  await eventually("the instances are collected", async () => {
    globalThis.gc?.();
    await new Promise(setImmediate);
    return instances.filter((instance) => instance.deref()).length < 10;
  });
  // The gateway's own connections of `fetch` are no timers.
  assert.deepEqual(
    process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length <= 2,
    true,
    `${process.getActiveResourcesInfo()}`,
  );
});
