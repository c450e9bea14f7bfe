/** The entry for Node: the same as `index.ts`, with the module loaded from the disk at import, so that the constructor works at once. */
import { readFileSync } from "node:fs";
import { onNode } from "../node-sockets.js";
import { initNow } from "./index.js";

initNow(() => readFileSync(new URL("./streams.wasm", import.meta.url)), onNode);

export * from "./index.js";
