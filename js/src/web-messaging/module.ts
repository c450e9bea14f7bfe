/** The module of this entry. */
import type { WasmSource } from "../loader.js";
import { Loader } from "../loader.js";
import { glue } from "./glue.js";

/** @internal */
export const module = new Loader(glue, new URL("./web-messaging.wasm", import.meta.url));

/**
 * Loads the module; calls that come while it loads, or after, share the first one's load, and their `source` is not looked at.
 * A load that failed may be tried again. In Node the module is loaded at import, and this resolves at once.
 *
 * @param source default: `web-messaging.wasm` beside this file, which bundlers that know `new URL(…, import.meta.url)` carry along.
 * @returns a promise that rejects with a {@link NetworkError} `load_failed`, with the `cause`.
 */
export function init(source?: WasmSource): Promise<void> {
  return module.init(source);
}
