/** The module of this entry, at once: for Node, which has the bytes at hand. In a file of its own, so that no types of it leave the package. */
import type { Platform } from "../loader.js";
import { module } from "./module.js";

/** @internal */
export function initNow(bytes: () => Uint8Array, platform: Platform): void {
  module.initNow(bytes, platform);
}
