/** The generated glue (`wasm-bindgen --target web`), typed by hand: see `raw.ts`. */
import type { RawClientConstructor } from "./raw.js";

/** Instantiates the module from its bytes or its compiled form. */
export default function init(input: { module_or_path: BufferSource | WebAssembly.Module }): Promise<unknown>;
/** The same, at once. */
export function initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;
export const RawClient: RawClientConstructor;
