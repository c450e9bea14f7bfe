/** Loads an entry's WebAssembly module, once, however many ask. The loading promise is the only state that this package keeps. */

import { invoke, leaveToProgram, member } from "./builtins.js";
import { CallerError, NetworkError } from "./errors.js";
import type { WebSocketConstructor } from "./options.js";
import type { Instantiate, RawClient, RawClientConstructor, WasmInput } from "./raw.js";

/** Where the module comes from: an address, what was fetched from one, its bytes, or its compiled form. */
export type WasmSource = string | URL | Response | PromiseLike<Response> | WasmInput;

/** What a platform that is no page does for a module. */
export interface Platform {
  /** The class, with what the platform adds to its sockets. */
  around<Raw extends RawClient>(rawClient: RawClientConstructor<Raw>): RawClientConstructor<Raw>;
  /** Whether sockets of this constructor (undefined: the platform's own) can carry headers. */
  takesHeaders(given: WebSocketConstructor | undefined): boolean;
}

/** The module of one entry: its glue, and the way to its class. */
export class Loader<Raw extends RawClient> {
  #loading: Promise<void> | undefined;
  #ready = false;
  #lastFailure: unknown;
  readonly #instantiate: Instantiate;
  #rawClient: RawClientConstructor<Raw>;
  readonly #place: URL;
  #platform: Platform | undefined;

  /** @param place where the module lies; the entry says it, since bundlers look for `new URL(…, import.meta.url)`. */
  constructor(instantiate: Instantiate, rawClient: RawClientConstructor<Raw>, place: URL) {
    this.#instantiate = instantiate;
    this.#rawClient = rawClient;
    this.#place = place;
  }

  /** See `init` of the entries. */
  init(source?: WasmSource): Promise<void> {
    if (!this.#ready) this.#loading ??= this.#load(source ?? this.#place);
    return this.#loading ?? done();
  }

  /** Loads the module at once; a failure is kept as the cause of the later `not_initialised`. */
  initNow(load: () => unknown, platform: Platform): void {
    try {
      load();
      this.#rawClient = platform.around(this.#rawClient);
      this.#platform = platform;
      this.#ready = true;
      leaveToProgram();
    } catch (error) {
      this.#lastFailure = error;
    }
  }

  /** The module's class. @throws {@link CallerError} `not_initialised`. */
  rawClient(): RawClientConstructor<Raw> {
    return this.loaded(this.#rawClient);
  }

  /** Something of the module's, once that is there. @throws {@link CallerError} `not_initialised`. */
  loaded<T>(made: T): T {
    if (this.#ready) return made;
    throw new CallerError(
      {
        code: "not_initialised",
        message: "the WebAssembly module is not loaded",
        remedy: "await init() first, or use create()",
        retryable: true,
      },
      this.#lastFailure,
    );
  }

  /** Whether sockets can carry headers here. */
  takesHeaders(given: WebSocketConstructor | undefined): boolean {
    return this.#platform?.takesHeaders(given) ?? false;
  }

  async #load(source: WasmSource): Promise<void> {
    try {
      const given = await (isAddress(source) ? fetch(source) : source);
      await this.#instantiate({ module_or_path: isResponse(given) ? await compile(given) : given });
      this.#ready = true;
    } catch (cause) {
      this.#loading = undefined;
      this.#lastFailure = cause;
      const message = (cause as Partial<Error> | null | undefined)?.message ?? "unknown cause";
      throw new NetworkError(
        {
          code: "load_failed",
          message: `the WebAssembly module could not be loaded: ${message}`,
          remedy:
            "see that the .wasm file is served beside the script, or pass its address or bytes to init()",
          retryable: true,
        },
        cause,
      );
    }
  }
}

const done = async (): Promise<void> => undefined;

/** By shape, since an address may come from another realm too. */
function isAddress(source: WasmSource): source is string | URL {
  return typeof source === "string" || typeof (source as URL).href === "string";
}

/** By shape, since a response may come from another realm or from a library. */
function isResponse(value: Response | WasmInput): value is Response {
  return typeof (value as Response).arrayBuffer === "function";
}

/** Compiles while it loads, where the server names the type exactly; a server that does not costs time, not the load. */
async function compile(response: Response): Promise<WasmInput> {
  if (!member(response, "ok")) throw new Error(`HTTP status ${member(response, "status")}`);
  const type = invoke(member(response, "headers") as Headers, "get", "Content-Type");
  return type === "application/wasm"
    ? WebAssembly.compileStreaming(response)
    : (invoke(response, "arrayBuffer") as Promise<ArrayBuffer>);
}
