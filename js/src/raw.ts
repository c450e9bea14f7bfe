/**
 * The shape of the generated WebAssembly glue, written by hand: what the Rust class takes and gives, in plain data.
 * Only `loader.ts` and the clients touch it; nothing here is public.
 */
import type { Cause } from "./events.js";
import type { Ending, Fuse } from "./fuse.js";
import type { ClientStats, WebSocketConstructor } from "./options.js";
import type { Trace, TraceEntry } from "./trace.js";

/** What Rust refuses something with, and what stands in an event that carries an error. */
export interface RawError {
  code: string;
  message: string;
  remedy: string;
  retryable: boolean;
  /** Whose fault it is; errors that are made on this side have it in their class. */
  blame?: "caller" | "service" | "network";
  option?: string;
  /** Of what repeats: how often, since when, epoch ms, and why. */
  count?: number;
  since?: number;
  cause?: Cause;
}

/** What Rust calls. Each call may come in the middle of a Rust frame, so each may only take a note and return. */
export interface Host extends Ending {
  deliver(type: string, detail: object): void;
  requestToken(request: number, renew: boolean): void;
  WebSocket?: WebSocketConstructor;
}

/** The exported class. A method throws a `Refusal` with a {@link RawError}. */
export interface RawClient {
  connect(): void;
  reconnectNow(): void;
  close(grace: number | undefined): void;
  stats(): ClientStats;
  /** The frame of the trace, then its entries. */
  trace(): [Omit<Trace, "entries">, ...TraceEntry[]];
  /** `life`: milliseconds that it lives, where that is known. */
  provideToken(request: number, token: string, life: number | undefined): void;
  /** `code`: there will never be one, for this reason; the empty text, for one that is not known. Undefined: it is asked again. */
  refuseToken(request: number, code: string | undefined): void;
  free(): void;
}

/** How the exported class is made. */
export type RawClientConstructor<Raw extends RawClient = RawClient> = new (
  options: object,
  host: Host,
) => Raw;

/** `WebAssembly.Module`, where there are types of it: projects for Node may have none. */
type CompiledModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } }
  ? Module
  : never;

/** A module's bytes, or its compiled form. */
export type WasmInput = ArrayBuffer | ArrayBufferView | CompiledModule;

/** The generated glue, for one instance, which `Parts` of it are given by once it is there. */
export type Glue<Parts> = (fuse: Fuse) => {
  readonly imports: object;
  begin(instance: object): Parts;
};
