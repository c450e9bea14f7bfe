/**
 * guestwire: streams of events that outlast their connections. This entry speaks to notification channels and to plain event
 * sockets.
 *
 * @packageDocumentation
 */

export * from "../common.js";
export type {
  ClientCredentials,
  ProvidedToken,
  StreamCredentials,
  StreamTokenProvider,
  StreamTokenRequest,
} from "./credentials.js";
export { init } from "./module.js";
/** @internal */
export { initNow } from "./now.js";
export type { Token, TokenManagerEventDetails, TokenManagerOptions, TokenOptions } from "./tokens.js";
export { TokenManager } from "./tokens.js";
export type { Topic } from "./topics.js";
