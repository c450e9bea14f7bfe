/** The handle of one message that was sent: its name, its state as it is now, and the promise of its final state. */
import type { Delivery, FinalState, MessageState } from "./events.js";

/** How a message ended. */
export interface DeliveryResult {
  readonly id: string;
  readonly state: FinalState;
  /** Why, where there is more to say than the state does. */
  readonly reason: string | null;
  /** The path it was delivered by. */
  readonly via: "socket" | "rest" | null;
  /** Milliseconds from `send` to the final state. */
  readonly elapsed: number;
  /** How often it went out. */
  readonly attempts: number;
}

/** What {@link GuestClient.send} gives. */
export interface SentMessage {
  /** The message's id, which the service knows it by. */
  readonly id: string;
  /** Its state now. */
  readonly state: MessageState;
  /** Resolves with the final state, always; it never rejects. */
  readonly done: Promise<DeliveryResult>;
}

/** Whether a state is never left. */
export function isFinal(state: MessageState): state is FinalState {
  return state !== "queued" && state !== "sending";
}

/** The handle behind {@link SentMessage}, with the side that the client holds. */
export class Outgoing implements SentMessage {
  readonly done: Promise<DeliveryResult>;
  readonly #since = Date.now();
  #state: MessageState = "queued";
  /** Whether a copy was ever under way: then nobody can say that the service lacks it. */
  #left = false;
  #finish!: (result: DeliveryResult) => void;

  constructor(readonly id: string) {
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get state(): MessageState {
    return this.#state;
  }

  /** Takes note of a new state. A final state stays. */
  note(state: MessageState): void {
    this.#left ||= state === "sending";
    if (!isFinal(this.#state)) this.#state = state;
  }

  /** Settles `done`, where the state is final. */
  settle({ state, reason, via, elapsed, attempts }: Omit<Delivery, "id" | "at">): void {
    if (isFinal(state)) this.#finish({ id: this.id, state, reason, via, elapsed, attempts });
  }

  /**
   * What to tell of a message that the module has left without a final state: it is released with the client, or has failed. The module tells
   * that a copy is under way before it gives that to a socket or a request.
   */
  abandoned(reason: string): Delivery {
    const left = this.#left;
    const at = Date.now();
    return {
      id: this.id,
      state: left ? "unconfirmed" : "cancelled",
      reason,
      via: null,
      elapsed: Math.max(0, at - this.#since),
      attempts: left ? 1 : 0,
      at,
    };
  }
}
