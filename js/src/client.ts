/// <reference lib="esnext.disposable" preserve="true" />
/** What the clients of all entries have: calls of the module in, events and promises out. User code never runs on top of a frame of the module. */
import { DispatchQueue } from "./dispatch.js";
import type { GuestwireError } from "./errors.js";
import { badOption, closedError, errorFrom, refusedOptions, report, thrownFrom } from "./errors.js";
import type { Delivery, GuestEventDetails, StateChange } from "./events.js";
import { GuestEventTarget } from "./listeners.js";
import { MessageIteration } from "./messages.js";
import type {
  ConnectionState,
  PartedOptions,
  PendingMessage,
  SessionInfo,
  Stats,
  TokenProvider,
} from "./options.js";
import type { SentMessage } from "./outgoing.js";
import { isFinal, Outgoing } from "./outgoing.js";
import type { Host, RawClient, RawClientConstructor, RawError } from "./raw.js";
import type { Trace } from "./trace.js";

/** Options of `connect`. */
export interface ConnectOptions {
  /** Ends this wait, with the signal's reason. The attempt goes on for whoever else waits; `close()` ends it. */
  signal?: AbortSignal;
}

/** Options of `close`. */
export interface CloseOptions {
  /** Milliseconds that what is in flight has to settle. Default: the option `closeGrace`; 0 closes at once. */
  grace?: number;
}

/** Options of `messages`. */
export interface MessagesOptions {
  /** Ends the iteration: what is read next rejects with the signal's reason. */
  signal?: AbortSignal;
}

interface Wait {
  resolve(): void;
  reject(reason: unknown): void;
}

type RawStateChange = Omit<StateChange, "error"> & { error: RawError | null };

/**
 * A guest in one conversation: what it is for every service. Each entry of the package has its own `GuestClient` on top of it.
 *
 * What `send` accepts ends in exactly one final state, told by the promise `done` and by `delivery` events. Events are
 * dispatched one after another, each in a microtask of its own, with no call of the module under way: a listener may call
 * anything, and one that throws is reported (`reportError`, else `console.error`) and stops nobody.
 */
export abstract class BaseClient<
    Details extends GuestEventDetails = GuestEventDetails,
    Raw extends RawClient = RawClient,
  >
  extends GuestEventTarget<Details>
  implements AsyncIterable<Details["message"], undefined>
{
  /** Undefined once disposed: then nothing is left to call. */
  #raw: Raw | undefined;
  #disposed = false;
  #state: ConnectionState = "idle";
  #lastStats: Stats | undefined;
  #lastSession: SessionInfo | undefined;
  readonly #provider: TokenProvider | undefined;
  readonly #outgoing = new Map<string, Outgoing>();
  readonly #iterations = new Set<MessageIteration<Details["message"]>>();
  #connecting = new Set<Wait>();
  #closing = new Set<Wait>();
  readonly #queue = new DispatchQueue();

  /** @internal */
  constructor(Raw: RawClientConstructor<Raw>, { plain, provider, WebSocket, names }: PartedOptions) {
    super();
    this.#provider = provider;
    const host: Host = {
      deliver: (type, detail) => {
        if (!this.#disposed) this.#deliver(type, detail);
      },
      requestToken: (request, renew) =>
        queueMicrotask(() => void this.#answerToken(request, renew).catch(report)),
      ...(WebSocket !== undefined && { WebSocket }),
    };
    try {
      this.#raw = new Raw(plain, host);
    } catch (error) {
      throw refusedOptions(error, names);
    }
  }

  /** The connection's state, as it is now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** The guest session, once there is one. After `dispose`: the last one. */
  get session(): SessionInfo | undefined {
    return this.#raw ? this.#raw.session() : this.#lastSession;
  }

  /** The messages that have no final state yet, in order. */
  get pending(): readonly PendingMessage[] {
    return this.#raw ? this.#raw.pending() : [];
  }

  /** The figures, as they are now. After `dispose`: the last ones. */
  stats(): Stats {
    const stats = this.#raw ? this.#raw.stats() : this.#lastStats;
    if (!stats) throw disposedError();
    return stats;
  }

  /**
   * What happened lately, enough to run it again: `JSON.stringify` it, and `cargo xtask replay` shows what the client did and why. It
   * has no content, no token and no address in it. The option `trace` says how far it goes back: at least half as many entries.
   *
   * @throws {@link CallerError} `closed`, when disposed.
   */
  trace(): Trace {
    const [frame, ...entries] = this.raw().trace();
    return { ...frame, entries };
  }

  /**
   * Connects; resolves when the service has been heard. Calls share one attempt, which goes on, with backoff, until it
   * succeeds or cannot. From `closed` it starts anew.
   *
   * @returns a promise that rejects with a {@link GuestwireError} when the client ends for good, or with the signal's reason.
   */
  async connect(options: ConnectOptions = {}): Promise<void> {
    const { signal } = options;
    signal?.throwIfAborted();
    const raw = this.raw();
    // What is being closed ends first, at once: its end is not the end of the wait that begins here.
    if (this.#state === "closing") typed(() => raw.close(0));
    if (this.#state !== "connected") await waitIn(this.#connecting, () => raw.connect(), signal);
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
    return typed(() => raw.cancel(String(id)));
  }

  /**
   * The agent's messages from now on. The loop ends when the client is closed, by `close()` or with the conversation; it throws the
   * error when the client ends for any other reason. A loop that is more than {@link MAX_BUFFERED_MESSAGES} behind gets what was
   * kept, and then `iterator_overflow`.
   *
   * @throws {@link CallerError} `closed`, when disposed; the signal's reason, when it is aborted already.
   */
  messages(options: MessagesOptions = {}): AsyncIterableIterator<Details["message"], undefined> {
    this.raw();
    options.signal?.throwIfAborted();
    const iteration = new MessageIteration<Details["message"]>(
      (done) => this.#iterations.delete(done),
      options.signal,
    );
    this.#iterations.add(iteration);
    return iteration;
  }

  /** The same as {@link BaseClient.messages}, for `for await (const message of client)`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Details["message"], undefined> {
    return this.messages();
  }

  /**
   * Closes the connection, gives every message its final state, and resolves when that is done. It may be called at any
   * moment, any number of times. `connect()` starts anew.
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const { grace } = options;
    if (grace !== undefined && !(typeof grace === "number" && grace >= 0 && grace < Infinity)) {
      throw badOption("grace", "grace is no number of milliseconds", "pass 0 or more");
    }
    const raw = this.#raw;
    if (raw && this.#state !== "closed") await waitIn(this.#closing, () => raw.close(grace));
  }

  /**
   * Closes at once and releases everything, the module's memory too. What has no final state gets one; the events of that are
   * still dispatched. Afterwards methods throw `closed`, and getters give what they gave last. It may be called at any
   * moment, any number of times; `using` calls it.
   */
  dispose(): void {
    const raw = this.#raw;
    if (!raw) return;
    try {
      raw.close(0);
      this.#lastStats = raw.stats();
      this.#lastSession = raw.session();
    } catch (error) {
      report(thrownFrom(error));
    }
    this.#raw = undefined;
    // Not now: the call may come out of a WebSocket constructor of the user's, which the module has called. What became
    // of the messages is then still to be told, and only the module knows it.
    queueMicrotask(() => this.#release(raw));
  }

  /** Frees the module's side, and ends what it has left open. */
  #release(raw: Raw): void {
    this.#disposed = true;
    try {
      raw.free();
    } catch (error) {
      report(thrownFrom(error));
    }
    for (const outgoing of this.#outgoing.values()) {
      if (!isFinal(outgoing.state)) this.#delivered(outgoing.abandoned());
    }
    if (this.#state !== "closed") {
      this.#stateChanged({
        from: this.#state,
        to: "closed",
        step: "closed",
        why: "disposed",
        attempt: 0,
        wait: null,
        error: null,
        at: Date.now(),
      });
    }
  }

  /** `using client = …`; only on platforms that have `Symbol.dispose`. */
  declare readonly [Symbol.dispose]: () => void;
  /** `await using client = …`: `close()`, then `dispose()`; only on platforms that have `Symbol.asyncDispose`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    const define = (symbol: symbol | undefined, value: (this: BaseClient) => unknown): void => {
      if (symbol)
        Object.defineProperty(BaseClient.prototype, symbol, { value, configurable: true, writable: true });
    };
    define(Symbol.dispose, function () {
      this.dispose();
    });
    define(Symbol.asyncDispose, async function () {
      try {
        await this.close();
      } finally {
        this.dispose();
      }
    });
  }

  /** @internal The module, unless the client is disposed. */
  protected raw(): Raw {
    if (!this.#raw) throw disposedError();
    return this.#raw;
  }

  /** @internal The handle of a message that the module accepts. */
  protected accepted(call: (raw: Raw) => string): SentMessage {
    const raw = this.raw();
    return this.#handle(typed(() => call(raw)));
  }

  /** The handle of a message. The module may tell of a message before `send` has returned its id, so either may come first. */
  #handle(id: string): Outgoing {
    let outgoing = this.#outgoing.get(id);
    if (!outgoing) {
      outgoing = new Outgoing(id);
      this.#outgoing.set(id, outgoing);
    }
    return outgoing;
  }

  /** Takes an event from the module: notes what is true now, and leaves the rest to a microtask. */
  #deliver(type: string, detail: object): void {
    if (type === "statechange") this.#stateChanged(detail as RawStateChange);
    else if (type === "delivery") this.#delivered(detail as Delivery);
    else if (type === "message") this.#received(detail as Details["message"]);
    else this.raise(type, type === "error" ? errorFrom(detail as RawError) : Object.freeze(detail));
  }

  #stateChanged(raw: RawStateChange): void {
    const error = raw.error && errorFrom(raw.error);
    this.#state = raw.to;
    // Whoever waits is told by the change that came after the wait began, not by one that is still to be dispatched.
    let settle: (() => void) | undefined;
    if (raw.to === "connected") {
      const connecting = this.#connecting;
      this.#connecting = new Set();
      settle = () => {
        for (const wait of connecting) wait.resolve();
      };
    } else if (raw.to === "closed") {
      const connecting = this.#connecting;
      const closing = this.#closing;
      const iterations = [...this.#iterations];
      this.#connecting = new Set();
      this.#closing = new Set();
      settle = () => {
        const reason = error ?? closedError("the client was closed", "connect() to start anew");
        for (const wait of connecting) wait.reject(reason);
        for (const wait of closing) wait.resolve();
        for (const iteration of iterations) iteration.closed(error);
      };
    }
    this.raise("statechange", Object.freeze({ ...raw, error }), settle);
  }

  #delivered(detail: Delivery): void {
    const outgoing = this.#handle(detail.id);
    outgoing.note(detail.state);
    this.raise("delivery", Object.freeze(detail), () => {
      if (!isFinal(detail.state)) return;
      this.#outgoing.delete(detail.id);
      outgoing.settle(detail);
    });
  }

  #received(message: Details["message"]): void {
    this.raise("message", Object.freeze(message), () => {
      for (const iteration of this.#iterations) iteration.push(message);
    });
  }

  /** @internal Puts an event in the queue; `settle` runs after its listeners. */
  protected raise(type: string, detail: unknown, settle?: () => void): void {
    this.#queue.push(() => {
      try {
        this.dispatchEvent(new CustomEvent(type, { detail }));
      } finally {
        settle?.();
      }
    });
  }

  /** Asks the user's provider and hands the answer on. Of an error only the name: its text may hold a token. */
  async #answerToken(request: number, renew: boolean): Promise<void> {
    let token: string;
    try {
      if (!this.#raw) return;
      token = await (this.#provider as TokenProvider)({ renew });
      if (typeof token !== "string") throw new TypeError("the token is not a string");
    } catch (error) {
      this.#raw?.refuseToken(request, nameOf(error));
      return;
    }
    this.#raw?.provideToken(request, token);
  }
}

/** Does what `start` says, and waits among `waits` until it is settled there, or until the signal is aborted. */
async function waitIn(waits: Set<Wait>, start: () => void, signal?: AbortSignal): Promise<void> {
  let end = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const wait: Wait = { resolve, reject };
      const abort = (): void => reject(signal?.reason);
      end = () => {
        waits.delete(wait);
        signal?.removeEventListener("abort", abort);
      };
      waits.add(wait);
      signal?.addEventListener("abort", abort);
      typed(start);
    });
  } finally {
    end();
  }
}

/** @internal Calls the module; what it throws becomes a typed error. */
export function typed<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw thrownFrom(error);
  }
}

function disposedError(): GuestwireError {
  return closedError("the client is disposed", "make another client");
}

/** An error's name, where it is one: the user may have written anything there. */
function nameOf(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  return /^[A-Za-z]\w{0,63}$/.test(name) ? name : "Error";
}
