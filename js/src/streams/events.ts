/** The events of a stream: what comes to those of every client. */
import type { ServiceError } from "../errors.js";
import type { ClientEventDetails } from "../events.js";
import { MAX_BUFFERED } from "../iteration.js";
import type { Json } from "../json.js";

/** How many events wait in the module while the application catches up (`HELD_EVENTS` of the core). Then they flow, all at once. */
const HELD = 10_000;

/** How many events an iteration keeps for a loop that is slower than they come: what can flow at once after a gap, and what comes meanwhile. */
export const MAX_BUFFERED_EVENTS = HELD + MAX_BUFFERED;

/** The same in bytes, as they came: eight times what can wait in the module, and four of the largest frames. */
export const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** An event of a topic that is subscribed to. From outside: check it before use. */
export interface StreamEvent {
  readonly topic: string;
  /** What the service says of it; null where it says nothing. A whole number over 2^53 in it is rounded, as JavaScript has it: see `rawBody`. */
  readonly body: Json;
  /** The same as the service wrote it, JSON; only with the option `rawBody`. */
  readonly rawBody?: string;
  /** The service's mark of what caused it, where it gives one. */
  readonly correlationId: string | null;
  /** When it came, epoch ms. */
  readonly at: number;
}

/** The error of a topic that the service refuses; the others stay subscribed. */
export interface TopicRefusedError extends ServiceError {
  readonly code: "topic_refused";
  readonly topic: string;
  /** The service's word for why. */
  readonly reason: string;
  readonly missingPermissions: readonly string[];
}

/** The detail of each event, by its name. */
export interface StreamEventDetails extends ClientEventDetails {
  event: StreamEvent;
}

/** The events, by their name. */
export type StreamEventMap = { [K in keyof StreamEventDetails]: CustomEvent<StreamEventDetails[K]> };
