// Pages whose built-ins are not the platform's: with the old libraries that npm has, and with one built-in broken at a time, before the
// package is loaded and after. Judged by the ledger.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { TokenManager } from "../../dist/streams-node.js";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
import { APPLICATION } from "./lib/official.mjs";
import { breakable, kit, NAMES } from "./lib/replaced.mjs";
import { serveFolder } from "./lib/serve.mjs";
import { TOKEN } from "./lib/token.mjs";

const ROOT = new URL("../../", import.meta.url);

/** The libraries that replace most, as they are loaded by a script element. */
const LIBRARIES = {
  prototype: "prototype-js-core/prototype.js",
  mootools: "mootools/lib/mootools-core-1.5.2-server.js",
  sugar: "sugar/sugar-full.js",
  "es5-shim": "es5-shim/es5-shim.js",
  "es5-sham": "es5-shim/es5-sham.js",
  "es6-shim": "es6-shim/es6-shim.js",
  "es6-sham": "es6-shim/es6-sham.js",
  "core-js 2": "core-js/client/shim.js",
  json3: "json3/lib/json3.js",
  "jquery 1": "jquery/dist/jquery.js",
  "zone.js": "zone.js/bundles/zone.umd.js",
};

/** Each entry, what lives with it in a page, and how that says that all is well. `least` is what its client needs, as code. */
const ENTRIES = {
  webchat: {
    script: "./dist/index.js",
    Client: "GuestClient",
    life: "live",
    well: "delivered",
    least: () => JSON.stringify({ host: gateway.address, token: TOKEN }),
  },
  "web-messaging": {
    script: "./dist/web-messaging.js",
    Client: "GuestClient",
    life: "live",
    well: "delivered",
    least: () => JSON.stringify({ region: gateway.address, deploymentId: "the-deployment" }),
  },
  streams: {
    script: "./dist/streams.js",
    Client: "StreamClient",
    life: "listen",
    well: "heard 1 2, read 1 2",
    least: () => `{
      region: ${JSON.stringify(gateway.address)},
      credentials: () => (${JSON.stringify(token)}),
    }`,
  },
};

let browser;
let gateway;
let server;
let folder;
/** Of a stream. */
let token;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "guestwire-replaced-"));
  await cp(fileURLToPath(new URL("dist", ROOT)), join(folder, "dist"), { recursive: true });
  for (const path of Object.values(LIBRARIES)) {
    await cp(fileURLToPath(new URL(`node_modules/${path}`, ROOT)), join(folder, "libraries", path), {
      recursive: true,
    });
  }
  server = await serveFolder(folder);
  gateway = await startGateway(["--echo", "--stream-api-rate", "100000", "--stream-open-rate", "100000"]);
  const tokens = new TokenManager({ ...APPLICATION, region: gateway.address });
  token = await tokens.token();
  tokens.dispose();
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
  await server?.close();
  await rm(folder, { recursive: true });
});

let pages = 0;

/** Writes a page, or a frame of one, with these scripts in it. */
async function written(head, module) {
  pages += 1;
  const name = `page-${pages}.html`;
  const html = `<!doctype html><link rel="icon" href="data:,">${head}<script type="module">
    const { live, listen, lives, outcomeOf, say } = (${kit})(globalThis.frameElement?.told);
    const breakable = ${breakable};
    ${module}
  </script>`;
  await writeFile(join(folder, name), html);
  return name;
}

/** Opens a page, and gives what it and its frames say, once they have said so much. What a stream in it wants to hear happens. */
async function sayings(t, name, count, problem = /WebSocket connection/) {
  const page = await openPage(browser);
  t.after(() => page.close());
  const lines = [];
  const happened = [];
  page.on("console", (message) => {
    const [, word, what] = /^(said|wants) (.*)$/s.exec(message.text()) ?? [];
    if (word === "said") lines.push(JSON.parse(what));
    if (word === "wants") happened.push(happen(JSON.parse(what)));
  });
  await page.goto(`${server.origin}/${name}`);
  const looked = async () => {
    await Promise.all(happened);
    assert.deepEqual(
      page.problems.filter((text) => !problem.test(text)),
      [],
    );
    return lines.length >= count;
  };
  await eventually("the page says how it went", looked, { deadline: 540_000 });
  return lines;
}

/** An event happens in each topic, and reaches who listens to it. */
async function happen(topics) {
  for (const [place, topic] of topics.entries()) {
    const { sent } = await gateway.emit(topic, {}, `${place + 1}`);
    assert.equal(sent.length, 1, topic);
  }
}

/** Opens a page with these scripts in it, and gives what it says first. */
async function said(t, head, module) {
  const [first] = await sayings(t, await written(head, module), 1);
  return first;
}

/**
 * Opens a page with frames, each with scripts of its own that give an outcome, some at a time. Gives the outcome of each by its name, or
 * what the frame was told, by an error event or by the platform, and then it went no further.
 */
async function outcomesInFrames(t, frames, problem) {
  const names = [];
  for (const [name, head, life] of frames) {
    const module = `const { over } = frameElement;
    over(await (async () => { ${life} })());`;
    names.push([name, await written(head, module)]);
  }
  const page = await written(
    "",
    `const names = ${JSON.stringify(names)};
    const next = () => {
      if (names.length === 0) return;
      const [name, src] = names.shift();
      const frame = Object.assign(document.createElement("iframe"), { src });
      frame.over = (outcome) => {
        if (!frame.isConnected) return;
        frame.remove();
        say([name, outcome, frame.stored ?? null]);
        next();
      };
      // What is told need be no end.
      frame.told = (what) => setTimeout(frame.over, ${GRACE}, "told: " + what);
      setTimeout(frame.over, ${DEADLINE}, "nothing, in its time");
      document.body.append(frame);
    };
    for (let some = 0; some < ${AT_ONCE}; some += 1) next();`,
  );
  return sayings(t, page, frames.length, problem);
}

/** How many frames of a page live at once. */
const AT_ONCE = 6;
/** How long a frame may take, and how long it may go on once it was told of something, in ms. Both are far more than it needs. */
const DEADLINE = 30_000;
const GRACE = 2000;

/** How often the service has each of these texts. */
async function copies(texts) {
  const ledger = await gateway.ledger();
  return texts.map((text) => ledger.filter(({ content }) => content === text).map(({ copies }) => copies));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The element that loads a library, and what loads it later. */
const element = (path) => `<script src="./libraries/${path}"></script>`;
const load = (path) => `await new Promise((resolve, reject) => {
  const element = document.createElement("script");
  Object.assign(element, { src: "./libraries/${path}", onload: resolve, onerror: reject });
  document.head.append(element);
});`;

for (const [library, path] of Object.entries(LIBRARIES)) {
  for (const entry of ["webchat", "web-messaging"]) {
    const { script, least } = ENTRIES[entry];
    test(`a page with ${library}, loaded before or after, has its guest (${entry})`, async (t) => {
      for (const when of ["before", "after"]) {
        const text = `${library} ${when} ${entry}`;
        const outcome = await said(
          t,
          when === "before" ? element(path) : "",
          `const { GuestClient, init } = await import("${script}");
          await init();
          ${when === "after" ? load(path) : ""}
          localStorage.clear();
          const storage = ${entry === "webchat" ? "undefined" : "() => localStorage"};
          const options = { ...${least()}, ...(storage && { storage }) };
          const outcome = await lives(() => live(GuestClient, options, "${text}"));
          say([outcome, localStorage.getItem("guestwire:the-deployment")]);`,
        );
        assert.equal(outcome[0], "delivered", text);
        if (entry === "web-messaging") assert.match(outcome[1], UUID, text);
        assert.deepEqual(await copies([text]), [[1]], text);
      }
    });
  }
}

test("whatever old library is loaded before or after, a stream hears each event once", async (t) => {
  const { script, least, well } = ENTRIES.streams;
  const frames = [];
  for (const [library, path] of Object.entries(LIBRARIES)) {
    for (const when of ["before", "after"]) {
      const name = `${library} ${when}`;
      const life = `
        const { StreamClient, init } = await import("${script}");
        await init();
        ${when === "after" ? load(path) : ""}
        return lives(() => listen(StreamClient, ${least()}, "${name}"));`;
      frames.push([name, when === "before" ? element(path) : "", life]);
    }
  }
  const outcomes = await outcomesInFrames(t, frames);
  assert.deepEqual(
    outcomes.filter(([, outcome]) => outcome !== well),
    [],
  );
});

/** Runs in the page: breaks all of each owner at once; where that does harm, one after another, for its name. */
async function breakEach(all, outcomeOf, well) {
  const outcomes = [];
  const attempt = async (name, some) => {
    for (let place = 0; place < some.length; place += 1) some[place].put();
    const outcome = await outcomeOf(name);
    for (let place = 0; place < some.length; place += 1) some[place].mend();
    outcomes.push([name, outcome]);
    return outcome;
  };
  for (const owner of new Set(all.map((one) => one.owner))) {
    const some = all.filter((one) => one.owner === owner);
    if ((await attempt(`all of ${owner}`, some)) === well) continue;
    for (const one of some) await attempt(one.name, [one]);
  }
  await attempt("everything", all);
  return outcomes;
}

for (const [entry, { script, Client, life, well, least }] of Object.entries(ENTRIES)) {
  const heard = entry === "streams" ? "its stream hears each event once" : "its guest is heard";
  test(`whatever a page replaces after the package was loaded, ${heard} (${entry})`, async (t) => {
    const [count, outcomes] = await said(
      t,
      "",
      `const { ${Client}, init } = await import("${script}");
      await init();
      const options = ${least()};
      const all = breakable(${JSON.stringify(NAMES)});
      const livesWithout = (name) =>
        lives(() => ${life}(${Client}, options, "${entry} without " + name));
      say([all.length, await (${breakEach})(all, livesWithout, "${well}")]);`,
    );
    assert.ok(count > 400, `only ${count} can be replaced`);
    assert.deepEqual(
      outcomes.filter(([, outcome]) => outcome !== well),
      [],
    );
    assert.ok(outcomes.length > 50, `only ${outcomes.length} lives`);
    if (entry === "streams") return;
    const counted = await copies(outcomes.map(([name]) => `${entry} without ${name}`));
    assert.deepEqual(
      counted.filter((found) => found.join() !== "1"),
      [],
    );
  });
}

/** Of what the package cannot do without, and of what it can: what throws, and what does nothing and gives nothing. */
const BROKEN_BEFORE = {
  throws: [
    "AbortController",
    "Array.isArray",
    "Array.of",
    "Array.prototype.shift",
    "ArrayBuffer.isView",
    "Blob",
    "CustomEvent",
    "EventTarget.prototype.addEventListener",
    "Headers",
    "JSON.parse",
    "Map.prototype.get",
    "Math.round",
    "MessageEvent.prototype.data",
    "Object.getPrototypeOf",
    "Promise.prototype.then",
    "Reflect",
    "RegExp.prototype.exec",
    "Request",
    "Response.prototype.status",
    "Set.prototype.forEach",
    "String.prototype.slice",
    "WebSocket",
    "WebSocket.prototype.send",
    "a typed array's prototype.buffer",
    "clearTimeout",
    "crypto",
    "fetch",
    "queueMicrotask",
    "setTimeout",
  ],
  "does nothing": [
    "CustomEvent",
    "JSON",
    "Request",
    "TextDecoder",
    "Uint8Array",
    "WebSocket",
    "crypto",
    "fetch",
    "queueMicrotask",
    "setTimeout",
  ],
};

/** Of those, what the other entries are tried with too: what their requests need, and what is told in another way there. */
const ELSEWHERE = [
  "AbortController",
  "Array.of",
  "Array.prototype.shift",
  "ArrayBuffer.isView",
  "JSON.parse",
  "Math.round",
  "Object.getPrototypeOf",
  "Promise.prototype.then",
  "Request",
  "Response.prototype.status",
  "crypto",
  "queueMicrotask",
];

/** Whoever fails does so soon. */
const IMPATIENT = JSON.stringify({
  maxAttempts: 2,
  backoff: { base: 20, cap: 50 },
  socketTimeout: 2000,
  sessionTimeout: 2000,
  restTimeout: 2000,
});

/** Where the package does not work, it says so: by what a call throws or rejects with, by an error event, or by an error of the page. */
const SAID = /^(failed|told): (?!undefined|without a word)./;

for (const [entry, { script, Client, life, well, least }] of Object.entries(ENTRIES)) {
  test(`with a built-in broken before the package is loaded, it works or says that it does not (${entry})`, async (t) => {
    const tried = (name) => entry === "web-messaging" || ELSEWHERE.includes(name);
    const broken = Object.entries(BROKEN_BEFORE).flatMap(([how, names]) =>
      names.filter(tried).map((name) => [name, how]),
    );
    const frames = [["nothing", "throws"], ...broken].map(([name, how]) => {
      const text = `${entry}, where ${name} ${how}`;
      const module = `
        const frame = frameElement;
        addEventListener("error", ({ message }) => frame.told(message));
        addEventListener("unhandledrejection", ({ reason }) => frame.told(reason.message));
        const storage = {
          getItem: () => null,
          setItem: (_, token) => {
            frame.stored = token;
          },
        };
        const options = { ...${least()}, ...${IMPATIENT}${entry === "web-messaging" ? ", storage" : ""} };
        const all = breakable(${JSON.stringify(NAMES)}, ${how === "does nothing"});
        const one = all.find((it) => it.name === "${name}");
        if (!one && "${name}" !== "nothing") throw new Error("there is no ${name}");
        one?.put();
        return outcomeOf(async () => {
          const { ${Client}, init } = await import("${script}");
          await init();
          return ${life}(${Client}, options, "${text}");
        });`;
      return [text, "", module];
    });
    const outcomes = await outcomesInFrames(t, frames, /./);
    assert.equal(outcomes.find(([name]) => name.includes("where nothing throws"))[1], well);
    assert.deepEqual(
      outcomes.filter(([, outcome]) => outcome !== well && !SAID.test(outcome)),
      [],
    );
    for (const [name, outcome, stored] of outcomes) {
      if (stored !== null) assert.match(stored, UUID, name);
      const [found] = await copies([name]);
      const right = outcome === "delivered" ? ["1"] : ["", "1"];
      assert.ok(entry === "streams" || right.includes(found.join()), `${name}: ${outcome}, ${found.join()}`);
    }
  });
}
