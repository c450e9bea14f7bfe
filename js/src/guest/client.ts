/** What the clients of guests have, whatever the service: messages out, each with its handle, and messages in. */
import type { IterationOptions } from "../client.js";
import { BaseClient, typed } from "../client.js";
import type { GuestwireError } from "../errors.js";
import { Refusal, thrownFrom } from "../errors.js";
import type { Delivery, GuestEventDetails } from "./events.js";
import type { PendingMessage, SessionInfo } from "./options.js";
import type { SentMessage } from "./outgoing.js";
import { isFinal, Outgoing } from "./outgoing.js";
import type { RawGuestClient } from "./raw.js";

/** @internal The name of something: what is no text is the name of nothing. */
export function named(id: string): string {
  // No id is longer. What is would be copied before the module could see that.
  return typeof id === "string" && id.length <= 4096 ? id : "";
}

/**
 * A guest in one conversation: what it is for every service. Each entry of the package has its own `GuestClient` on top of it.
 *
 * What `send` accepts ends in exactly one final state, told by the promise `done` and by `delivery` events.
 */
export abstract class BaseGuestClient<
  Details extends GuestEventDetails = GuestEventDetails,
  Raw extends RawGuestClient = RawGuestClient,
> extends BaseClient<Details, Raw, Details["message"]> {
  #lastSession: SessionInfo | undefined;
  readonly #outgoing = new Map<string, Outgoing>();
  /** The first handle that was made since something was given to the module to be sent. */
  #accepted: Outgoing | undefined;

  /** The guest session, once there is one. After `dispose`: the last one. */
  get session(): SessionInfo | undefined {
    if (this.live) this.#lastSession = this.live.session();
    return this.#lastSession;
  }

  /** The messages that have no final state yet, in order. */
  get pending(): readonly PendingMessage[] {
    return this.live?.pending() ?? [];
  }

  /**
   * Accepts a message, before `connect()` too, and in every state but `closing`, when nothing new leaves, and `closed`.
   *
   * @throws {@link CallerError} at once, and then nothing was accepted: `buffer_full`, `too_large`, `empty`, `closed`, or
   * `malformed`, for what is no text or has lone surrogates in it.
   */
  send(content: string): SentMessage {
    return this.accepted((raw) => raw.send(content));
  }

  /**
   * Takes a message back, while the service certainly lacks it.
   *
   * @returns whether it was: false when it is under way, has ended, or is not known.
   * @throws {@link CallerError} `closed`, when disposed.
   */
  cancel(id: string): boolean {
    const raw = this.raw();
    return typed(() => raw.cancel(named(id)));
  }

  /**
   * The agent's messages from now on. The loop ends when the client is closed, by `close()` or with the conversation; it throws the
   * error when the client ends for any other reason. One that begins when the client has ended does the same at once, unless `connect`
   * has been called since. A loop that is more than {@link MAX_BUFFERED_MESSAGES} behind gets what was
   * kept, and then `iterator_overflow`. It is also what `for await (const message of client)` goes over.
   *
   * @throws {@link CallerError} `closed`, when disposed; the signal's reason, when it is aborted already.
   */
  messages(options: IterationOptions = {}): AsyncIterableIterator<Details["message"], undefined> {
    return this.iterate(options);
  }

  /** @internal The handle of a message that the module accepts. */
  protected accepted(call: (raw: Raw) => string): SentMessage {
    const raw = this.raw();
    this.#accepted = undefined;
    try {
      return this.#handle(call(raw));
    } catch (thrown) {
      const accepted = this.#accepted as Outgoing | undefined;
      // The module accepted the message, told so, and failed later in the same call. The fuse gives the message its end.
      if (accepted && !(thrown instanceof Refusal)) return accepted;
      throw thrownFrom(thrown);
    }
  }

  /** The handle of a message. The module may tell of a message before `send` has returned its id, so either may come first. */
  #handle(id: string): Outgoing {
    let outgoing = this.#outgoing.get(id);
    if (!outgoing) {
      outgoing = new Outgoing(id);
      this.#outgoing.set(id, outgoing);
      this.#accepted ??= outgoing;
    }
    return outgoing;
  }

  /** @internal */
  protected override leave(raw: Raw): void {
    this.#lastSession = raw.session();
  }

  /** @internal */
  protected override released(_why: string, error: GuestwireError | undefined): void {
    const reason = error?.code ?? "closed";
    this.#outgoing.forEach((outgoing) => {
      if (!isFinal(outgoing.state)) this.#delivered(outgoing.abandoned(reason));
    });
  }

  /** @internal */
  protected override deliver(type: string, detail: object): void {
    if (type === "delivery") this.#delivered(detail as Delivery);
    else if (type === "message") this.received(type, detail as Details["message"]);
    else super.deliver(type, detail);
  }

  #delivered(detail: Delivery): void {
    const outgoing = this.#handle(detail.id);
    this.raise("delivery", Object.freeze(detail), () => {
      if (!isFinal(detail.state)) return;
      this.#outgoing.delete(detail.id);
      outgoing.settle(detail);
    });
    // Once it is in the queue, where the stack is full.
    outgoing.note(detail.state);
  }
}
