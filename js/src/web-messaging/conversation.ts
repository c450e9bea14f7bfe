/** The conversation as a whole: how it is, what is told of it, and the promises of a new one and of clearing it away. */
import { quiet } from "../builtins.js";
import type { GuestwireError } from "../errors.js";
import { CallerError, closedError } from "../errors.js";
import type { StateChange } from "../events.js";
import type { IncomingMessage as Common } from "../guest/events.js";
import type { Json } from "../json.js";
import type { Authorization } from "./authorization.js";
import type { ContentPart } from "./parts.js";

/** What the service sent, whole: what it is known for, and whatever else stands in it. From outside: check it before use. */
export interface MessageBody {
  /** Quick replies, cards, carousels, files, pickers, forms, and what this package knows nothing of; each with its `contentType`. */
  readonly content?: readonly ContentPart[];
  readonly metadata?: Json;
  readonly channel?: Json;
  readonly originatingEntity?: Json;
  readonly [name: string]: Json | readonly ContentPart[] | undefined;
}

/** A message from the agent's side, or from the guest elsewhere; each is raised once. */
export interface IncomingMessage extends Common {
  /**
   * Of a guest's: the id that `send` gave it in the tab or on the device where it was said, so that a draft that is shared can be told
   * from it. Null where the service does not repeat it, as of messages of other clients.
   */
  readonly sentId: string | null;
  /** `Text` or `Structured`; null where the service did not say. */
  readonly type: string | null;
  /** When it was said, as the service wrote it (ISO 8601); null where it did not. */
  readonly time: string | null;
  /** All of it. A message that is only a file or only buttons has the empty text as its `content`. */
  readonly body: MessageBody;
}

/** The agent begins to write, or writes no more: by their word, by a message, by time, or because the connection is gone. */
export interface Typing {
  readonly active: boolean;
  /** For how long it holds unless it is said again; null with the end. */
  readonly duration: number | null;
  readonly at: number;
}

/** Somebody came, went, or did something with the conversation. Told as it happens, never from the history. */
export interface Presence {
  /** `Join`, `Disconnect`, `Clear`, `SignIn`, or another word of the service's. */
  readonly kind: string;
  readonly sender: "agent" | "guest";
  readonly type: string | null;
  readonly time: string | null;
  readonly body: MessageBody;
  readonly at: number;
}

/**
 * What the service said that is no message: of a type that is none (`Receipt`), or an event that this package knows nothing of
 * (`CoBrowse`). Told as it comes; the history is not searched for it.
 */
export type Notice = Presence;

/** The conversation has changed. */
export interface ConversationChange {
  /** Nothing can be said in it; `startNew()` begins another one. */
  readonly readOnly: boolean;
  /** It is another one than before; so never of the first one of this client. */
  readonly new: boolean;
  /** `session` (the service says so of the session), `disconnected` (by the agent), `refused` (what was said) or `started_anew`. */
  readonly why: string;
  readonly at: number;
}

/** The session ends soon unless something is said. Told once of each end. */
export interface Expiring {
  /** In how long. */
  readonly in: number;
  readonly at: number;
}

/** How the conversation is. */
export interface ConversationState {
  readonly readOnly: boolean;
  /** The agent writes. */
  readonly typing: boolean;
  readonly startingNew: boolean;
  readonly clearing: boolean;
  /** Milliseconds until the session ends unless something is said; null where the service did not say. */
  readonly expiresIn: number | null;
}

function readOnlyError(): CallerError {
  const message = "the conversation has ended and can only be read";
  return new CallerError({
    code: "read_only",
    message,
    remedy: "startNew() begins another one",
    retryable: false,
  });
}

interface Wait {
  resolve(): void;
  reject(error: unknown): void;
}

/** Those who wait for one thing to happen to the conversation. */
class Waits {
  #waits = new Set<Wait>();

  /** Does what brings it about, and waits for it. What the service makes of it is told by events too: then nobody has to wait. */
  after(start: () => unknown): Promise<void> {
    let started = false;
    const happened = new Promise<void>((resolve, reject) => {
      const wait = { resolve, reject };
      // Before it is asked for: it may be told of at once.
      this.#waits.add(wait);
      try {
        // What is so already has nothing to wait for.
        if (start() === false) {
          this.#waits.delete(wait);
          resolve();
        }
        started = true;
      } catch (error) {
        this.#waits.delete(wait);
        reject(error);
      }
    });
    if (started) quiet(happened);
    return happened;
  }

  /** Those who wait now; what settles them runs when the event that says so was dispatched. */
  take(): ReadonlySet<Wait> {
    const waits = this.#waits;
    this.#waits = new Set();
    return waits;
  }
}

const NONE: ReadonlySet<Wait> = new Set();

function resolve(waits: ReadonlySet<Wait>): void {
  waits.forEach((wait) => {
    wait.resolve();
  });
}

/** Settles them all. */
export function reject(waits: ReadonlySet<Wait>, error: unknown): void {
  waits.forEach((wait) => {
    wait.reject(error);
  });
}

/** What is wished of the conversation of one client. */
export class Wishes {
  readonly renewed = new Waits();
  readonly cleared = new Waits();
  readonly signedIn = new Waits();
  readonly signedOut = new Waits();
  readonly joined = new Waits();

  /** An event is told; what it gives is to be done afterwards. */
  told(type: string, detail: unknown): (() => void) | undefined {
    if (type === "conversation") {
      const { readOnly, new: begins } = detail as ConversationChange;
      const waits = begins ? this.renewed.take() : NONE;
      // Nobody comes to what can only be read.
      const late = readOnly ? this.joined.take() : NONE;
      return () => {
        resolve(waits);
        reject(late, readOnlyError());
      };
    }
    if (type === "presence") {
      const { kind, sender } = detail as Presence;
      const waits = kind === "Join" && sender === "guest" ? this.joined.take() : NONE;
      return () => {
        resolve(waits);
      };
    }
    if (type === "authorization") {
      const { state, error } = detail as Authorization;
      const out = state === "signed_out" ? this.signedOut.take() : NONE;
      const waits = state === "required" && !error ? NONE : this.signedIn.take();
      const reason = error ?? closedError("the guest was signed out", "signIn() with a new grant");
      return () => {
        resolve(out);
        state === "signed_in" ? resolve(waits) : reject(waits, reason);
      };
    }
    if (type === "error") {
      const error = detail as GuestwireError;
      const refused = {
        start_new_refused: this.renewed,
        clear_refused: this.cleared,
        auto_start_refused: this.joined,
        join_unconfirmed: this.joined,
      };
      const waits = refused[error.code as keyof typeof refused]?.take() ?? NONE;
      return () => {
        reject(waits, error);
      };
    }
    if (type === "statechange" && (detail as StateChange).to === "closed") {
      const closed = closedError("the client was closed", "connect() to start anew");
      const error = (detail as StateChange).error ?? closed;
      const renewed = this.renewed.take();
      const signedIn = this.signedIn.take();
      const joined = this.joined.take();
      const cleared = this.cleared.take();
      return () => {
        reject(renewed, error);
        reject(signedIn, error);
        reject(joined, error);
        error.code === "cleared" ? resolve(cleared) : reject(cleared, error);
      };
    }
    return undefined;
  }
}
