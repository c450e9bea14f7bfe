// Node behind a proxy: only CONNECT leads out. The hosts of the service resolve nowhere but at the proxy, which counts what passes it;
// what arrived is for the gateway to say. The certificate is one that a company's proxy or service has: known by NODE_EXTRA_CA_CERTS.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { selfSigned } from "./lib/certificate.mjs";
import { ownGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { PLACES, runProgram, skipped } from "./lib/program.mjs";
import { TOKEN } from "./lib/token.mjs";
import { behindTls, connectProxy } from "./lib/way-out.mjs";

const LIMIT = { timeout: 180_000 };
const DOMAIN = "behind-a-proxy.example";
const TOPIC = "v2.users.b.presence";
const SAID = "out by CONNECT";

/** What each service's program does once it has a `WebSocket`, or none, and the `gateway`, which is asked past the proxy; and its hosts. */
const SERVICES = {
  webchat: {
    program: `import { GuestClient } from "./dist/node.js";
      const client = await GuestClient.create({ host: "${DOMAIN}", token: "${TOKEN}", WebSocket });
      await client.connect();
      console.log((await client.send("${SAID}").done).via);
      await client.close();`,
    hosts: [DOMAIN],
  },
  "web messaging": {
    program: `import { GuestClient } from "./dist/web-messaging-node.js";
      const client = await GuestClient.create({ region: "${DOMAIN}", deploymentId: "the-deployment", WebSocket });
      await client.connect();
      console.log((await client.send("${SAID}").done).via);
      console.log((await client.history()).done);
      await client.close();`,
    hosts: [`api.${DOMAIN}`, `webmessaging.${DOMAIN}`],
  },
  streams: {
    program: `import { StreamClient } from "./dist/streams-node.js";
      const credentials = ${JSON.stringify(APPLICATION)};
      const client = await StreamClient.create({ region: "${DOMAIN}", credentials, topics: ["${TOPIC}"], WebSocket });
      const events = client.events();
      await client.connect();
      const body = JSON.stringify({ topic: "${TOPIC}", body: {} });
      await fetch(gateway + "/control/emit", { method: "POST", body });
      for await (const { topic } of events) {
        console.log(topic);
        break;
      }
      await client.close();`,
    hosts: [`api.${DOMAIN}`, `login.${DOMAIN}`, `streaming.${DOMAIN}`],
  },
};

const [{ node: tests }, { node: newer }] = PLACES;
/** From 22.21 and 24.5 on Node itself takes a proxy from the environment, when it is told to. */
const TAKES_PROXY = "process.exit(process.allowedNodeEnvironmentFlags.has('--use-env-proxy') ? 0 : 1)";
const byItself = newer && spawnSync(newer, ["--eval", TAKES_PROXY]).status === 0 ? newer : undefined;

const WAYS = [
  {
    way: "with examples/proxy.mjs and the package ws",
    node: tests,
    sockets: `import { WebSocket } from "./examples/proxy.mjs";`,
  },
  {
    way: "with Node's own WebSocket and the dispatcher of the package undici",
    node: newer,
    sockets: `import { EnvHttpProxyAgent, setGlobalDispatcher } from "undici";
      setGlobalDispatcher(new EnvHttpProxyAgent());
      const WebSocket = undefined;`,
  },
  {
    way: "with Node's own WebSocket and NODE_USE_ENV_PROXY",
    node: byItself,
    sockets: "const WebSocket = undefined;",
    env: { NODE_USE_ENV_PROXY: "1" },
  },
];

/** A gateway behind TLS that only the proxy leads to. */
async function wayOut(t, authorization) {
  const gateway = await ownGateway(t);
  const certificate = selfSigned(DOMAIN, `*.${DOMAIN}`);
  const port = await behindTls(t, gateway, certificate);
  const isOurs = (host) => host === `${DOMAIN}:443` || host.endsWith(`.${DOMAIN}:443`);
  const proxy = await connectProxy(t, (host) => (isOurs(host) ? port : undefined), authorization);
  const folder = await mkdtemp(join(tmpdir(), "guestwire-proxy-"));
  t.after(() => rm(folder, { recursive: true }));
  const NODE_EXTRA_CA_CERTS = join(folder, "ca.pem");
  await writeFile(NODE_EXTRA_CA_CERTS, certificate.cert);
  return { gateway, proxy, env: { NODE_EXTRA_CA_CERTS, HTTPS_PROXY: proxy.address, NO_PROXY: "127.0.0.1" } };
}

for (const { way, node, sockets, env } of WAYS) {
  const skip = skipped({ node });
  describe(`where only a proxy leads out, in Node ${way}`, { concurrency: true, skip }, () => {
    for (const [service, { program, hosts }] of Object.entries(SERVICES)) {
      test(`${service} is reached, and nothing passes the proxy by`, LIMIT, async (t) => {
        const out = await wayOut(t);
        const source = `${sockets} const gateway = "${out.gateway.address}"; ${program}`;
        const { code, said } = await runProgram(t, source, { node, env: { ...out.env, ...env } });
        assert.equal(code, 0, said);
        assert.match(said, service === "streams" ? new RegExp(TOPIC) : /socket/);
        if (service !== "streams") {
          const ledger = await out.gateway.ledger();
          assert.deepEqual(
            ledger.map(({ content, copies }) => [content, copies]),
            [[SAID, 1]],
          );
        }
        assert.deepEqual([...new Set(out.proxy.tunnels)].sort(), hosts.map((host) => `${host}:443`).sort());
        assert.deepEqual(out.proxy.refused, []);
      });
    }
  });
}

describe("examples/proxy.mjs", { concurrency: true }, () => {
  const [{ sockets }] = WAYS;

  test("says the name and the password that the proxy wants", LIMIT, async (t) => {
    const authorization = `Basic ${Buffer.from("name:pass word").toString("base64")}`;
    const { gateway, proxy, env } = await wayOut(t, authorization);
    const HTTPS_PROXY = proxy.address.replace("//", "//name:pass%20word@");
    const source = `${sockets} ${SERVICES.webchat.program}`;
    const { code, said } = await runProgram(t, source, { env: { ...env, HTTPS_PROXY } });
    assert.equal(code, 0, said);
    assert.equal((await gateway.ledger()).length, 1);
    assert.deepEqual(proxy.refused, []);
  });

  test("lets the client go on where the proxy refuses, and end when it is closed", LIMIT, async (t) => {
    const { gateway, proxy, env } = await wayOut(t, "Basic of somebody else");
    const source = `${sockets}
      import { GuestClient } from "./dist/node.js";
      const client = await GuestClient.create({ host: "${DOMAIN}", token: "${TOKEN}", WebSocket });
      const connecting = client.connect().catch(({ code }) => code);
      while (client.stats().attempt < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      console.log(client.state);
      await client.close();
      console.log(await connecting);`;
    const { code, said } = await runProgram(t, source, { env });
    assert.equal(code, 0, said);
    assert.equal(said, "reconnecting\nclosed\n");
    assert.ok(proxy.refused.length > 0 && proxy.tunnels.length === 0);
    assert.deepEqual(await gateway.ledger(), []);
  });
});
