/** What the module of this entry exports beside what every module does (`../raw.ts`). */
import type { RawClient } from "../raw.js";
import type { Topic } from "./topics.js";

/** The exported class. A method throws a `RawError`. */
export interface RawStreamClient extends RawClient {
  /** The number under which an event `answer` comes. */
  subscribe(topics: readonly string[]): number;
  unsubscribe(topics: readonly string[]): number;
  topics(): Topic[];
  /** The application has caught up with what it missed in this gap. */
  resynced(gap: number): void;
  /** As `provideToken`, with the milliseconds that it lives. */
  provideTokenFor(request: number, token: string, life: number): void;
  /** As `refuseToken`: there will never be one. */
  refuseTokenForGood(request: number): void;
}
