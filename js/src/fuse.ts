/**
 * The fuse around one instance of a module. What the module refuses it gives back as a value. So whatever else is thrown out of a call of
 * it (a full stack, something that it has called, a trap) has left the frames of that call half done, and nothing of that instance can be
 * trusted any more. Then all clients of it end, and are told so; what it has open on the platform is closed from here; and the next
 * client gets another instance.
 */
import { apply, ownKeys, then } from "./builtins.js";
import { GuestwireError, Refusal, report } from "./errors.js";

/** What each client gives to the module has this, for the fuse. */
export interface Ending {
  /** The module has failed: nothing of it may be called any more. */
  failed(error: GuestwireError): void;
}

type Made = { free(): void } & Record<PropertyKey, unknown>;
type Constructor = (new (options: object, host: Ending) => object) & { readonly prototype: object };
// biome-ignore lint/suspicious/noExplicitAny: what each function takes is for its callers to say.
type Any = (this: any, ...given: any[]) => unknown;

/** What guards one instance. The glue does all that it does to the platform through it (`xtask/src/build/bind.rs`). */
export class Fuse {
  blown = false;
  #thrown: unknown;
  #refusal: Refusal | undefined;
  #error: GuestwireError | undefined;
  #wake!: () => void;
  /** What is open on the platform, each with what closes it. */
  readonly #open = new Map<unknown, () => void>();
  readonly #hosts = new Map<object, Ending>();

  constructor() {
    // Made before it is needed: where the stack is full there may be room for no more than to call it.
    const blown = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    void then(blown, () => this.#end(), report);
  }

  /** The error of an instance that has failed. */
  get error(): GuestwireError {
    this.#error ??= moduleFailed(this.#thrown);
    return this.#error;
  }

  /** A class of the module, whose objects are told of the fuse's end until they are freed. */
  around<Class extends Constructor>(Class: Class): Class {
    const { prototype } = Class as { prototype: Made };
    const hosts = this.#hosts;
    const names = ownKeys(prototype);
    for (let place = 0; place < names.length; place += 1) {
      const name = names[place] as string;
      if (name !== "constructor") prototype[name] = this.called(prototype[name] as Any);
    }
    const free = prototype.free;
    prototype.free = function (this: Made): void {
      hosts.delete(this);
      apply(free, this, []);
    };
    const make = this.called((options: object, host: Ending) => new Class(options, host));
    // Called by `new`, it gives what it returns.
    // biome-ignore lint/complexity/useArrowFunction: an arrow is no constructor.
    return function (options: object, host: Ending): object {
      const made = make(options, host) as object;
      hosts.set(made, host);
      return made;
    } as unknown as Class;
  }

  /** A function of the module's that the face calls. It throws a {@link Refusal}, or the error of an instance that has failed. */
  called<F extends Any>(call: F): F {
    const fuse = this;
    return function (this: unknown, ...given: unknown[]): unknown {
      if (!fuse.blown) {
        try {
          return apply(call, this, given);
        } catch (thrown) {
          // No call stands before the note: there may be room for none.
          if (thrown === fuse.#refusal) {
            fuse.#refusal = undefined;
            throw thrown;
          }
          fuse.blown = true;
          fuse.#thrown = thrown;
        }
      }
      // Once more, where there was no room for it.
      fuse.#wake();
      throw fuse.error;
    } as F;
  }

  /** A function of the module's that the platform calls. It throws nothing: nobody is there to catch it. */
  heard<F extends (value: unknown) => void>(call: F): F {
    return ((value: unknown): void => {
      if (!this.blown) {
        try {
          call(value);
          return;
        } catch (thrown) {
          this.blown = true;
          this.#thrown = thrown;
        }
      }
      this.#wake();
    }) as F;
  }

  /** What the module refuses, on its way out. */
  refusal(value: unknown): Refusal {
    this.#refusal = new Refusal(value);
    return this.#refusal;
  }

  /** Lets nothing out that comes of an instance that has failed: frames of it may still run, below the one that did. */
  check(): void {
    if (this.blown) throw this.error;
  }

  /** Opens something on the platform, which must be closed in the end: by {@link Fuse.closes}, or else by `close`. */
  opens<T>(open: () => T, close: (opened: T) => void): T {
    this.check();
    const opened = open();
    this.#open.set(opened, () => close(opened));
    return opened;
  }

  /** The module closes it itself. */
  closes(opened: unknown): void {
    this.#open.delete(opened);
  }

  /** In a turn of its own, with all of the stack. */
  #end(): void {
    const { error } = this;
    this.#open.forEach(tried);
    this.#open.clear();
    this.#hosts.forEach((host) => {
      tried(() => host.failed(error));
    });
    this.#hosts.clear();
    report(error);
  }
}

/** What cannot be closed any more is closed; and one client's end is no matter of another's. */
function tried(call: () => void): void {
  try {
    call();
  } catch {
    // Nothing is left to be done.
  }
}

/** Nothing is kept of what was thrown, which may hold a secret of whoever threw it; but of a trap, in which only the engine speaks. */
function moduleFailed(thrown: unknown): GuestwireError {
  const trap = thrown instanceof WebAssembly.RuntimeError;
  return new GuestwireError(
    {
      code: "module_failed",
      message: trap
        ? "the WebAssembly module trapped"
        : "the stack was full in a call of the WebAssembly module, or something that it called threw",
      remedy:
        "make another client; look for what recurses without end, or for what the page has put in the place of a part of the platform, and report a trap",
      retryable: false,
    },
    trap ? thrown : undefined,
  );
}
