/** The generated glue (`wasm-bindgen --target web`), typed by hand: see `../raw.ts`. */
import type { RawGuestClient } from "../guest/raw.js";
import type { Glue, RawClientConstructor } from "../raw.js";

export const glue: Glue<{ RawClient: RawClientConstructor<RawGuestClient> }>;
