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
  /** The final error, when `to` is `closed`. */
  readonly error: GuestwireError | null;
  readonly at: number;
}

/** The final states of a message. */
export type FinalState = "delivered" | "rejected" | "expired" | "cancelled" | "unconfirmed";

/** The states of a message. `sending` may go back to `queued`; a final state is never left. */
export type MessageState = "queued" | "sending" | FinalState;

/** A message of ours has changed its state. */
export interface Delivery {
  readonly id: string;
  readonly state: MessageState;
  /**
   * Why, where there is more to say than the state does. With a final state: `refused`, `order` (a later one was taken before it),
   * `ttl`, `caller`, `failed` (three answered failures), `session_lost`, or the code with which the client ended (`closed`, `forbidden` …);
   * in web messaging also `over_limit` (the session takes fewer attributes) and `history` (not even that tells what became of it).
   * Back in `queued`: `link_lost`, `no_answer`, `network`, `failed`, `refused_for_now`, `session_refused`, `session_lost`, `absent`, or the
   * reason of the final state that follows at once.
   */
  readonly reason: string | null;
  /** The path it went by. */
  readonly via: "socket" | "rest" | null;
  /** Since `send`. */
  readonly elapsed: number;
  /** How often it has gone out. */
  readonly attempts: number;
  readonly at: number;
}

/** A message from the agent's side, or from the guest elsewhere; each is raised once. */
export interface IncomingMessage {
  readonly id: string;
  /** Who said it: `guest` where it was said elsewhere, in another tab, say. */
  readonly sender: "agent" | "guest";
  /** Text from outside: set it as text, never as HTML. */
  readonly content: string;
  readonly at: number;
}

/** The time (epoch) in which the agent's words may have been missed; an application with another source can fill it. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** The client has a guest session, or another one than before. */
export interface SessionChange {
  readonly id: string;
  readonly expiresIn: number;
  /** The session that this one replaces. */
  readonly replaces: string | null;
  readonly reason: string;
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
   * `malformed`, `answer` (of a request), and the `why` of each `statechange`. Of files: `file_question`, `file_news`, `upload`, `upload_answer`.
   */
  readonly what: string;
  readonly connection: string | null;
  readonly message: string | null;
  readonly bytes: number;
  readonly state: string;
  /** A status, a close code or the code of an error frame. */
  readonly code: number | null;
  readonly at: number;
}

/** The detail of each event, by its name. */
export interface GuestEventDetails {
  statechange: StateChange;
  delivery: Delivery;
  message: IncomingMessage;
  gap: Gap;
  session: SessionChange;
  quality: Quality;
  audit: Audit;
  error: GuestwireError;
}

/** The events, by their name. */
export type GuestEventMap = { [K in keyof GuestEventDetails]: CustomEvent<GuestEventDetails[K]> };

/** A listener: a function, or an object with `handleEvent`. */
export type GuestListener<E extends Event> = ((event: E) => unknown) | { handleEvent(event: E): unknown };
