/** Loads the WebAssembly module, once, however many ask. The loading promise is the only state that this package keeps. */

import { CallerError, NetworkError } from "./errors.js";
import instantiate, { initSync, RawClient } from "./glue.js";
import type { RawClientConstructor } from "./raw.js";

/** Where the module comes from: an address, what was fetched from one, its bytes, or its compiled form. */
export type WasmSource = string | URL | Response | PromiseLike<Response> | BufferSource | WebAssembly.Module;

let loading: Promise<void> | undefined;
let ready = false;
let lastFailure: unknown;

/**
 * Loads the module; calls that come while it loads, or after, share the first one's load, and their `source` is not looked at.
 * A load that failed may be tried again. In Node the module is loaded at import, and this resolves at once.
 *
 * @param source default: `guestwire.wasm` beside this file, which bundlers that know `new URL(…, import.meta.url)` carry along.
 * @throws {@link NetworkError} `load_failed`, with the `cause`.
 */
export function init(source?: WasmSource): Promise<void> {
  if (ready) return Promise.resolve();
  loading ??= load(source ?? new URL("./guestwire.wasm", import.meta.url)).catch((cause: unknown) => {
    loading = undefined;
    lastFailure = cause;
    throw new NetworkError(
      {
        code: "load_failed",
        message: `the WebAssembly module could not be loaded: ${cause instanceof Error ? cause.message : "unknown cause"}`,
        remedy: "see that guestwire.wasm is served beside the script, or pass its address or bytes to init()",
        retryable: true,
      },
      cause,
    );
  });
  return loading;
}

/** Loads the module at once, from its bytes; a failure is kept as the cause of the later `not_initialised`. */
export function initNow(bytes: () => BufferSource): void {
  try {
    initSync({ module: bytes() });
    ready = true;
  } catch (error) {
    lastFailure = error;
  }
}

/** The module's class. @throws {@link CallerError} `not_initialised`. */
export function rawClient(): RawClientConstructor {
  if (ready) return RawClient;
  throw new CallerError(
    {
      code: "not_initialised",
      message: "the WebAssembly module is not loaded",
      remedy: "await init() first, or use GuestClient.create()",
      retryable: true,
    },
    lastFailure,
  );
}

async function load(source: WasmSource): Promise<void> {
  const given = await (typeof source === "string" || source instanceof URL ? fetch(source) : source);
  await instantiate({ module_or_path: isResponse(given) ? await compile(given) : given });
  ready = true;
}

/** By shape, since a response may come from another realm or from a library. */
function isResponse(value: Response | BufferSource | WebAssembly.Module): value is Response {
  return typeof (value as Response).arrayBuffer === "function";
}

/** Compiles while it loads, where the server names the type exactly; a server that does not costs time, not the load. */
async function compile(response: Response): Promise<BufferSource | WebAssembly.Module> {
  if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  const streams = response.headers.get("Content-Type")?.toLowerCase() === "application/wasm";
  return streams ? WebAssembly.compileStreaming(response) : response.arrayBuffer();
}
