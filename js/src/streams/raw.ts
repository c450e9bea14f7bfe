/** What the module of this entry exports beside what every module does (`../raw.ts`). */
import type { Ending } from "../fuse.js";
import type { ClientStats } from "../options.js";
import type { RawClient, RawError } from "../raw.js";
import type { Topic } from "./topics.js";

/** The figures of a stream. */
export interface Stats extends ClientStats {
  /** Events, each once. */
  readonly received: number;
  /** Events that came again on the socket that took over, and were not raised again. */
  readonly duplicates: number;
}

/** The exported class. A method throws a `Refusal` with a `RawError`. */
export interface RawStreamClient extends RawClient {
  stats(): Stats;
  /** The number under which an event `answer` comes. */
  subscribe(topics: readonly string[]): number;
  unsubscribe(topics: readonly string[]): number;
  topics(): Topic[];
  /** The application has caught up with what it missed in this gap. */
  resynced(gap: number): void;
}

/** What the module calls of a token manager's. Each call may come in the middle of a frame of it, so each may only take a note and return. */
export interface TokenHost extends Ending {
  given(ask: number, token: string, left: number): void;
  refused(ask: number, error: RawError): void;
  deliver(type: string, detail: object): void;
}

/** The exported class of token managers. A method throws a `Refusal` with a `RawError`. */
export interface RawTokenManager {
  ask(ask: number, refused: string | undefined): void;
  abort(ask: number): void;
  rest(): void;
  free(): void;
}

/** How it is made. */
export type RawTokenManagerConstructor = new (options: object, host: TokenHost) => RawTokenManager;
