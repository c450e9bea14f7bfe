// Builds the face around the fake glue and gives fresh copies of it: the loading promise is a module's own state.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "guestwire-face-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const outfile = join(folder, "face.mjs");
await build({
  stdin: {
    contents: 'export * from "../src/index.ts"; export * as glue from "./fake-glue.mjs";',
    resolveDir: here("."),
  },
  plugins: [
    {
      name: "fake glue",
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\/glue\.js$/ }, () => ({ path: here("fake-glue.mjs") })),
    },
  ],
  bundle: true,
  format: "esm",
  platform: "neutral",
  outfile,
  logLevel: "warning",
});

let copies = 0;

/** A copy of the face that has loaded nothing yet. */
export async function freshFace() {
  copies += 1;
  return import(`${pathToFileURL(outfile)}?${copies}`);
}

/** A client over a fake module, and that module. */
export async function freshClient(options = {}) {
  const face = await freshFace();
  await face.init(new Uint8Array());
  const client = new face.GuestClient({ host: "h", token: "t".repeat(12), ...options });
  return { face, client, raw: face.glue.RawClient.last };
}

/** Lets everything run that is waiting in microtasks. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Takes what is reported while `work` runs. */
export async function reported(work) {
  const errors = [];
  const was = globalThis.reportError;
  globalThis.reportError = (error) => errors.push(error);
  try {
    await work();
    await settled();
  } finally {
    globalThis.reportError = was;
  }
  return errors;
}
