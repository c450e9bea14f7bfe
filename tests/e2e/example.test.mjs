// The example service, as it stands: events on standard output and nothing else, an end by a signal, and one by an error.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { eventually } from "./lib/eventually.mjs";
import { ownGateway } from "./lib/gateway.mjs";

const LIMIT = { timeout: 120_000 };
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The example as a process, with what it says. */
function startExample(t, env) {
  const child = spawn(process.execPath, ["examples/stream.mjs"], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  const said = { out: "", err: "" };
  child.stdout.on("data", (data) => {
    said.out += data;
  });
  child.stderr.on("data", (data) => {
    said.err += data;
  });
  let ended = false;
  child.once("close", () => {
    ended = true;
  });
  const ends = async () => {
    await eventually("the example has ended by itself", () => ended);
    return child.exitCode;
  };
  return { child, said, ends };
}

const lines = (out) => out.split("\n").filter((line) => line !== "");

describe("the example service", { concurrency: true }, () => {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    test(`writes events, whatever happens to its connection, and ends by ${signal}`, LIMIT, async (t) => {
      const gateway = await ownGateway(t, ["--stream-generate", "50"]);
      const { child, said, ends } = startExample(t, { GUESTWIRE_REGION: gateway.address });
      await eventually("there are events", () => lines(said.out).length > 3);
      await gateway.break({ fault: "reset" });
      await eventually("the gap is told", () => said.err.includes("may be missing"));
      const before = lines(said.out).length;
      await eventually("there are more", () => lines(said.out).length > before + 3);
      child.kill(signal);
      assert.equal(await ends(), 0, said.err);
      assert.match(said.err, new RegExp(`${signal}: closing`));
      // Standard output is for the events alone; each is one of the service's, and there once.
      const heard = lines(said.out).map((line) => JSON.parse(line));
      const happened = new Set((await gateway.streams()).events.map(({ correlationId }) => correlationId));
      for (const { correlationId } of heard) assert.ok(happened.has(correlationId), correlationId);
      assert.equal(new Set(heard.map(({ correlationId }) => correlationId)).size, heard.length);
      await eventually("no socket is left", async () => {
        const { connections } = await gateway.connections();
        return connections.length === 0;
      });
    });
  }

  test("ends by a signal before it is connected", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    await gateway.break({ fault: "refuse_rest", status: 503, scope: "token" });
    const { child, said, ends } = startExample(t, { GUESTWIRE_REGION: gateway.address });
    await eventually("it connects", () => said.err.includes("connecting"));
    child.kill("SIGTERM");
    assert.deepEqual([await ends(), said.out], [0, ""], said.err);
  });

  test("ends with an error where it may not listen, and does not say its secret", LIMIT, async (t) => {
    const gateway = await ownGateway(t);
    const secret = "not-the-secret-of-demo-client";
    const { said, ends } = startExample(t, {
      GUESTWIRE_REGION: gateway.address,
      GUESTWIRE_CLIENT_SECRET: secret,
    });
    assert.equal(await ends(), 1);
    assert.match(said.err, /ended: invalid_client/);
    assert.ok(!said.err.includes(secret));
  });
});
