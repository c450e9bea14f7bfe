// A gateway and a page for each measurement: nothing is shared between two clients but the machine.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openPage } from "../tests/e2e/lib/browser.mjs";
import { startGateway } from "../tests/e2e/lib/gateway.mjs";

const DIST = fileURLToPath(new URL("./dist", import.meta.url));

export const CLIENTS = ["guestwire", "reconnecting-websocket", "partysocket"];

/** Bundles the page once; the gateways serve it. */
export async function makePage() {
  await build({
    entryPoints: [fileURLToPath(new URL("./page.mjs", import.meta.url))],
    bundle: true,
    format: "esm",
    target: "es2022",
    outfile: `${DIST}/page.js`,
    alias: { guestwire: fileURLToPath(new URL("../dist/index.js", import.meta.url)) },
    logLevel: "error",
  });
  const { copyFile, writeFile } = await import("node:fs/promises");
  await copyFile(new URL("../dist/guestwire.wasm", import.meta.url), `${DIST}/guestwire.wasm`);
  await writeFile(
    `${DIST}/index.html`,
    '<!doctype html><html lang="en"><title>bench</title><script type="module" src="/page.js"></script></html>\n',
  );
}

/** Runs `measure(page, gateway)` with a page and a gateway of its own. */
export async function withWorld(browser, measure) {
  const gateway = await startGateway(["--www", DIST]);
  const context = await browser.newContext();
  try {
    const page = await openPage(context, gateway.address);
    await page.waitForFunction(() => globalThis.clients !== undefined);
    return await measure(page, gateway);
  } finally {
    await context.close();
    await gateway.stop();
  }
}

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];
