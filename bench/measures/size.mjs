// What a page downloads: each client bundled and minified for browsers by esbuild, then brotli 11; guestwire's module
// is a file of its own, and counts.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants } from "node:zlib";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export async function size(peer) {
  const { outputFiles } = await build({
    stdin: { contents: peer.weighed, resolveDir: here("..") },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: "es2022",
    alias: { guestwire: here("../../dist/index.js") },
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  const assets = (peer.assets ?? []).map((path) => readFile(here(`../../${path}`)));
  const files = [outputFiles[0].contents, ...(await Promise.all(assets))];
  return files.reduce((sum, bytes) => sum + packed(bytes), 0);
}

const packed = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
