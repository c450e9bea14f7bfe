/** What a client of webchat is made from, and how its options are parted into plain data and code. */
import { matches } from "../builtins.js";
import { badOption } from "../errors.js";
import type { CommonOptions } from "../guest/options.js";
import type { PartedOptions } from "../options.js";
import { credential, readOptions } from "../options.js";
import type { TokenProvider } from "../providers.js";

/** The options of a client. Times are milliseconds, sizes are bytes. An unknown key, a wrong type or a value out of range is refused with `bad_option`. */
export interface ClientOptions extends CommonOptions {
  /** The service that this entry speaks to; may be left out. */
  dialect?: "webchat";
  /** The service: a host name (`"acme.mypurecloud.com"`), or an origin. Plain `http:` goes to loopback only. */
  host: string;
  /** A bearer token with `webchat:guest:write`, or a function that gives one. Exactly one of `token` and `apiKey`. */
  token?: string | TokenProvider;
  /** An API key, sent as `api_key`. Exactly one of `token` and `apiKey`. */
  apiKey?: string;
  /** Who the guest says to be. */
  guest?: { email?: string; firstName?: string; lastName?: string };
  /** How the socket is authenticated. Default `"query"`; `"subprotocol"` keeps the token out of addresses. */
  socketAuth?: "query" | "subprotocol" | "none";
  /** Whether messages go by REST while the socket cannot carry them. Default true. */
  rest?: boolean;
  /**
   * What an answer to a message by REST must be before it counts: a JSON object that names the message (`"id"`, the default), any
   * JSON object (`"json"`), or anything with the right status (`"status"`), which a captive portal can give as well.
   */
  restProof?: "id" | "json" | "status";
  /** How many messages may be in flight. Default 32. */
  window?: number;
}

const NAMES = "token, apiKey, WebSocket";

let warned = false;

/** Said where a page is developed, once, to whoever has not chosen: the service's documents show no other way than the default. */
function warn({ host, socketAuth }: Partial<ClientOptions>): void {
  const local = typeof host === "string" && matches(/^(\w+:\/\/)?(localhost|127\.|\[::1)/, host);
  if (warned || socketAuth !== undefined || !local || typeof document === "undefined") return;
  warned = true;
  console.warn(
    'guestwire: the token stands in the address of the socket, which this console shows when a socket fails. Pass socketAuth: "subprotocol" where the service takes it, else "query"',
  );
}

/**
 * Parts the options. What can only be seen on this side is checked here (functions, and which credential is meant);
 * all the rest, unknown keys included, is checked by the module.
 */
export function partOptions(options: ClientOptions): PartedOptions {
  const all = readOptions(options, (all) => ({ ...all }), "pass an object with host and token");
  const { token, apiKey, WebSocket, ...rest } = all;
  if (rest.dialect !== undefined && rest.dialect !== "webchat") {
    throw badOption(
      "dialect",
      "this entry speaks webchat only",
      'import from "guestwire/web-messaging" for web-messaging',
    );
  }
  if ("credential" in rest) {
    throw badOption("credential", "option credential is unknown", "use token or apiKey");
  }
  warn(rest);
  if ((token === undefined) === (apiKey === undefined)) {
    throw badOption("token", "exactly one of token and apiKey is needed", "pass one of them");
  }
  const plain = (credential: object): object => ({ ...rest, credential });
  if (typeof token === "function") {
    return { plain: plain({ kind: "provider" }), provider: token, WebSocket, names: NAMES };
  }
  const given =
    token === undefined ? credential("apiKey", "apiKey", apiKey) : credential("bearer", "token", token);
  return { plain: plain(given), provider: undefined, WebSocket, names: NAMES };
}
