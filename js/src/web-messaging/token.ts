/** The token of a guest who brings none: a random UUID, kept where the application says. It is in no address and no event. */
import { matches, member, then } from "../builtins.js";
import { badOption, CallerError, noRandomness } from "../errors.js";
import { isPromise } from "../listeners.js";
import { onAbort } from "../options.js";

/** A place with the shape of `localStorage`; its methods may also give promises. */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
}

/** Is told what went wrong with the storage; the client goes on. */
export type StorageFailed = (error: CallerError) => void;

/** One at a time reads or makes a token in a storage that answers later: two clients that start at once are one guest. */
const turns = new WeakMap<object, Promise<unknown>>();

/**
 * @internal
 * Gives the stored token, or a new one, which it stores. A storage that fails stops nobody: the token is then kept in memory,
 * and nothing is written over what could not be read. A refused token (`renew`) is replaced, unless another tab has done so.
 */
export function tokenSource(
  storage: TokenStorage | (() => TokenStorage) | undefined,
  deployment: string,
  failed: StorageFailed,
): (request: { readonly renew: boolean; readonly signal?: AbortSignal }) => Promise<string> {
  const asked = typeof storage === "function";
  if (!asked && storage && !isStorage(storage)) {
    const remedy = "pass () => localStorage, or the like of it";
    throw badOption("storage", "storage has no getItem and setItem", remedy);
  }
  let kept: string | undefined;
  const read = async (
    given: TokenStorage | undefined,
    renew: boolean,
    signal?: AbortSignal,
  ): Promise<string> => {
    // It may have been found in the turn before.
    if (kept !== undefined && !renew) return kept;
    const key = `guestwire:${deployment}`;
    let place = given;
    try {
      const found = place?.getItem(key);
      // Only what is a promise is waited for: nothing of another tab comes between the reading and the writing of localStorage.
      const stored = isPromise(found) ? await found : found;
      // Another client may have had its turn since, and have stored another token.
      if (isOver(signal)) throw new TypeError("nobody waits for it any more");
      if (isToken(stored)) {
        // One that was kept from earlier is not fresh: it may be known as an account's.
        if (stored !== kept && !(renew && kept === undefined)) {
          kept = stored;
          return stored;
        }
      } else if (stored !== null && stored !== undefined) failed(storageFailed("the storage holds no token"));
    } catch (error) {
      if (isOver(signal)) throw error;
      failed(storageFailed("the storage could not be read", error));
      place = undefined;
    }
    const token = randomToken();
    kept = token;
    try {
      await place?.setItem(key, token);
    } catch (error) {
      failed(storageFailed("the token could not be stored", error));
    }
    return token;
  };
  return async ({ renew, signal }) => {
    if (kept !== undefined && !renew) return kept;
    let place: TokenStorage | undefined;
    try {
      place = asked ? storage() : storage;
      if (asked && !isStorage(place)) throw new TypeError("it has no getItem and setItem");
    } catch (error) {
      failed(storageFailed("the function that was passed as storage gave none", error));
      place = undefined;
    }
    if (!place) return read(place, renew, signal);
    const before = turns.get(place);
    const storageOfAll = place;
    const turn = (async () => {
      // Whatever became of that one, its turn is over.
      if (before) await before;
      return read(storageOfAll, renew, signal);
    })();
    turns.set(place, over(turn, signal));
    return turn;
  };
}

function isOver(signal: AbortSignal | undefined): boolean {
  return signal !== undefined && member(signal, "aborted") === true;
}

/** Resolves when the turn is over, or nobody waits for it any more: a storage that never answers holds up nobody else. */
function over(turn: Promise<unknown>, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const leave = onAbort(signal, () => resolve());
    const done = (): void => {
      leave();
      resolve();
    };
    // Its own caller is told why it failed.
    void then(turn, done, done);
  });
}

/** What the module takes for a token: 10 to 4096 visible ASCII characters. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && matches(/^[!-~]{10,4096}$/, value);
}

/** What throws where it is looked at is none. */
function isStorage(given: TokenStorage | undefined): boolean {
  try {
    return typeof given?.getItem === "function" && typeof given.setItem === "function";
  } catch {
    return false;
  }
}

/** What a storage throws may quote the token. Its kind says enough, where it is one of a platform's own. */
function storageFailed(message: string, thrown?: unknown): CallerError {
  const kind = KINDS[kindOf(thrown) as keyof typeof KINDS];
  const remedy = "look at the storage that was passed; the token is kept in memory for now";
  const told = kind ? `${message}: ${kind}` : message;
  return new CallerError({ code: "storage_failed", message: told, remedy, retryable: true });
}

/** Why a platform's own storage throws, by the name of what it throws. */
const KINDS = {
  __proto__: null,
  SecurityError: "the page may have none",
  QuotaExceededError: "it is full",
};

function kindOf(thrown: unknown): string {
  try {
    return `${(thrown as { name?: unknown } | undefined)?.name}`;
  } catch {
    return "";
  }
}

/** A UUID v4. `crypto.randomUUID` is for secure contexts only. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const others = crypto.getRandomValues(new Uint8Array(16));
  let token = "";
  let same = true;
  for (let place = 0; place < 16; place += 1) {
    let byte = bytes[place] as number;
    same &&= byte === others[place];
    if (place === 6) byte = (byte & 0x0f) | 0x40;
    if (place === 8) byte = (byte & 0x3f) | 0x80;
    if (place === 4 || place === 6 || place === 8 || place === 10) token += "-";
    token += `${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  // Whoever has a guest's token has the conversation: where a page has broken what makes it, none is better than one of many.
  if (!same && matches(UUID, token)) return token;
  throw noRandomness();
}

const HEX = "0123456789abcdef";
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
