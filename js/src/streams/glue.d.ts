/** The generated glue (`wasm-bindgen --target web`), typed by hand: see `raw.ts`. */
import type { Glue, RawClientConstructor } from "../raw.js";
import type { RawStreamClient, RawTokenManagerConstructor } from "./raw.js";

export const glue: Glue<{
  RawClient: RawClientConstructor<RawStreamClient>;
  RawTokens: RawTokenManagerConstructor;
}>;
