// The tarball, not the tree: packed once, installed in real projects, judged by the gateway's ledger.
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { TokenManager } from "../../dist/streams-node.js";
import { launchChromium, openPage } from "../e2e/lib/browser.mjs";
import { startGateway } from "../e2e/lib/gateway.mjs";
import { APPLICATION } from "../e2e/lib/official.mjs";
import { serveFolder } from "../e2e/lib/serve.mjs";
import { TOKEN } from "../e2e/lib/token.mjs";
import { deadLinks, unsaid } from "./pages.mjs";
import { output, pack, project, root } from "./project.mjs";

let tarball;
let gateway;
before(async () => {
  tarball = await pack();
  gateway = await startGateway();
});
after(async () => {
  await gateway?.stop();
  await tarball?.remove();
});

/** Events of a topic of its own happen until `ended` settles, and the program or page has heard of the first. */
async function whileThingsHappen(topic, ended) {
  let over = false;
  const end = () => {
    over = true;
  };
  ended.then(end, end);
  while (!over) {
    await gateway.emit(topic);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return ended;
}

/** What the page's promise became, the page being on another origin than the gateway. */
async function outcomeOf(folder, topic) {
  const server = await serveFolder(folder);
  const browser = await launchChromium();
  try {
    const streamToken = await tokenOfStreams();
    const parameters = new URLSearchParams({ gateway: gateway.address, token: TOKEN, topic, streamToken });
    const page = await openPage(browser, `${server.origin}/?${parameters}`);
    const outcome = await whileThingsHappen(
      topic,
      page
        .waitForFunction(() => globalThis.outcome)
        .then((outcome) => outcome.jsonValue())
        .catch((error) => assert.fail([error.message, ...page.problems].join("\n"))),
    );
    assert.deepEqual(page.problems, []);
    return outcome;
  } finally {
    await browser.close();
    await server.close();
  }
}

/** As an application's server would get it. */
async function tokenOfStreams() {
  const tokens = new TokenManager({ ...APPLICATION, region: gateway.address });
  try {
    return (await tokens.token()).token;
  } finally {
    tokens.dispose();
  }
}

/** What a program for Node prints, as JSON. */
async function said(program, folder, topic) {
  const arguments_ = [program, gateway.address, TOKEN, topic];
  const printed = output("node", arguments_, { cwd: folder, timeout: 60_000 });
  return JSON.parse(await whileThingsHappen(topic, printed));
}

/** The types of Node and of ws. Not installed: those of Node have a dependency, which no registry is asked for. */
async function copyTypes(folder) {
  for (const types of ["@types/node", "@types/ws", "undici-types"]) {
    const place = join("node_modules", types);
    await cp(join(root, place), join(folder, place), { recursive: true });
  }
}

/** The client of each entry says that it is delivered, and its service has it, once; and what the stream heard has happened. */
async function assertDelivered({ outcomes, oneClassOfErrors, heard }, content, topic) {
  const taken = (await gateway.ledger()).filter((message) => message.content === content);
  assert.deepEqual(
    outcomes.map(({ id, state }) => [id, state]).sort(),
    // Web messaging names a message itself; the id that it was given stands beside.
    taken
      .map(({ messageId, tracingId, copies }) => [tracingId ?? messageId, copies === 1 && "delivered"])
      .sort(),
  );
  assert.equal(outcomes.length, 2);
  assert.ok(oneClassOfErrors, "the entries share what is not theirs alone");
  const { events } = await gateway.streams();
  const event = events.find(({ correlationId }) => correlationId === heard);
  assert.equal(event?.topic, topic, "what was heard has happened");
}

test("the tarball holds a module for each service, scripts and types, and nothing else of ours", () => {
  // With what the README leads to.
  const about = [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "SECURITY.md",
    "docs/answers.md",
    "docs/gateway.md",
    "docs/limits.md",
    "docs/platforms.md",
    "docs/reading.md",
    "docs/recorder.md",
    "docs/streams.md",
    "docs/web-messaging.md",
    "examples/proxy.mjs",
    "examples/stream.mjs",
    "package.json",
  ];
  assert.deepEqual(
    tarball.contents.filter((path) => !path.startsWith("dist/")),
    about,
  );
  const shipped = tarball.contents.filter((path) => path.startsWith("dist/"));
  assert.deepEqual(
    shipped.filter((path) => path.endsWith(".wasm")),
    ["dist/guestwire.wasm", "dist/streams.wasm", "dist/web-messaging.wasm"],
  );
  for (const path of shipped)
    assert.match(
      path,
      /^dist\/(guestwire\.cdx\.json|[a-z-]+(\.c?js|\.d\.c?ts|\.wasm)|(guest|webchat|web-messaging|streams)\/[a-z-]+\.d\.c?ts)$/,
    );
});

test("the bill of materials names all that the modules are built of, and no tool", async () => {
  const { folder, remove } = await project("node", [tarball.file]);
  try {
    const path = join(folder, "node_modules/guestwire/dist/guestwire.cdx.json");
    const text = await readFile(path, "utf8");
    const bill = JSON.parse(text);
    assert.deepEqual([bill.bomFormat, bill.specVersion], ["CycloneDX", "1.5"]);
    // What would differ between two builds of one commit.
    assert.deepEqual([bill.serialNumber, bill.metadata.timestamp], [undefined, undefined]);
    assert.ok(!text.includes(root) && !text.includes(homedir()), "it has no path of the machine");

    const { name, version, purl, components } = bill.metadata.component;
    assert.equal(purl, `pkg:npm/${name}@${version}`);
    assert.deepEqual(
      components.map((module) => module.name).sort(),
      tarball.contents.filter((path) => path.endsWith(".wasm")),
    );
    const edges = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]));
    for (const module of components) {
      const reached = new Set([module["bom-ref"]]);
      for (const ref of reached) for (const next of edges.get(ref)) reached.add(next);
      const names = new Set(bill.components.filter((it) => reached.has(it["bom-ref"])).map((it) => it.name));
      for (const built of ["guestwire-core", "wasm-bindgen", "js-sys", "talc", "std", "dlmalloc"])
        assert.ok(names.has(built), `${module.name} is built of ${built}`);
    }

    const crates = await readFile(join(root, "Cargo.lock"), "utf8");
    const locked = crates.match(/name = "wasm-bindgen"\nversion = "(.*)"\nsource = .*\nchecksum = "(.*)"/);
    const bindgen = bill.components.find((it) => it.name === "wasm-bindgen");
    assert.deepEqual([bindgen.version, bindgen.hashes[0].content], locked.slice(1));
    const names = bill.components.map((it) => it.name);
    const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    const tools = [
      "wasm-bindgen-cli-support",
      "walrus",
      "wasm-bindgen-test",
      "proptest",
      "syn",
      "serde_derive",
      "xtask",
    ];
    for (const tool of [...tools, ...Object.keys(devDependencies)])
      assert.ok(!names.includes(tool), `${tool} is not shipped`);
  } finally {
    await remove();
  }
});

test("a page without a bundler sends messages and listens", async () => {
  const { folder, remove } = await project("plain", [tarball.file]);
  try {
    const topic = "v2.users.plain.presence";
    await assertDelivered(await outcomeOf(folder, topic), "Hello from a plain page", topic);
  } finally {
    await remove();
  }
});

test("a Vite project builds, and its page sends messages and listens", async () => {
  const { folder, remove } = await project("vite", [tarball.file]);
  try {
    await output(join(root, "node_modules/.bin/vite"), ["build"], { cwd: folder });
    const topic = "v2.users.vite.presence";
    await assertDelivered(await outcomeOf(join(folder, "dist"), topic), "Hello from Vite", topic);
  } finally {
    await remove();
  }
});

test("Node sends messages and listens, with the WebSocket constructor that it is given", async () => {
  const { folder, remove } = await project("node", [tarball.file, join(root, "node_modules/ws")]);
  try {
    const topic = "v2.users.node.presence";
    await assertDelivered(await said("main.mjs", folder, topic), "Hello from Node", topic);
  } finally {
    await remove();
  }
});

test("CommonJS sends messages and listens: all entries come by require, loaded and with one class of errors", async () => {
  const { folder, remove } = await project(
    "commonjs",
    [tarball.file, join(root, "node_modules/ws")],
    "commonjs",
  );
  try {
    const topic = "v2.users.commonjs.presence";
    await assertDelivered(await said("main.cjs", folder, topic), "Hello from CommonJS", topic);
  } finally {
    await remove();
  }
});

test("strict TypeScript accepts what the documentation shows, with the types of the package alone", async () => {
  const { folder, remove } = await project("types", [tarball.file]);
  try {
    const tsc = (...flags) => output(join(root, "node_modules/.bin/tsc"), flags, { cwd: folder });
    await tsc("--project", "tsconfig.json");
    await tsc("--project", "tsconfig.json", "--module", "NodeNext", "--moduleResolution", "NodeNext");
    await tsc("--project", "tsconfig.commonjs.json");
  } finally {
    await remove();
  }
});

/** The pages of the package, by their paths. */
async function pages() {
  const paths = tarball.contents.filter((path) => path.endsWith(".md"));
  assert.ok(paths.includes("README.md") && paths.length > 5);
  const read = async (path) => [path, await readFile(join(root, path), "utf8")];
  return new Map(await Promise.all(paths.map(read)));
}

test("each link of a page of the package leads to what is in the package, but for pictures", async () => {
  assert.deepEqual(deadLinks(await pages(), tarball.contents), []);
});

test("what a page of the package names, and the repository alone has, is said to be there", async () => {
  assert.deepEqual(unsaid(await pages(), tarball.contents), []);
});

test("strict TypeScript accepts the README's examples as they are written, in pages and in Node", async () => {
  const { folder, remove } = await project("types", [tarball.file, join(root, "node_modules/ws")]);
  try {
    await copyTypes(folder);
    for (const page of ["README.md", "docs/streams.md"]) {
      const text = await readFile(join(root, page), "utf8");
      const examples = [...text.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code);
      assert.ok(examples.length > 0);
      for (const [index, code] of examples.entries()) {
        const given = "declare const clientId: string, clientSecret: string, topics: string[];\n";
        // Each is a program of its own, and what the page has before it is given.
        const known = page === "README.md" ? "" : given;
        await writeFile(join(folder, `${page.replaceAll("/", "-")}.${index}.mts`), known + code);
      }
    }
    const tsc = join(root, "node_modules/.bin/tsc");
    await output(tsc, ["--project", "tsconfig.examples.json"], { cwd: folder });
    const bundler = ["--module", "ESNext", "--moduleResolution", "Bundler"];
    await output(tsc, ["--project", "tsconfig.examples.json", ...bundler], { cwd: folder });
  } finally {
    await remove();
  }
});

test("strict TypeScript accepts a service with Node's types and the package ws, and needs no types of pages", async () => {
  const { folder, remove } = await project("types", [tarball.file, join(root, "node_modules/ws")]);
  try {
    await copyTypes(folder);
    const tsc = join(root, "node_modules/.bin/tsc");
    await output(tsc, ["--project", "tsconfig.service.json"], { cwd: folder });
  } finally {
    await remove();
  }
});
