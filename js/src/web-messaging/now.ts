/** The module of this entry, at once: for Node, which has the bytes at hand. */
import { initSync } from "./glue.js";
import { module } from "./module.js";

/** @internal */
export function initNow(bytes: () => BufferSource): void {
  module.initNow(() => initSync({ module: bytes() }));
}
