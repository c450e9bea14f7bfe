/** The `EventTarget` under clients and token managers: typed, and with its listeners isolated from each other. */
import { apply, then } from "./builtins.js";
import { report } from "./errors.js";
import type { GuestListener } from "./events.js";

/** Spelt out, as the options are: projects for Node have no types of pages. */
type AnyListener = ((event: Event) => void) | { handleEvent(event: Event): void };

type RemoveOptions = boolean | { capture?: boolean };
type AddOptions = boolean | { capture?: boolean; once?: boolean; passive?: boolean; signal?: AbortSignal };

/**
 * An `EventTarget` on which a listener that throws, or whose promise rejects, is reported (`reportError`, else `console.error`)
 * and harms nobody. Left alone, the platform reports it itself: in a page that is what we want, but in Node it ends the process.
 */
export class ClientEventTarget<Details extends object> extends EventTarget {
  /** One listener has one wrapper, whatever it listens to, so `once`, `signal`, `capture`, a second registration and removal stay the platform's. */
  readonly #wrappers = new WeakMap<AnyListener, EventListener>();

  /** As on every `EventTarget`; the events are those of the map of the entry. A listener that throws is reported and stops nobody. */
  override addEventListener<K extends keyof Details & string>(
    type: K,
    listener: GuestListener<CustomEvent<Details[K]>> | null,
    options?: AddOptions,
  ): void;
  override addEventListener(type: string, listener: AnyListener | null, options?: AddOptions): void;
  override addEventListener(type: string, listener: AnyListener | null, options?: AddOptions): void {
    super.addEventListener(type, listener && this.#isolated(listener), options);
  }

  /** As on every `EventTarget`. */
  override removeEventListener<K extends keyof Details & string>(
    type: K,
    listener: GuestListener<CustomEvent<Details[K]>> | null,
    options?: RemoveOptions,
  ): void;
  override removeEventListener(type: string, listener: AnyListener | null, options?: RemoveOptions): void;
  override removeEventListener(type: string, listener: AnyListener | null, options?: RemoveOptions): void {
    super.removeEventListener(type, listener && this.#isolated(listener), options);
  }

  #isolated(listener: AnyListener): EventListener {
    let wrapper = this.#wrappers.get(listener);
    if (!wrapper) {
      wrapper = (event) => {
        try {
          const result: unknown =
            typeof listener === "function" ? apply(listener, this, [event]) : listener.handleEvent(event);
          // An async listener fails later, and would then be an unhandled rejection.
          if (isPromise(result)) void then(result, () => undefined, report);
        } catch (error) {
          report(error);
        }
      };
      this.#wrappers.set(listener, wrapper);
      // Node removes a listener whose signal is aborted by calling our own removeEventListener, with the wrapper.
      this.#wrappers.set(wrapper, wrapper);
    }
    return wrapper;
  }
}

/** By its shape: one may come from another window, or from a library. */
export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as PromiseLike<T> | null | undefined)?.then === "function";
}

/** Gives a class a method by a symbol that not every platform has. */
export function define<This>(
  of: { readonly prototype: object },
  symbol: symbol | undefined,
  value: (this: This) => unknown,
): void {
  if (symbol) Object.defineProperty(of.prototype, symbol, { value, configurable: true, writable: true });
}
