/** The generated glue (`wasm-bindgen --target web`), typed by hand: see `raw.ts`. */
import type { Instantiate, RawClientConstructor } from "../raw.js";
import type { RawStreamClient, RawTokenManagerConstructor } from "./raw.js";

declare const instantiate: Instantiate;
export default instantiate;
/** The same, at once. */
export function initSync(input: { module: BufferSource | WebAssembly.Module }): unknown;
export const RawClient: RawClientConstructor<RawStreamClient>;
export const RawTokens: RawTokenManagerConstructor;
