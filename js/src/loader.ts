/** Loads an entry's WebAssembly module, once, however many ask, and makes another instance of it where one has failed. */

import { brand } from "./brands.js";
import { invoke, leaveToProgram, member } from "./builtins.js";
import { CallerError, NetworkError } from "./errors.js";
import { Fuse } from "./fuse.js";
import type { WebSocketConstructor } from "./options.js";
import type { Glue, RawClient, RawClientConstructor, WasmInput } from "./raw.js";

/** Where the module comes from: an address, what was fetched from one, its bytes, or its compiled form. */
export type WasmSource = string | URL | Response | PromiseLike<Response> | WasmInput;

/** What a platform that is no page does for a module. */
export interface Platform {
  /** The class, with what the platform adds to its sockets. */
  around<Raw extends RawClient>(rawClient: RawClientConstructor<Raw>): RawClientConstructor<Raw>;
  /** Whether sockets of this constructor (undefined: the platform's own) can carry headers. */
  takesHeaders(given: WebSocketConstructor | undefined): boolean;
}

/** What an entry's glue gives: the class of its clients, and what else there is. */
interface ClientParts<Raw extends RawClient> {
  RawClient: RawClientConstructor<Raw>;
}

/** The module of one entry: its glue, and the way to its classes. */
export class Loader<Raw extends RawClient, Parts extends ClientParts<Raw> = ClientParts<Raw>> {
  #loading: Promise<void> | undefined;
  #lastFailure: unknown;
  readonly #glue: Glue<Parts>;
  readonly #place: URL;
  /** Kept for the next instance. */
  #compiled: WebAssembly.Module | undefined;
  #parts: Parts | undefined;
  #fuse: Fuse | undefined;
  #platform: Platform | undefined;

  /** @param place where the module lies; the entry says it, since bundlers look for `new URL(…, import.meta.url)`. */
  constructor(glue: Glue<Parts>, place: URL) {
    this.#glue = glue;
    this.#place = place;
  }

  /** See `init` of the entries. */
  async init(source?: WasmSource): Promise<void> {
    if (this.#ready) return;
    this.#loading ??= this.#load(source ?? this.#place);
    await this.#loading;
  }

  /** Loads the module at once; a failure is kept as the cause of the later `not_initialised`. */
  initNow(bytes: () => Uint8Array, platform: Platform): void {
    try {
      this.#platform = platform;
      this.#compiled = new WebAssembly.Module(bytes() as BufferSource);
      this.#instantiateNow(this.#compiled);
      leaveToProgram();
    } catch (error) {
      this.#lastFailure = error;
    }
  }

  /** What the module gives. @throws {@link CallerError} `not_initialised`. */
  get parts(): Parts {
    try {
      // In place of one that has failed. Old browsers refuse to do it at once in a page; `init` does it in time.
      if (this.#fuse?.blown && this.#compiled) this.#instantiateNow(this.#compiled);
    } catch (error) {
      this.#lastFailure = error;
    }
    if (this.#ready && this.#parts) return this.#parts;
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

  get #ready(): boolean {
    return this.#fuse?.blown === false;
  }

  async #load(source: WasmSource): Promise<void> {
    try {
      this.#compiled ??= await compile(source);
      const fuse = new Fuse();
      const glue = this.#glue(fuse);
      const { imports } = glue as { imports: WebAssembly.Imports };
      this.#begin(fuse, glue.begin(await WebAssembly.instantiate(this.#compiled, imports)));
    } catch (cause) {
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
    } finally {
      this.#loading = undefined;
    }
  }

  #instantiateNow(compiled: WebAssembly.Module): void {
    const fuse = new Fuse();
    const glue = this.#glue(fuse);
    const { imports } = glue as { imports: WebAssembly.Imports };
    this.#begin(fuse, glue.begin(new WebAssembly.Instance(compiled, imports)));
  }

  #begin(fuse: Fuse, parts: Parts): void {
    const { RawClient } = parts;
    this.#parts = { ...parts, RawClient: this.#platform?.around(RawClient) ?? RawClient };
    this.#fuse = fuse;
  }
}

/** By shape, since an address may come from another realm too. */
function isAddress(source: WasmSource): source is string | URL {
  return typeof source === "string" || typeof (source as URL).href === "string";
}

/** By shape, since a response may come from another realm or from a library. */
function isResponse(value: Response | WasmInput): value is Response {
  return typeof (value as Response).arrayBuffer === "function";
}

/** A source, compiled. */
async function compile(source: WasmSource): Promise<WebAssembly.Module> {
  const given = await (isAddress(source) ? fetch(source) : source);
  const input = isResponse(given) ? await compiling(given) : given;
  return isModule(input) ? input : WebAssembly.compile(input);
}

/** Compiles while it loads, where the server names the type exactly; a server that does not costs time, not the load. */
async function compiling(response: Response): Promise<WasmInput> {
  if (!member(response, "ok")) throw new Error(`HTTP status ${member(response, "status")}`);
  const type = invoke(member(response, "headers") as Headers, "get", "Content-Type");
  return type === "application/wasm"
    ? WebAssembly.compileStreaming(response)
    : (invoke(response, "arrayBuffer") as Promise<ArrayBuffer>);
}

/** By its brand, since it may come from another realm too. */
function isModule(input: WasmInput): input is WebAssembly.Module {
  return brand(input) === "[object WebAssembly.Module]";
}
