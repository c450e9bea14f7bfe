/** What a stream's option `credentials` or `auth` becomes: a token, or somebody to ask for one. */
import { badOption, CallerError, replaced } from "../errors.js";
import type { TokenProvider } from "../providers.js";
import type { TokenManagerOptions } from "./tokens.js";
import { TokenManager } from "./tokens.js";

/** An OAuth client of one stream alone. Not for pages. */
export type ClientCredentials = TokenManagerOptions;

/** Where a stream's token comes from: a token, somebody who gives them, or an OAuth client. */
export type StreamCredentials = string | TokenProvider | TokenManager | ClientCredentials;

/** @internal Where one client's tokens come from. */
export interface TokenSource {
  /** As the module reads it. */
  readonly credential: object;
  /** Who is asked, where the module asks anybody. */
  readonly provider: TokenProvider | undefined;
  /** The manager that was made for this client, and ends with it. */
  readonly own?: TokenManager;
}

/** The credential of whom the module asks for tokens. */
const ASKED = { kind: "provider" };

/**
 * @internal
 * @param option what the caller calls it.
 * @param region where tokens are made, for an OAuth client that says no other place.
 */
export function tokenSource(option: "credentials" | "auth", given: unknown, region?: unknown): TokenSource {
  if (given === undefined) return { credential: { kind: "none" }, provider: undefined };
  if (typeof given === "function") return { credential: ASKED, provider: given as TokenProvider };
  if (typeof given === "string") return { credential: { kind: "bearer", value: given }, provider: undefined };
  const found = managerOrOptions(given);
  // Of no kind: for the module to refuse, which says what would do.
  if (!found) return { credential: {}, provider: undefined };
  if (isManager(found)) return fromManager(found);
  const own = managerOf(option, found, region);
  return { ...fromManager(own), own };
}

/** A manager, or a copy of the options of one; what throws where it is looked at is neither. */
function managerOrOptions(given: unknown): TokenManager | ClientCredentials | undefined {
  try {
    if (typeof given !== "object" || !given || Array.isArray(given)) return undefined;
    const one = given as TokenManager | ClientCredentials;
    return isManager(one) ? one : { ...one };
  } catch {
    return undefined;
  }
}

/** By its shape: it may come from another copy of this package. */
function isManager(given: object): given is TokenManager {
  return typeof (given as { token?: unknown }).token === "function";
}

/** Another client of the same manager may have renewed the token already: what was refused is named. */
function fromManager(manager: TokenManager): TokenSource {
  let last: string | undefined;
  const provider: TokenProvider = async ({ renew, signal }) => {
    const refused = renew ? last : undefined;
    const given = await manager.token(refused === undefined ? { signal } : { signal, refused });
    last = given.token;
    return given;
  };
  return { credential: ASKED, provider };
}

/** A manager of its own; what is wrong with its options is named as the caller knows it. */
function managerOf(option: string, given: ClientCredentials, region: unknown): TokenManager {
  const placed = given.tokenUrl !== undefined || given.region !== undefined;
  const options = placed || region === undefined ? given : { ...given, region: region as string };
  try {
    return new TokenManager(options);
  } catch (error) {
    if (!(error instanceof CallerError) || error.code !== "bad_option") throw error;
    const { message, remedy } = error;
    // It stands in the stream's own options.
    if (options !== given && error.option === "region") throw error;
    const name = error.option === "options" ? option : `${option}.${error.option}`;
    throw badOption(name, replaced(message, `option ${error.option}`, `option ${name}`), remedy);
  }
}
