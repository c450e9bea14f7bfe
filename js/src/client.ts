/// <reference lib="esnext.disposable" preserve="true" />
/** What the clients of all entries have: calls of the module in, events and promises out. User code never runs on top of a frame of the module. */
import { first, invoke, quiet, socketOfPage, then } from "./builtins.js";
import { DispatchQueue } from "./dispatch.js";
import {
  badOption,
  closedError,
  errorFrom,
  GuestwireError,
  refusedOptions,
  report,
  ServiceError,
  thrownFrom,
} from "./errors.js";
import type { ClientEventDetails, StateChange } from "./events.js";
import { Iteration, MAX_BUFFERED } from "./iteration.js";
import { ClientEventTarget, define } from "./listeners.js";
import type { ConnectionState, PartedOptions } from "./options.js";
import { onAbort, readOptions, signalIn } from "./options.js";
import type { Given } from "./providers.js";
import { Asking, codeOf, isFinalNo, tokenIn } from "./providers.js";
import type { Host, RawClient, RawClientConstructor, RawError } from "./raw.js";
import type { Trace, TraceEntry } from "./trace.js";

/** Options of `create`. */
export interface CreateOptions {
  /**
   * Ends this wait, with the signal's reason, and disposes of a client that comes too late: no caller has to look for it. Once the client
   * is given the signal says nothing any more.
   */
  signal?: AbortSignal;
}

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

/** Options of an iteration. */
export interface IterationOptions {
  /** Ends the iteration: what is read next rejects with the signal's reason. */
  signal?: AbortSignal;
}

interface Wait {
  resolve(): void;
  reject(reason: unknown): void;
}

type RawStateChange = Omit<StateChange, "error"> & { error: RawError | null };

/**
 * One client of a service: its connection, its events, its end. Guests' clients and streams have more on top of it.
 *
 * Events are dispatched one after another, each in a microtask of its own, with no call of the module under way: a listener may
 * call anything, and one that throws is reported (`reportError`, else `console.error`) and stops nobody.
 */
export abstract class BaseClient<Details extends ClientEventDetails, Raw extends RawClient, Item>
  extends ClientEventTarget<Details>
  implements AsyncIterable<Item, undefined>
{
  /** Undefined once disposed, or failed: then nothing is left to call. */
  #raw: Raw | undefined;
  #disposed = false;
  /** Why there is nothing left to call, unless it is disposed. */
  #failure: GuestwireError | undefined;
  #state: ConnectionState = "idle";
  /** How it ended, while it is closed. */
  #end: { readonly error: GuestwireError | null } | undefined;
  #lastStats: ReturnType<Raw["stats"]> | undefined;
  readonly #provider: PartedOptions["provider"];
  readonly #asking = new Asking();
  readonly #iterations = new Set<Iteration<Item>>();
  #connecting = new Set<Wait>();
  #closing = new Set<Wait>();
  readonly #queue = new DispatchQueue();

  /** @internal */
  constructor(
    Raw: RawClientConstructor<Raw>,
    { plain, provider, WebSocket: given, names, release }: PartedOptions,
  ) {
    super();
    this.#provider = provider;
    const WebSocket = given ?? socketOfPage();
    const host: Host = {
      deliver: (type, detail) => {
        if (!this.#disposed) this.deliver(type, detail);
      },
      requestToken: (request, renew) =>
        queueMicrotask(() => void then(this.#askForToken(request, renew), () => undefined, reportUntold)),
      failed: (error) => {
        this.#failure = error;
        this.#gone("module_failed", error);
      },
      ...(WebSocket !== undefined && { WebSocket }),
    };
    try {
      this.#raw = new Raw(plain, host);
    } catch (error) {
      release?.();
      throw refusedOptions(error, names);
    }
  }

  /** The connection's state, as it is now. */
  get state(): ConnectionState {
    return this.#state;
  }

  /** The figures, as they are now. Once the client is disposed, or its module has failed: the last ones that are known. */
  stats(): ReturnType<Raw["stats"]> {
    this.#lastStats = (this.#raw?.stats() as ReturnType<Raw["stats"]> | undefined) ?? this.#lastStats;
    return this.#lastStats ?? (this.raw().stats() as ReturnType<Raw["stats"]>);
  }

  /**
   * What happened lately, enough to run it again: `JSON.stringify` it, and `cargo xtask replay` shows what the client did and why. It
   * has no content, no token and no address in it. The option `trace` says how far it goes back: at least half as many entries.
   *
   * @throws {@link CallerError} `closed`, when disposed.
   */
  trace(): Trace {
    const all = this.raw().trace();
    const entries: TraceEntry[] = [];
    for (let place = 1; place < all.length; place += 1) entries[place - 1] = all[place] as TraceEntry;
    return { ...all[0], entries };
  }

  /**
   * Connects; resolves when the service has been heard. Calls share one attempt, which goes on, with backoff, until it
   * succeeds or cannot; one that comes during a wait leaves it as long as it is ({@link reconnectNow} shortens it). From `closed` it
   * starts anew.
   *
   * @returns a promise that rejects with a {@link GuestwireError} when the client ends for good, or with the signal's reason. Whoever
   * does not wait for it is told by `statechange`, and an end is no unhandled rejection then; a wrong call is one.
   */
  connect(options: ConnectOptions = {}): Promise<void> {
    let begun = false;
    const connected = (async () => {
      const signal = signalIn(options);
      const raw = this.raw();
      begun = true;
      // What is being closed ends first, at once: its end is not the end of the wait that begins here.
      if (this.#state === "closing") typed(() => raw.close(0));
      if (this.#state !== "connected") await waitIn(this.#connecting, () => raw.connect(), signal);
    })();
    if (begun) quiet(connected);
    return connected;
  }

  /**
   * Tries now, as when the platform says that the network is back: for a button. A wait for the next attempt (`stats().nextAttemptIn`)
   * shortens to a second at most, once; a connection that is there is asked whether it lives. What the service asked to wait
   * (`Retry-After`) is waited all the same, and `maxOpens` holds. While the client is neither connected nor trying to be it does
   * nothing: that is for `connect()`.
   *
   * @throws {@link CallerError} `closed`, when disposed.
   */
  reconnectNow(): void {
    const raw = this.raw();
    typed(() => raw.reconnectNow());
  }

  /** The same as the method that gives the iteration, for `for await (… of client)`. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Item, undefined> {
    return this.iterate({});
  }

  /**
   * Closes the connection, gives all that is under way its end, and resolves when that is done. It may be called at any moment, any
   * number of times. `connect()` starts anew.
   *
   * @returns a promise that rejects for nothing but options that are wrong, a `grace` that is no time, say (`bad_option`).
   */
  async close(options: CloseOptions = {}): Promise<void> {
    const grace = readOptions(options, ({ grace }) => grace);
    if (grace !== undefined && !(typeof grace === "number" && grace >= 0 && grace < Infinity)) {
      throw badOption("grace", "grace is no number of milliseconds", "pass 0 or more");
    }
    const raw = this.#raw;
    if (raw && this.#state !== "closed") await waitIn(this.#closing, () => raw.close(grace));
  }

  /**
   * Closes at once and releases everything, the module's memory too. What is under way gets its end; the events of that are
   * still dispatched. Afterwards methods throw `closed`, and getters give what they gave last. It may be called at any
   * moment, any number of times; `using` calls it.
   */
  dispose(): void {
    const raw = this.#raw;
    if (!raw) return;
    // Not now: the call may come out of a WebSocket constructor of the user's, which the module has called. What became of
    // what was under way is then still to be told, and only the module knows it.
    let closed = false;
    queueMicrotask(() => this.#release(raw, closed));
    try {
      this.#closeNow(raw);
      closed = true;
    } catch {
      // Once more in a turn of its own, with all of the stack.
    }
    this.#raw = undefined;
  }

  #closeNow(raw: Raw): void {
    raw.close(0);
    this.#lastStats = raw.stats() as ReturnType<Raw["stats"]>;
    this.leave(raw);
  }

  /** Frees the module's side, and ends what it has left open. */
  #release(raw: Raw, closed: boolean): void {
    try {
      if (!closed) this.#closeNow(raw);
      raw.free();
    } catch (error) {
      reportUntold(error);
    }
    this.#gone("disposed", null);
  }

  /** The module does nothing more for this client: what it has left open gets its end. */
  #gone(why: string, error: GuestwireError | null): void {
    this.#disposed = true;
    this.#raw = undefined;
    this.released(why, error ?? undefined);
    if (this.#state === "closed") return;
    this.#stateChanged({
      from: this.#state,
      to: "closed",
      step: "closed",
      why,
      attempt: 0,
      wait: null,
      cause: null,
      error,
      at: Date.now(),
    });
  }

  /** `using client = …`; only on platforms that have `Symbol.dispose`. */
  declare readonly [Symbol.dispose]: () => void;
  /** `await using client = …`: `close()`, then `dispose()`; only on platforms that have `Symbol.asyncDispose`. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;

  static {
    type Any = BaseClient<ClientEventDetails, RawClient, unknown>;
    define<Any>(BaseClient, Symbol.dispose, function () {
      this.dispose();
    });
    define<Any>(BaseClient, Symbol.asyncDispose, async function () {
      try {
        await this.close();
      } finally {
        this.dispose();
      }
    });
  }

  /** @internal The module, while there is one. */
  protected get live(): Raw | undefined {
    return this.#raw;
  }

  /** @internal The module is about to be let go of: what it knows is noted. */
  protected leave(_raw: Raw): void {}

  /** @internal The module is gone: what it has left open gets its end. */
  protected released(_why: string, _error: GuestwireError | undefined): void {}

  /** @internal An iteration from now on. It keeps as many as `most`, and `mostBytes` of them, for who reads slowly. */
  protected iterate(
    options: IterationOptions,
    most = MAX_BUFFERED,
    mostBytes = 0,
  ): AsyncIterableIterator<Item, undefined> {
    this.raw();
    const signal = signalIn(options);
    const iteration = new Iteration<Item>((done) => this.#iterations.delete(done), signal, most, mostBytes);
    const end = this.#end;
    if (end) {
      iteration.begins = () => {
        // Unless it has been left since, by `connect`.
        if (end === this.#end) iteration.closed(end.error);
      };
    }
    this.#iterations.add(iteration);
    return iteration;
  }

  /** @internal The module, unless the client is disposed. */
  protected raw(): Raw {
    if (!this.#raw) throw this.#failure ?? disposedError();
    return this.#raw;
  }

  /** @internal Takes an event from the module: notes what is true now, and leaves the rest to a microtask. */
  protected deliver(type: string, detail: object): void {
    if (type === "statechange") {
      const change = detail as RawStateChange;
      this.#stateChanged({ ...change, error: change.error && errorFrom(change.error) });
    } else this.raise(type, type === "error" ? errorFrom(detail as RawError) : Object.freeze(detail));
  }

  /** What is noted is noted once the event is in the queue: where the stack is full it never gets there, and the fuse tells of it anew. */
  #stateChanged(change: StateChange): void {
    const { to, error } = change;
    const connecting = this.#connecting;
    const next = { connecting: new Set<Wait>(), closing: new Set<Wait>(), end: { error } };
    // Whoever waits is told by the change that came after the wait began, not by one that is still to be dispatched.
    if (to === "connected") {
      const settle = (): void => {
        connecting.forEach((wait) => {
          wait.resolve();
        });
      };
      this.raise("statechange", Object.freeze(change), settle);
      this.#connecting = next.connecting;
    } else if (to === "closed") {
      const closing = this.#closing;
      const iterations: Iteration<Item>[] = [];
      this.#iterations.forEach((iteration) => {
        iterations[iterations.length] = iteration;
      });
      const settle = (): void => {
        const reason = error ?? closedError("the client was closed", "connect() to start anew");
        connecting.forEach((wait) => {
          wait.reject(reason);
        });
        closing.forEach((wait) => {
          wait.resolve();
        });
        for (let place = 0; place < iterations.length; place += 1) iterations[place]?.closed(error);
      };
      this.raise("statechange", Object.freeze(change), settle);
      this.#connecting = next.connecting;
      this.#closing = next.closing;
    } else this.raise("statechange", Object.freeze(change));
    this.#state = to;
    this.#end = to === "closed" ? next.end : undefined;
    if (this.#end) this.#asking.leave();
  }

  /** @internal Raises what is iterated over as well, and has come in so many bytes, where anybody counts them. */
  protected received(type: string, item: Item, bytes = 0): void {
    this.raise(type, Object.freeze(item), () => {
      this.#iterations.forEach((iteration) => {
        iteration.push(item, bytes);
      });
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

  /** Asks the user's provider and hands the answer on. Nothing of its error is passed on: it may hold a token. */
  async #askForToken(request: number, renew: boolean): Promise<void> {
    // Meanwhile it may be closed: nobody waits for a token any more.
    if (!this.#raw || this.#state === "closed") return;
    let given: Given;
    try {
      given = tokenIn(await this.#provider?.({ renew, signal: this.#asking.anew() }));
    } catch (error) {
      // One of a token manager's says what is wrong, and has nothing in it that may not be shown.
      const known = error instanceof GuestwireError;
      const code = isFinalNo(error) ? codeOf(error) : undefined;
      // With the service's own final no the client ends, which is told with it.
      if (known && this.#raw && (code === undefined || !(error instanceof ServiceError))) {
        this.raise("error", error);
      }
      this.#raw?.refuseToken(request, code);
      return;
    }
    // What the module throws is no failure of the provider's.
    this.#raw?.provideToken(request, given.token, given.life);
  }
}

/** @internal Makes something once the module is loaded, unless the signal is aborted by then. */
export async function made<T extends { dispose(): void }>(
  load: () => Promise<void>,
  make: () => T,
  options: CreateOptions,
): Promise<T> {
  const signal = signalIn(options);
  let late: T | undefined;
  let listening = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    listening = onAbort(signal, (reason) => {
      late?.dispose();
      reject(reason);
    });
  });
  quiet(aborted);
  try {
    await first(load(), aborted);
    // A module that is there already comes before a signal that is aborted at once.
    if (signal) invoke(signal, "throwIfAborted");
    late = make();
    return late;
  } finally {
    // Until whoever waits has it: what comes in between is too late as well.
    queueMicrotask(() => queueMicrotask(listening));
  }
}

/** Does what `start` says, and waits among `waits` until it is settled there, or until the signal is aborted. */
async function waitIn(waits: Set<Wait>, start: () => void, signal?: AbortSignal): Promise<void> {
  let end = (): void => undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const wait: Wait = { resolve, reject };
      const listening = onAbort(signal, reject);
      end = () => {
        waits.delete(wait);
        listening();
      };
      waits.add(wait);
      try {
        start();
      } catch (error) {
        // A module that has failed ends the client, which is what all who wait are told.
        if (!isFailure(error)) throw thrownFrom(error);
      }
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

/** Whether an error is one of a module that has failed, which the fuse tells of. */
function isFailure(error: unknown): boolean {
  return error instanceof GuestwireError && error.code === "module_failed";
}

/** @internal Reports what nobody has been told. */
export function reportUntold(error: unknown): void {
  if (!isFailure(error)) report(thrownFrom(error));
}

function disposedError(): GuestwireError {
  return closedError("the client is disposed", "make another client");
}
