/** The module of this entry, at once: for Node, which has the bytes at hand. */
import type { Platform } from "../loader.js";
import { initSync } from "./glue.js";
import { module } from "./module.js";

/** @internal */
export function initNow(bytes: () => BufferSource, platform: Platform): void {
  module.initNow(() => initSync({ module: bytes() }), platform);
}
