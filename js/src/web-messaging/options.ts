/** What a client of web messaging is made from, and how its options are parted into plain data and code. */
import { badOption } from "../errors.js";
import type { CommonOptions } from "../guest/options.js";
import type { PartedOptions } from "../options.js";
import { credential } from "../options.js";
import type { TokenProvider } from "../providers.js";
import type { Grant, GrantProvider } from "./authorization.js";
import type { StorageFailed, TokenStorage } from "./token.js";
import { tokenSource } from "./token.js";

/** What becomes of a message of which not even the service's history tells whether it arrived. */
export type OnUncertain = "never-twice" | "at-least-once";

/** What the guest did on the site before, for the service's routing and reports. Texts are at most 1024 bytes. */
export interface JourneyContext {
  /** Who the guest is to the site: `{ id: "…", idType: "cookie" }`. */
  customer?: { id: string; idType: string };
  /** The visit: `{ id: "", type: "web" }`. */
  customerSession?: { id: string; type: string };
  /** What made the chat open. */
  triggeringAction?: { id: string; actionMap: { id: string; version: number } };
}

/** The options of a client. Times are milliseconds, sizes are bytes. An unknown key, a wrong type or a value out of range is refused with `bad_option`. */
export interface ClientOptions extends CommonOptions {
  /** The service that this entry speaks to; may be left out. */
  dialect?: "web-messaging";
  /** The id of the Messenger deployment. */
  deploymentId: string;
  /** The region of the organisation: by its AWS name (`"eu-central-1"`) or its domain (`"mypurecloud.de"`). An origin of loopback (`"http://127.0.0.1:8787"`) leads to a gateway there. */
  region: string;
  /** The guest's token, or a function that gives one. Default: a random one, made here. Whoever has it has the conversation. */
  token?: string | TokenProvider;
  /**
   * Where a token that is made here is kept, under `guestwire:<deploymentId>`: `() => localStorage`, say. A function is called when the
   * storage is needed: where pages may not have one, naming it throws, and so it is a `storage_failed`, and the client goes on. Default: in
   * memory only, so that each client is another guest.
   */
  storage?: TokenStorage | (() => TokenStorage);
  /** The guest's journey, which goes with each greeting. Default: nothing is said of it. */
  journeyContext?: JourneyContext;
  /**
   * Where the journey of a guest who signs in goes: with each greeting, as that of any guest, in the exchange of what they sign in with, as
   * the service's mobile client has it from 2.15 on, or in both. Default `"greeting"`.
   */
  journeyIn?: "greeting" | "exchange" | "both";
  /** A fresh session, whatever the service has under the token. Default false. */
  startNew?: boolean;
  /** Default `"never-twice"`: such a message ends `unconfirmed`. `"at-least-once"` sends it again. */
  onUncertain?: OnUncertain;
  /** How late the service may take a copy whose link has ended. Default 10,000. */
  settleAfter?: number;
  /**
   * Milliseconds after it was said during which the service's history may still lack a message. After a reconnect the history is looked at
   * again then, and what is said live meanwhile waits for it. Default 1000; 0 looks once.
   */
  historyLag?: number;
  /** Where requests say to come from, for platforms that are no pages: one that the deployment allows. Default: the service's own name, as its mobile client has it. */
  origin?: string;
  /** In each new session the service is told once that the guest is there, so that a bot can greet them. Default false. */
  autoStart?: boolean;
  /** How long before the session's end an event `expiring` tells of it. Default 300,000; 0 does when it ends. */
  expiryNotice?: number;
  /** What the guest signs in with, or a function that is asked for it when it is needed. Means `authenticated`. */
  auth?: Grant | GrantProvider;
  /** No session is begun as a stranger's: without a grant, `connect()` waits for `signIn`. Default false. */
  authenticated?: boolean;
}

/**
 * Parts the options. What can only be seen on this side is checked here (functions, storage, and which token is meant);
 * all the rest, unknown keys included, is checked by the module.
 */
export function partOptions(options: ClientOptions, failed: StorageFailed): PartedOptions {
  const { dialect = "web-messaging", token, storage, auth, WebSocket, ...rest } = options;
  if (dialect !== "web-messaging") {
    throw badOption("dialect", "this entry speaks web-messaging only", 'import from "guestwire" for webchat');
  }
  if ("credential" in rest) {
    throw badOption("credential", "option credential is unknown", "use token");
  }
  if (storage !== undefined && token !== undefined) {
    throw badOption("storage", "storage is for tokens that are made here", "pass storage or token");
  }
  const given = typeof token === "function" ? token : undefined;
  const provider =
    given ?? (token === undefined ? tokenSource(storage, rest.deploymentId, failed) : undefined);
  const plain = {
    ...rest,
    dialect,
    ...(auth !== undefined && { authenticated: true }),
    credential: provider ? { kind: "provider" } : credential("bearer", "token", token),
  };
  return { plain, provider, WebSocket, names: "token, storage, auth, WebSocket" };
}
