/** The events: their details and their types. Times are milliseconds; `at` counts from the epoch. */

import type { GuestwireError } from "./errors.js";
import type { ConnectionState, ConnectionStep } from "./options.js";

/** The connection has changed, or waits for an attempt, or begins one (then `from` and `to` are the same). */
export interface StateChange {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  readonly step: ConnectionStep;
  /** The reason, as a short word or sentence for people and logs. */
  readonly why: string;
  /** Attempts since the connection was last ready, this one included. */
  readonly attempt: number;
  /** How long the next attempt is waited for; null where none is. */
  readonly wait: number | null;
  /** Why it failed, in the words of the platform or of whoever answered; null where nothing is said. */
  readonly cause: Cause | null;
  /** The final error, when `to` is `closed`. */
  readonly error: GuestwireError | null;
  readonly at: number;
}

/** What the platform or whoever answered says of a failure: never free text, an address or a token. */
export interface Cause {
  /** In an error: the `why` of the `statechange`, or of a request. */
  readonly why?: string;
  /** The platform's own code, such as `ECONNREFUSED` or `DEPTH_ZERO_SELF_SIGNED_CERT`; pages are told none. */
  readonly code?: string;
  /** The status of an answer, in Node of a socket's handshake too. */
  readonly status?: number;
  /** The host that a redirect leads to, where it is another; pages are not told. */
  readonly host?: string;
}

/** The time (epoch) in which something may have been missed; an application with another source can fill it. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The quality of the connection has crossed a threshold. */
export interface Quality {
  readonly kind:
    | "LATENCY_THRESHOLD_EXCEEDED"
    | "LATENCY_RECOVERED"
    | "PACKET_LOSS_CRITICAL"
    | "PACKET_LOSS_RECOVERED";
  readonly state: "STABLE" | "DEGRADED";
  readonly mean: number | null;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly loss: number | null;
  readonly at: number;
}

/** One record of what the client did: never content, never a token. */
export interface Audit {
  /**
   * Of a message of ours: `accepted`, `send`, `post`, `acknowledged`, `duplicate_ack`, `late_ack`, `unknown_ack`, `refused`, `unknown_refusal`,
   * and its final state. Of the connection: `open`, `opened`, `closed`, `heartbeat`, `probe`, `heartbeat_answer`, `message`, `ignored`,
   * `malformed`, `request` and its `answer`, and the `why` of each `statechange`. Of files: `file_question`, `file_news`, `upload`, `upload_answer`.
   */
  readonly what: string;
  readonly connection: string | null;
  readonly message: string | null;
  readonly bytes: number;
  readonly state: string;
  /** A status, a close code or the code of an error frame. */
  readonly code: number | null;
  /** The platform's own code of what failed, where it has one. */
  readonly cause?: string;
  readonly at: number;
}

/** The detail of each event that every client has, by its name. */
export interface ClientEventDetails {
  statechange: StateChange;
  gap: Gap;
  quality: Quality;
  audit: Audit;
  error: GuestwireError;
}

/** A listener: a function, or an object with `handleEvent`. */
export type GuestListener<E extends Event> = ((event: E) => unknown) | { handleEvent(event: E): unknown };
