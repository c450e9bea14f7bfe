/** What every client is made from and what it tells about itself. */
import { invoke, member } from "./builtins.js";
import { badOption } from "./errors.js";
import type { TokenProvider } from "./providers.js";

/** What is used of a socket. The platform's has it, and that of the package ws, whose types differ in what is not used. */
export interface SocketLike {
  send(data: string): void;
  close(code?: number): void;
  addEventListener(type: "open" | "message" | "close", listener: () => void): void;
  removeEventListener(type: "open" | "message" | "close", listener: () => void): void;
}

/**
 * A constructor with the shape of the platform's `WebSocket`, for platforms that have none, or to add headers. Where a service asks
 * for an origin, it is also given a third argument, `{ origin }`, as the package ws takes it.
 */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => SocketLike;

/** What a close code means to the client. */
export type CloseAction = "reconnect" | "reconnect-slowly" | "renew" | "stop" | "session-lost";

/** The options that every client has. Times are milliseconds, sizes are bytes. An unknown key, a wrong type or a value out of range is refused with `bad_option`. */
export interface ConnectionOptions {
  /** The wait between attempts: from `base` (1,000), doubling up to `cap` (30,000), with jitter. */
  backoff?: { base?: number; cap?: number };
  /** How many attempts in a row may fail. Default: no limit. */
  maxAttempts?: number;
  /** How many sockets may be opened, and how many sessions asked for, within any 20 s. Default 5. */
  maxOpens?: number;
  /** The silence after which a heartbeat goes out, by state. Default 20,000, 10,000 and 5,000; each 5,000 to 45,000, and the latter two at most `stable`. */
  heartbeat?: { stable?: number; degraded?: number; reconnecting?: number };
  /** Above which mean round trip (800) or share of lost heartbeats (0.15) the connection is `DEGRADED`. */
  quality?: { latency?: number; loss?: number };
  /** The deadline for opening the socket. Default 10,000. */
  socketTimeout?: number;
  /** Inputs and outputs that the flight recorder keeps for `trace()`. Default 1,000; 0 turns it off. */
  trace?: number;
  /** The largest frame that is read. Default 256 KiB. */
  maxFrame?: number;
  /** What to do on a close code, where that differs from the contract's table. */
  closeCodes?: Record<string, CloseAction>;
  /** The socket's constructor. Default: the platform's. */
  WebSocket?: WebSocketConstructor;
}

/** The state of the connection. `closed` may be left again by `connect()`. */
export type ConnectionState =
  | "idle"
  | "connecting"
  | "connected"
  | "reconnecting"
  | "offline"
  | "closing"
  | "closed";

/** What the connection is doing within its state. */
export type ConnectionStep =
  | "idle"
  | "waiting"
  | "session"
  | "subscription"
  | "socket"
  | "greeting"
  | "ready"
  | "closing"
  | "closed";

/** The figures of a client. A figure that is not known yet is null. Times are milliseconds. */
export interface ClientStats {
  readonly state: ConnectionState;
  readonly step: ConnectionStep;
  /** Attempts since the connection was last ready. */
  readonly attempt: number;
  readonly reconnects: number;
  /** Sockets opened so far. */
  readonly opens: number;
  /** Frames that were dropped because they could not be read. */
  readonly malformed: number;
  /** Frames of a kind that is not known, or about nothing that is. */
  readonly ignored: number;
  readonly roundTrip: {
    readonly last: number | null;
    readonly mean: number | null;
    readonly p50: number | null;
    readonly p95: number | null;
    readonly smoothed: number | null;
    readonly samples: number;
  };
  /** The share of heartbeats that went unanswered, 0 to 1. */
  readonly loss: number | null;
  readonly quality: "STABLE" | "DEGRADED";
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Milliseconds until the next attempt, while one is waited for. */
  readonly nextAttemptIn: number | null;
  /** Whether the platform says that there is no network. */
  readonly platformOffline: boolean;
}

/** The options as Rust reads them (plain data only), and the code that stays on this side. */
export interface PartedOptions {
  readonly plain: object;
  readonly provider: TokenProvider | undefined;
  readonly WebSocket: WebSocketConstructor | undefined;
  /** Lets go of what was made for this client, where the module refuses its options. */
  readonly release?: (() => void) | undefined;
  /** What the caller knows the options by that the module knows as `credential`, and what it knows nothing of. */
  readonly names: string;
}

/** The credential as the module reads it: its kind, and the text, which is what a caller passes under the name `option`. */
export function credential(kind: string, option: string, value: unknown): object {
  if (typeof value !== "string") throw badOption(option, `option ${option} is no text`, "pass it as text");
  return { kind, value };
}

/** Looks at what a caller passes as options. What throws there, a getter or a proxy, is not shown: it may hold a secret. */
export function readOptions<O extends object, T>(
  options: O,
  look: (options: O) => T,
  remedy = "pass an object, or nothing",
): T {
  try {
    if (typeof options === "object" && options) return look(options);
  } catch {
    // It is refused.
  }
  throw badOption("options", "the options are no readable object", remedy);
}

/** The signal in the options of a call. @throws its reason, when it is aborted already. */
export function signalIn(options: { signal?: AbortSignal }): AbortSignal | undefined {
  const signal = readOptions(options, ({ signal }) => signal);
  if (signal === undefined || signal === null) return undefined;
  if (!isSignal(signal)) {
    throw badOption("signal", "signal is no AbortSignal", "pass that of an AbortController");
  }
  invoke(signal, "throwIfAborted");
  return signal;
}

/** By its shape: it may come from another window. What throws there is none. */
function isSignal(signal: AbortSignal): boolean {
  try {
    return (
      typeof signal === "object" && !!member(signal, "throwIfAborted") && !!member(signal, "addEventListener")
    );
  } catch {
    return false;
  }
}

/** Does something when the signal is aborted; gives what ends that. */
export function onAbort(signal: AbortSignal | undefined, abort: (reason: unknown) => void): () => void {
  if (!signal) return () => undefined;
  const aborted = (): void => abort(member(signal, "reason"));
  invoke(signal, "addEventListener", "abort", aborted);
  return () => void invoke(signal, "removeEventListener", "abort", aborted);
}
