// Throw-away projects that have the packed tarball installed, as a user's project would.
import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));

/** The repository; its `node_modules` lend the projects Vite, tsc and ws, so that no registry is asked. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Runs a program to its end and gives what it wrote; a failure carries all of it. */
export async function output(program, args, options) {
  try {
    return (await run(program, args, { maxBuffer: 16 * 1024 * 1024, ...options })).stdout;
  } catch (error) {
    error.message += `\n${error.stdout}\n${error.stderr}`;
    throw error;
  }
}

/**
 * Packs the package, `prepack` included, as `npm run pack` does.
 *
 * @returns {Promise<{ file: string, contents: string[], remove(): Promise<void> }>}
 */
export async function pack() {
  const folder = await mkdtemp(join(tmpdir(), "guestwire-pack-"));
  // What the build says goes to the same stream, in front of the JSON.
  const said = await output(
    "npm",
    ["pack", "--ignore-scripts=false", "--json", "--pack-destination", folder],
    { cwd: root },
  );
  const [packed] = Object.values(JSON.parse(said.slice(said.search(/^[[{]$/m))));
  return {
    file: join(folder, packed.filename),
    contents: packed.files.map((file) => file.path).sort(),
    remove: () => rm(folder, { recursive: true }),
  };
}

/**
 * Makes a project from a fixture of this folder and installs `packages` (tarballs or folders) in it.
 *
 * @param {"module" | "commonjs"} [type] what its `.js` files are.
 * @returns {Promise<{ folder: string, remove(): Promise<void> }>}
 */
export async function project(fixture, packages, type = "module") {
  const folder = await mkdtemp(join(tmpdir(), `guestwire-${fixture}-`));
  await cp(join(here, fixture), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: fixture, private: true, type }));
  await output("npm", ["install", "--offline", "--no-audit", "--no-fund", ...packages], { cwd: folder });
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
