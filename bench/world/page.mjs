// The page that every measurement in the browser opens: one bundle with all clients.
import { copyFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { openPage } from "../../tests/e2e/lib/browser.mjs";
import { serveFolder } from "../../tests/e2e/lib/serve.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const FOLDER = here("../dist");

/**
 * Bundles the page, serves it, and gives `withPage`, which runs something in a fresh page.
 *
 * @param {import("playwright-core").Browser} browser
 */
export async function servePages(browser) {
  await build({
    entryPoints: [here("../page.mjs")],
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    outfile: `${FOLDER}/page.js`,
    alias: { guestwire: here("../../dist/index.js") },
    logLevel: "error",
  });
  await copyFile(here("../../dist/guestwire.wasm"), `${FOLDER}/guestwire.wasm`);
  await writeFile(
    `${FOLDER}/index.html`,
    '<!doctype html><html lang="en"><title>bench</title><script type="module" src="/page.js"></script></html>\n',
  );
  const server = await serveFolder(FOLDER);
  return {
    /** @template T @param {(page: import("playwright-core").Page) => Promise<T>} use */
    async withPage(use) {
      const context = await browser.newContext();
      try {
        const page = await openPage(context, `${server.origin}/`);
        await page.waitForFunction(() => globalThis.bench !== undefined);
        return await use(page);
      } finally {
        await context.close();
      }
    },
    close: () => server.close(),
  };
}
