/** The events of guests' clients: what comes to those of every client. */
import type { ClientEventDetails } from "../events.js";

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
   * Back in `queued`: `link_lost`, `no_answer`, `network`, `failed`, `foreign_answer`, `refused_for_now`, `session_refused`,
   * `session_lost`, `absent`, `attributes_refused`, or the reason of the final state that follows at once.
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

/** The client has a guest session, or another one than before. */
export interface SessionChange {
  /** As in `SessionInfo`. */
  readonly id: string;
  readonly expiresIn: number;
  /** The session that this one replaces. */
  readonly replaces: string | null;
  readonly reason: string;
}

/** The detail of each event, by its name. */
export interface GuestEventDetails extends ClientEventDetails {
  delivery: Delivery;
  message: IncomingMessage;
  session: SessionChange;
}

/** The events, by their name. */
export type GuestEventMap = { [K in keyof GuestEventDetails]: CustomEvent<GuestEventDetails[K]> };
