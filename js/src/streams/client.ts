/** The client of event streams. */
import { quiet } from "../builtins.js";
import type { CreateOptions, IterationOptions } from "../client.js";
import { BaseClient, made, typed } from "../client.js";
import type { GuestwireError } from "../errors.js";
import { CallerError, errorFrom } from "../errors.js";
import type { Gap } from "../events.js";
import { readOptions } from "../options.js";
import { Questions } from "../questions.js";
import type { RawError } from "../raw.js";
import type { StreamEvent, StreamEventDetails } from "./events.js";
import { MAX_BUFFERED_BYTES, MAX_BUFFERED_EVENTS } from "./events.js";
import { init, module } from "./module.js";
import type { ClientOptions, Resync } from "./options.js";
import { partOptions } from "./options.js";
import type { RawStreamClient } from "./raw.js";
import type { TokenManager } from "./tokens.js";
import type { Topic, TopicResult } from "./topics.js";
import { listed } from "./topics.js";

interface RawAnswer {
  readonly request: number;
  readonly value?: readonly TopicResult[];
  readonly error?: RawError;
}

/** The error of a refused topic as the module tells it. */
type RawRefusal = RawError & { topic?: string; reason?: string; missingPermissions?: string[] };

/**
 * Listens to events: of notification channels (`region`), or of a plain event socket (`url`).
 *
 * What is subscribed to stays so, whatever becomes of connections, channels and tokens, until it is unsubscribed from. The service
 * keeps nothing for who is away: what may have been missed is told by a `gap` event, and `resync` is awaited before events flow on.
 *
 * @example
 * ```js
 * const client = await StreamClient.create({ region: "eu-central-1", credentials: { clientId, clientSecret }, topics });
 * await client.connect();
 * for await (const { topic, body } of client) handle(topic, body);
 * ```
 */
export class StreamClient extends BaseClient<StreamEventDetails, RawStreamClient, StreamEvent> {
  readonly #questions = new Questions<readonly TopicResult[]>();
  readonly #resync: Resync | undefined;
  readonly #own: TokenManager | undefined;
  #lastTopics: readonly Topic[] | undefined;

  /** Loads the module if that has not happened yet ({@link init}), and makes a client. */
  static create(options: ClientOptions, wait: CreateOptions = {}): Promise<StreamClient> {
    return made(init, () => new StreamClient(options), wait);
  }

  /**
   * Makes a client; it does nothing until `connect`.
   *
   * @throws {@link CallerError} `not_initialised` before {@link init}; `bad_option`, with `option`; `bad_topic`, `topic_too_long`,
   * `too_many_topics`; `credentials_in_page` for an OAuth client in a page.
   */
  constructor(options: ClientOptions) {
    const Raw = module.parts.RawClient;
    const given = readOptions(options, (all) => ({ ...all }), "pass an object with region or url");
    const parted = partOptions(given);
    super(Raw, parted);
    this.#resync = given.resync;
    this.#own = parted.own;
    this.#own?.addEventListener("audit", ({ detail }) => this.raise("audit", detail));
    this.#own?.addEventListener("error", ({ detail }) => this.raise("error", detail));
  }

  /**
   * Wants events of these topics too, before `connect()` as well as later. They stay wanted until they are unsubscribed from: also
   * those that are refused, which the service is asked for again with each new channel.
   *
   * @returns a promise of what became of each, as soon as the service has said so. It rejects with a {@link GuestwireError} when the
   * client is closed or ends before; whoever does not wait for it is told by events.
   * @throws {@link CallerError} at once, and then none of them was taken: `bad_topic`, `topic_too_long` and `too_many_topics`;
   * `too_many_questions` with a thousand calls unanswered; `closed`, when disposed.
   */
  subscribe(topics: Iterable<string> | string): Promise<readonly TopicResult[]> {
    return this.#ask(
      (raw) => raw.subscribe(listed(topics)),
      (results) => results,
    );
  }

  /**
   * Wants events of these topics no more.
   *
   * @returns a promise that resolves when the service knows, and rejects with a {@link GuestwireError} when the client is closed or
   * ends before; nobody has to wait for it.
   * @throws {@link CallerError} at once: `bad_topic` for what is no text; `topic_too_long` and `too_many_topics` for what never was
   * one, or cannot be so many; `too_many_questions`; `closed`, when disposed.
   */
  unsubscribe(topics: Iterable<string> | string): Promise<void> {
    return this.#ask(
      (raw) => raw.unsubscribe(listed(topics)),
      () => undefined,
    );
  }

  /** The topics that are wanted, in order, and how each stands. After `dispose`: how they stood. */
  get topics(): readonly Topic[] {
    this.#lastTopics = this.live?.topics() ?? this.#lastTopics;
    return this.#lastTopics ?? [];
  }

  /**
   * The events from now on. The loop ends when the client is closed, by `close()`; it throws the error when the client ends for any
   * other reason. One that begins when the client has ended does the same at once, unless `connect` has been called since: take the
   * iteration before that, where something else is awaited in between. A loop that is more than {@link MAX_BUFFERED_EVENTS} or
   * {@link MAX_BUFFERED_BYTES} behind gets what was kept, and then `iterator_overflow`. It is also what `for await (const event of client)`
   * goes over.
   *
   * @throws {@link CallerError} `closed`, when disposed; the signal's reason, when it is aborted already.
   */
  events(options: IterationOptions = {}): AsyncIterableIterator<StreamEvent, undefined> {
    return this.iterate(options);
  }

  /** @internal As many as can come at once, and more. */
  protected override iterate(options: IterationOptions): AsyncIterableIterator<StreamEvent, undefined> {
    return super.iterate(options, MAX_BUFFERED_EVENTS, MAX_BUFFERED_BYTES);
  }

  override dispose(): void {
    super.dispose();
    this.#own?.dispose();
  }

  /**
   * Asks the module, and waits under the number that it gives. Who does not wait is told by events, not by an unhandled rejection: no
   * caller may derive another promise from this one, which nobody would have looked at.
   */
  #ask<T>(ask: (raw: RawStreamClient) => number, read: (results: readonly TopicResult[]) => T): Promise<T> {
    const raw = this.raw();
    const answer = this.#questions.ask(() => typed(() => ask(raw)));
    const readOnce = (async () => read(await answer))();
    quiet(readOnce);
    return readOnce;
  }

  /** @internal */
  protected override leave(raw: RawStreamClient): void {
    this.#lastTopics = raw.topics();
  }

  /** @internal */
  protected override released(_why: string, error: GuestwireError | undefined): void {
    this.#questions.closed(error);
  }

  /** @internal */
  protected override deliver(type: string, detail: object): void {
    if (type === "event") {
      const { bytes, ...event } = detail as StreamEvent & { bytes: number };
      this.received(type, event, bytes);
    } else if (type === "gap") this.#gap(detail as Gap & { number: number });
    else if (type === "answer") {
      const { request, value = [], error } = detail as RawAnswer;
      this.#questions.answered(request, value, error);
    } else if (type === "error" && "topic" in detail) {
      const { topic, reason, missingPermissions } = detail as RawRefusal;
      this.raise(type, Object.assign(errorFrom(detail as RawRefusal), { topic, reason, missingPermissions }));
    } else super.deliver(type, detail);
    if (this.state === "closed") this.#own?.rest();
  }

  /** The gap is told first; then the application catches up, unless the client has ended by then, and then the module lets what came meanwhile flow. */
  #gap({ from, to, number }: Gap & { number: number }): void {
    const gap = Object.freeze({ from, to });
    this.raise("gap", gap, () => {
      if (this.#resync && this.live && this.state !== "closed") void this.#catchUp(this.#resync, gap, number);
    });
  }

  async #catchUp(resync: Resync, gap: Gap, number: number): Promise<void> {
    try {
      await resync(gap);
    } catch (cause) {
      if (!this.live) return;
      const message = "the function that was passed as resync failed";
      const remedy = "look at the cause; events go on, and what was missed in the gap is missing";
      this.raise(
        "error",
        new CallerError({ code: "resync_failed", message, remedy, retryable: true }, cause),
      );
    }
    this.live?.resynced(number);
  }
}
