/** Who is asked for tokens: one contract for every entry. What a provider throws may hold a secret, and is never shown. */

import { matches } from "./builtins.js";

/** What a token provider is told about the request that it answers. */
export interface TokenRequest {
  /** True when the service has refused the last token: answer with a fresh one, not with the one you keep. */
  readonly renew: boolean;
  /** Aborted when the client waits for this answer no more: it asks anew, or is closed. For your `fetch`. */
  readonly signal: AbortSignal;
}

/**
 * A token, and how many seconds it lives, where that is known. A stream renews it in time then, not when it is refused; they may be
 * fractional, and under ten of them say nothing. The other clients ask for a token when they need one, and not before.
 */
export type ProvidedToken = string | { readonly token: string; readonly expiresIn?: number | null };

/**
 * Gives a bearer token. Where there is none it throws, or rejects: it is asked again, with backoff, and `error` events tell of it
 * (`token_unavailable`). The same happens with an answer that is no token (`invalid_credential` where it is a text), so check that your server's answer is `ok` before you
 * read it. An error with a property `retryable` that is false is a final no: the client ends with `unauthorized`, or with the error's own
 * code where it comes from a `TokenManager`. What it throws or rejects with is never shown.
 */
export type TokenProvider = (request: TokenRequest) => ProvidedToken | Promise<ProvidedToken>;

/** @internal What a provider gave, as the module takes it: milliseconds. */
export interface Given {
  readonly token: string;
  readonly life?: number;
}

/** @internal Reads what a provider gave. @throws what counts as the provider's failure. */
export function tokenIn(given: unknown): Given {
  if (typeof given === "string") return { token: given };
  const { token, expiresIn } = given as { token?: unknown; expiresIn?: unknown };
  // A server's JSON may write a number as a text, and none as null.
  const seconds =
    expiresIn === null ? undefined : typeof expiresIn === "string" ? number(expiresIn) : expiresIn;
  const lasts = seconds === undefined || (typeof seconds === "number" && seconds >= 0);
  if (typeof token !== "string" || !lasts) throw new TypeError("no token was given");
  if (seconds === undefined) return { token };
  const life = seconds * 1000;
  // To the millisecond; only what lives for none is told to.
  return { token, life: Math.round(life) || Math.ceil(life) };
}

/** The number in a text; no number is no answer. */
function number(text: string): number {
  return matches(/^\d+(\.\d+)?$/, text) ? +text : -1;
}

/** @internal Whether an error says that it is of no use to ask again. */
export function isFinalNo(error: unknown): boolean {
  try {
    return (error as { retryable?: unknown } | null | undefined)?.retryable === false;
  } catch {
    // An error that throws when it is asked says nothing.
    return false;
  }
}

/** @internal The code of an error, of another copy of this package too; none: an empty text. */
export function codeOf(error: unknown): string {
  try {
    const { code } = error as { code?: unknown };
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}

/** @internal A provider answers one request at a time: through a long outage they must not add up. */
export class Asking {
  #last: AbortController | undefined;

  /** The signal of a new request; the one before is not waited for any more. */
  anew(): AbortSignal {
    this.leave();
    this.#last = new AbortController();
    return this.#last.signal;
  }

  /** Nobody waits any more. */
  leave(): void {
    this.#last?.abort();
    this.#last = undefined;
  }
}
