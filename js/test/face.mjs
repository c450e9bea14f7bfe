// Builds the face around the fake glue and gives fresh copies of it: the loading promise is a module's own state.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "guestwire-face-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

/** The entries of the package. */
const ENTRIES = ["webchat", "web-messaging", "streams"];

const contents = (entry) =>
  `export * from "../src/${entry}/index.ts"; export * as glue from "./fake-glue.mjs";`;
const outfile = (entry) => join(folder, `${entry}.mjs`);
const bundle = (entry) => ({
  stdin: { contents: contents(entry), resolveDir: here(".") },
  plugins: [
    {
      name: "fake glue",
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\/glue\.js$/ }, () => ({ path: here("fake-glue.mjs") })),
    },
  ],
  bundle: true,
  inject: [here("../src/builtins.ts")],
  format: "esm",
  platform: "neutral",
  outfile: outfile(entry),
  logLevel: "warning",
});
await Promise.all(ENTRIES.map((entry) => build(bundle(entry))));

/** The least that is a module. */
export const MODULE = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

let copies = 0;

/** A copy of an entry's face that has loaded nothing yet. */
export async function freshFace(entry = "webchat") {
  copies += 1;
  return import(`${pathToFileURL(outfile(entry))}?${copies}`);
}

/** The least that a client is made from. */
const LEAST = {
  webchat: { host: "h", token: "t".repeat(12) },
  "web-messaging": { region: "r", deploymentId: "d" },
  streams: { region: "r", credentials: "t".repeat(12) },
};

/** A client over a fake module, and that module. */
export async function freshClient(options = {}, entry = "webchat") {
  const face = await freshFace(entry);
  await face.init(MODULE);
  const Client = face.StreamClient ?? face.GuestClient;
  const client = new Client({ ...LEAST[entry], ...options });
  return { face, client, raw: face.glue.RawClient.last };
}

/** Lets everything run that is waiting in microtasks. */
export const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Asks how a promise is by then. */
export function watch(promise) {
  let state = "pending";
  promise.then(
    () => {
      state = "resolved";
    },
    ({ code }) => {
      state = code;
    },
  );
  return async () => {
    await settled();
    return state;
  };
}

/** Takes the rejections while `work` runs that nobody looks at. */
export async function unhandled(work) {
  const errors = [];
  const note = (error) => errors.push(error);
  process.on("unhandledRejection", note);
  try {
    await work();
    await settled();
  } finally {
    process.off("unhandledRejection", note);
  }
  return errors;
}

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
