/** The token of a guest who brings none: a random UUID, kept where the application says. It is in no address and no event. */
import { badOption } from "../errors.js";
import type { TokenRequest } from "../providers.js";

/** A place with the shape of `localStorage`; its methods may also give promises. */
export interface TokenStorage {
  getItem(key: string): string | null | Promise<string | null>;
  setItem(key: string, value: string): void | Promise<void>;
}

/** Is told of a storage that failed, or holds no token where one should be. */
export type StorageFailed = (problem: string, cause?: unknown) => void;

/**
 * Gives the stored token, or a new one, which it stores. A storage that fails stops nobody: the token is then kept in memory,
 * and nothing is written over what could not be read. A refused token (`renew`) is replaced, unless another tab has done so.
 */
export function tokenSource(
  storage: TokenStorage | undefined,
  deployment: string,
  failed: StorageFailed,
): (request: Pick<TokenRequest, "renew">) => Promise<string> {
  if (storage && !isStorage(storage)) {
    throw badOption("storage", "storage has no getItem and setItem", "pass localStorage, or the like of it");
  }
  let kept: string | undefined;
  return async ({ renew }) => {
    const key = `guestwire:${deployment}`;
    if (kept !== undefined && !renew) return kept;
    let place = storage;
    try {
      const found = place?.getItem(key);
      // Only what is a promise is waited for: nothing of another tab comes between the reading and the writing of localStorage.
      const stored = isPromise(found) ? await found : found;
      if (isToken(stored)) {
        // One that was kept from earlier is not fresh: it may be known as an account's.
        if (stored !== kept && !(renew && kept === undefined)) {
          kept = stored;
          return stored;
        }
      } else if (stored !== null && stored !== undefined) failed("the storage holds no token");
    } catch (error) {
      failed("the storage could not be read", error);
      place = undefined;
    }
    const token = randomToken();
    kept = token;
    try {
      await place?.setItem(key, token);
    } catch (error) {
      failed("the token could not be stored", error);
    }
    return token;
  };
}

/** What the module takes for a token: 10 to 4096 visible ASCII characters. */
function isToken(value: unknown): value is string {
  return typeof value === "string" && /^[!-~]{10,4096}$/.test(value);
}

/** What throws where it is looked at is none. */
function isStorage(given: TokenStorage): boolean {
  try {
    return typeof given.getItem === "function" && typeof given.setItem === "function";
  } catch {
    return false;
  }
}

/** By its shape: a promise may come from another realm or from a library. */
function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | null | undefined)?.then === "function";
}

/** A UUID v4. `crypto.randomUUID` is for secure contexts only. */
function randomToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
