/** What every guest's client is made from and what it tells about itself, beside what every client does (`../options.ts`). */
import type { ClientStats, ConnectionOptions } from "../options.js";

/** What to do with messages whose guest session the service no longer knows. */
export type OnSessionLost = "resend" | "resend-uncertain" | "fail";

/** The options that every guest's client has. Times are milliseconds, sizes are bytes. An unknown key, a wrong type or a value out of range is refused with `bad_option`. */
export interface CommonOptions extends ConnectionOptions {
  /** Default `"resend"`: only what the lost session certainly lacks goes to the new one. */
  onSessionLost?: OnSessionLost;
  /** How long a message may wait to leave. Default 300,000. */
  ttl?: number;
  /** How many messages may wait or be in flight; beyond it `send` throws `buffer_full`. Default 1,000. */
  maxMessages?: number;
  /** The same, in bytes of content. Default 4 MiB. */
  maxBytes?: number;
  /** The longest content, in bytes of UTF-8; beyond it `send` throws `too_large`. Default 16 KiB. */
  maxContent?: number;
  /** The bounds of the adaptive wait for an acknowledgement. Default 5,000 to 30,000. */
  ackTimeout?: { min?: number; max?: number };
  /** The deadline for making a guest session. Default 10,000. */
  sessionTimeout?: number;
  /** The deadline for a message that goes by REST. Default 10,000. */
  restTimeout?: number;
  /** How long `close()` lets what is in flight settle. Default 2,000; 0 closes at once. */
  closeGrace?: number;
}

/** The guest session that a client has. The token is never shown. */
export interface SessionInfo {
  /**
   * In webchat the service's name of this conversation (`webchatInstanceId`). Web messaging gives a session no name: there it is one
   * of this client's own, which the service never hears, and the guest's token is what the service knows the conversation by.
   */
  readonly id: string;
  /** Milliseconds until the service lets it expire. */
  readonly expiresIn: number;
}

/** A message that has no final state yet. */
export interface PendingMessage {
  readonly id: string;
  readonly state: "queued" | "sending";
  /** Bytes of content. */
  readonly size: number;
  /** Milliseconds since `send`. */
  readonly age: number;
}

/** The figures of a guest's client. */
export interface Stats extends ClientStats {
  /** What has no final state yet. */
  readonly messages: { readonly queued: number; readonly inFlight: number; readonly bytes: number };
  readonly delivered: number;
  readonly rejected: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unconfirmed: number;
  /** Messages from the agent's side. */
  readonly received: number;
  /** Messages and acknowledgements that came again, and were not raised again. */
  readonly duplicates: number;
}
