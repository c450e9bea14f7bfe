// What is far too long is refused before it is copied into the module, whose memory never shrinks.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runProgram } from "./lib/program.mjs";

const LIMIT = { timeout: 60_000 };
const NOWHERE = "http://127.0.0.1:1";
const ENTRIES = {
  webchat: ["node", "GuestClient", { host: NOWHERE, token: "t".repeat(12) }],
  "web-messaging": ["web-messaging-node", "GuestClient", { region: NOWHERE, deploymentId: "d" }],
  streams: ["streams-node", "StreamClient", { region: NOWHERE, credentials: "t".repeat(12) }],
};

/** Says by how many bytes each call makes the module larger, and how it is refused. */
const program = (entry, calls) => {
  const [file, name, options] = ENTRIES[entry];
  return `
    const instances = [];
    for (const how of ["Instance", "instantiate"]) {
      const made = WebAssembly[how];
      WebAssembly[how] =
        how === "Instance"
          ? class extends made { constructor(...all) { super(...all); instances.push(this); } }
          : async (...all) => { const it = await made.apply(WebAssembly, all); instances.push(it.instance ?? it); return it; };
    }
    const { ${name}: Client } = await import("./dist/${file}.js");
    const { WebSocket } = await import("ws");
    const options = { ...${JSON.stringify(options)}, WebSocket };
    const client = new Client(options);
    const memories = () => instances.flatMap(({ exports }) => Object.values(exports)).filter((it) => it instanceof WebAssembly.Memory);
    const bytes = () => memories().reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
    const long = "x".repeat(10 << 20);
    const said = [];
    for (const call of [${calls.join(", ")}]) {
      const before = bytes();
      let how = "taken";
      try { how = String(await call()); } catch ({ code, name }) { how = code ?? name; }
      said.push(how + " +" + (bytes() - before));
    }
    console.log(bytes() > 0, said.join("; "));
    client.dispose();`;
};

async function grows(t, entry, calls, expected) {
  const { code, said } = await runProgram(t, program(entry, calls));
  assert.deepEqual(
    { code, said },
    { code: 0, said: `true ${expected.map((how) => `${how} +0`).join("; ")}\n` },
  );
}

test("ten megabytes that somebody pastes make no module of webchat larger", LIMIT, (t) =>
  grows(
    t,
    "webchat",
    [
      `() => client.send(long)`,
      `() => client.cancel(long)`,
      `() => new Client({ ...options, token: long })`,
      `() => new Client({ ...options, [long]: 1 })`,
      `() => new Client({ ...options, guest: { firstName: long } })`,
    ],
    ["too_large", "false", "bad_option", "bad_option", "bad_option"],
  ),
);

test("nor one of web messaging", LIMIT, (t) =>
  grows(
    t,
    "web-messaging",
    [
      `() => client.send(long)`,
      `() => client.send({ text: long })`,
      `() => client.send({ text: "a", attributes: { a: long } })`,
      `() => client.send({ text: "a", attributes: { [long]: "a" } })`,
      `() => client.setAttributes({ a: long })`,
      `() => client.attach({ name: long + ".png", type: "image/png", data: new Uint8Array(1) })`,
      `() => client.attach({ name: "a.png", type: long, data: new Uint8Array(1) })`,
      `() => client.detach(long)`,
      `() => client.attachmentUrl(long)`,
      `() => new Client({ ...options, deploymentId: long })`,
    ],
    [
      "too_large",
      "bad_content",
      "bad_content",
      "bad_content",
      "bad_content",
      "file_name",
      "file_type",
      "unknown_attachment",
      "unknown_attachment",
      "bad_option",
    ],
  ),
);

test("nor one of streams", LIMIT, (t) =>
  grows(
    t,
    "streams",
    [
      `() => client.subscribe([long])`,
      `() => client.unsubscribe([long])`,
      `() => new Client({ ...options, topics: [long] })`,
      `() => new Client({ ...options, credentials: long })`,
    ],
    ["topic_too_long", "topic_too_long", "bad_option", "bad_option"],
  ),
);

test("a text as long as maxContent allows is taken, however long that is", LIMIT, async (t) => {
  const [file, name, options] = ENTRIES.webchat;
  const source = `import { ${name} as Client } from "./dist/${file}.js";
    import { WebSocket } from "ws";
    const client = new Client({ ...${JSON.stringify(options)}, WebSocket, maxContent: 1 << 20 });
    const id = client.send("x".repeat(1 << 20)).id;
    try { client.send("x".repeat((1 << 20) + 1)); } catch ({ code }) { console.log(id.length, code); }
    client.dispose();`;
  assert.deepEqual(await runProgram(t, source), { code: 0, said: "36 too_large\n" });
});
