/** What the flight recorder gives ({@link GuestClient.trace}). */

/** Something that happened to the client: a call, or what the platform said. Further members depend on the kind. */
export interface TraceInput {
  /** `connect`, `send`, `frame`, `closed`, `answered`, `time` and the like. */
  in: string;
  /** When, on the monotonic clock, ms. */
  monotonic: number;
  /** When, epoch ms. */
  wall: number;
  [member: string]: unknown;
}

/** What followed from the input before it: an event, or something for the platform to do. Further members depend on the kind. */
export interface TraceOutput {
  /** An event's type, `open_socket`, `send_frame`, `request` and the like; `more` counts those that were not written down one by one. */
  out: string;
  [member: string]: unknown;
}

/** One line of a trace. */
export type TraceEntry = TraceInput | TraceOutput;

/**
 * The latest inputs and outputs of a client, and its whole state before and after them. Where people wrote something it has the length
 * of that (`filler` bytes of UTF-8, `quoted` in JSON), for tokens a stand-in, and addresses not at all.
 */
export interface Trace {
  /** The layout's name; a trace is read by the version of the client that wrote it. */
  format: string;
  /** The state before the first entry, in the client's own form. */
  start: string;
  /** The state now. */
  end: string;
  entries: TraceEntry[];
}
