// Pages whose built-ins are not the platform's: with the old libraries that npm has, and with one built-in broken at a time, before the
// package is loaded and after. Judged by the ledger.
import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { launchChromium, openPage } from "./lib/browser.mjs";
import { eventually } from "./lib/eventually.mjs";
import { startGateway } from "./lib/gateway.mjs";
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

const ENTRIES = {
  webchat: ["./dist/index.js", (place) => ({ host: place, token: TOKEN })],
  "web-messaging": [
    "./dist/web-messaging.js",
    (place) => ({ region: place, deploymentId: "the-deployment" }),
  ],
};

let browser;
let gateway;
let server;
let folder;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "guestwire-replaced-"));
  await cp(fileURLToPath(new URL("dist", ROOT)), join(folder, "dist"), { recursive: true });
  for (const path of Object.values(LIBRARIES)) {
    await cp(fileURLToPath(new URL(`node_modules/${path}`, ROOT)), join(folder, "libraries", path), {
      recursive: true,
    });
  }
  server = await serveFolder(folder);
  gateway = await startGateway(["--echo"]);
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await gateway?.stop();
  await server?.close();
  await rm(folder, { recursive: true });
});

let pages = 0;

/** Opens a page with these scripts in it, and gives what it says first. */
async function said(t, head, module) {
  pages += 1;
  const name = `page-${pages}.html`;
  const html = `<!doctype html><link rel="icon" href="data:,">${head}<script type="module">
    const { lives, say } = (${kit})();
    const breakable = ${breakable};
    ${module}
  </script>`;
  await writeFile(join(folder, name), html);
  const page = await openPage(browser);
  t.after(() => page.close());
  const lines = [];
  page.on("console", (message) => {
    if (message.text().startsWith("said ")) lines.push(message.text().slice(5));
  });
  await page.goto(`${server.origin}/${name}`);
  const looked = () => {
    const problems = page.problems.filter((problem) => !/WebSocket connection/.test(problem));
    assert.deepEqual(problems, []);
    return lines[0];
  };
  return JSON.parse(await eventually("the page says how it went", looked, { deadline: 540_000 }));
}

/** How often the service has each of these texts. */
async function copies(texts) {
  const ledger = await gateway.ledger();
  return texts.map((text) => ledger.filter(({ content }) => content === text).map(({ copies }) => copies));
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

for (const [library, path] of Object.entries(LIBRARIES)) {
  for (const [entry, [script, least]] of Object.entries(ENTRIES)) {
    test(`a page with ${library}, loaded before or after, has its guest (${entry})`, async (t) => {
      for (const when of ["before", "after"]) {
        const text = `${library} ${when} ${entry}`;
        const options = JSON.stringify(least(gateway.address));
        const element = `<script src="./libraries/${path}"></script>`;
        const load = `await new Promise((resolve, reject) => {
          const element = document.createElement("script");
          Object.assign(element, { src: "./libraries/${path}", onload: resolve, onerror: reject });
          document.head.append(element);
        });`;
        const outcome = await said(
          t,
          when === "before" ? element : "",
          `const { GuestClient, init } = await import("${script}");
          await init();
          ${when === "after" ? load : ""}
          localStorage.clear();
          const storage = ${entry === "webchat" ? "undefined" : "() => localStorage"};
          const options = { ...${options}, ...(storage && { storage }) };
          const outcome = await lives(GuestClient, options, "${text}");
          say([outcome, localStorage.getItem("guestwire:the-deployment")]);`,
        );
        assert.equal(outcome[0], "delivered", text);
        if (entry === "web-messaging") assert.match(outcome[1], UUID, text);
        assert.deepEqual(await copies([text]), [[1]], text);
      }
    });
  }
}

/** Runs in the page: breaks all of each owner at once; where that does harm, one after another, for its name. */
async function breakEach(all, outcomeOf) {
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
    if ((await attempt(`all of ${owner}`, some)) === "delivered") continue;
    for (const one of some) await attempt(one.name, [one]);
  }
  await attempt("everything", all);
  return outcomes;
}

for (const [entry, [script, least]] of Object.entries(ENTRIES)) {
  test(`whatever a page replaces after the package was loaded, its guest is heard (${entry})`, async (t) => {
    const [count, outcomes] = await said(
      t,
      "",
      `const { GuestClient, init } = await import("${script}");
      await init();
      const options = ${JSON.stringify(least(gateway.address))};
      const all = breakable(${JSON.stringify(NAMES)});
      say([all.length, await (${breakEach})(all, (name) => lives(GuestClient, options, "${entry} without " + name))]);`,
    );
    assert.ok(count > 400, `only ${count} can be replaced`);
    assert.deepEqual(
      outcomes.filter(([, outcome]) => outcome !== "delivered"),
      [],
    );
    assert.ok(outcomes.length > 50, `only ${outcomes.length} lives`);
    const counted = await copies(outcomes.map(([name]) => `${entry} without ${name}`));
    assert.deepEqual(
      counted.filter((found) => found.join() !== "1"),
      [],
    );
  });
}
