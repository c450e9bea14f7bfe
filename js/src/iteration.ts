/** What comes in, as an async iteration with a bounded buffer. */

import { List } from "./builtins.js";
import type { GuestwireError } from "./errors.js";
import { CallerError } from "./errors.js";
import { onAbort } from "./options.js";

/** How much an iteration keeps for a loop that is slower than what comes in, where nothing comes in by the thousand. */
export const MAX_BUFFERED = 1000;

type Waiter<Item> = {
  resolve(result: IteratorResult<Item, undefined>): void;
  reject(reason: unknown): void;
};

/** How an iteration ends once its buffer is empty. */
type End = { readonly error: unknown } | "done";

/** What waits to be read, and the bytes in which it came. */
interface Kept<Item> {
  readonly item: Item;
  readonly bytes: number;
}

/**
 * One iteration, from the moment it is made. What comes faster than it is read is kept, up to
 * a bound; beyond that the iteration gives what it has, in order, and then throws `iterator_overflow`:
 * it skips nothing silently.
 */
export class Iteration<Item> implements AsyncIterableIterator<Item, undefined> {
  readonly #buffer = new List<Kept<Item>>();
  #bytes = 0;
  readonly #waiting = new List<Waiter<Item>>();
  readonly #release: () => void;
  readonly #most: number;
  readonly #mostBytes: number;
  #end: End | undefined;
  /** Looks, before anything is waited for, whether there is anything to wait for. */
  begins?: () => void;

  /**
   * @param release called once, when the iteration wants no more.
   * @param most how many it keeps.
   * @param mostBytes and of how many bytes.
   */
  constructor(
    release: (iteration: Iteration<Item>) => void,
    signal: AbortSignal | undefined,
    most: number,
    mostBytes: number,
  ) {
    this.#most = most;
    this.#mostBytes = mostBytes;
    const listening = onAbort(signal, (error) => {
      this.#buffer.length = 0;
      this.#finish({ error });
    });
    this.#release = () => {
      listening();
      release(this);
    };
  }

  /** Takes one. */
  push(item: Item, bytes: number): void {
    if (this.#end) return;
    const waiter = this.#waiting.shift();
    const full = this.#buffer.length === this.#most;
    if (waiter) waiter.resolve({ done: false, value: item });
    else if (!full && this.#bytes + bytes <= this.#mostBytes) {
      this.#buffer.push({ item, bytes });
      this.#bytes += bytes;
    } else {
      const error = new CallerError({
        code: "iterator_overflow",
        message: `more than ${full ? this.#most : `${this.#mostBytes} bytes`} waited to be read`,
        remedy: "read faster, or listen to the events, which are not buffered",
        retryable: false,
      });
      this.#finish({ error });
    }
  }

  /** The client is closed: by the caller or by the end of the conversation (the loop ends), or by an error (the loop throws it). */
  closed(error: GuestwireError | null): void {
    const code = error?.code;
    const quiet = !error || code === "closed" || code === "ended" || code === "cleared";
    this.#finish(quiet ? "done" : { error });
  }

  next(): Promise<IteratorResult<Item, undefined>> {
    return new Promise((resolve, reject) => {
      const kept = this.#buffer.shift();
      if (kept) {
        this.#bytes -= kept.bytes;
        resolve({ done: false, value: kept.item });
        return;
      }
      this.begins?.();
      const end = this.#end;
      if (!end) {
        this.#waiting.push({ resolve, reject });
        return;
      }
      // An error is thrown once; after it the iteration is over, as a generator's would be.
      this.#end = "done";
      if (end === "done") resolve({ done: true, value: undefined });
      else reject(end.error);
    });
  }

  return(): Promise<IteratorResult<Item, undefined>> {
    this.#buffer.length = 0;
    this.#finish("done");
    this.#end = "done";
    return this.next();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #finish(end: End): void {
    if (this.#end) return;
    this.#end = end;
    this.#release();
    for (let waiter = this.#waiting.shift(); waiter; waiter = this.#waiting.shift()) {
      if (end === "done" || this.#end === "done") waiter.resolve({ done: true, value: undefined });
      else {
        waiter.reject(end.error);
        this.#end = "done";
      }
    }
  }
}
