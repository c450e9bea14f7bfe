/**
 * guestwire: streams of events that outlast their connections. This entry speaks to notification channels and to plain event
 * sockets; start at {@link StreamClient}.
 *
 * @packageDocumentation
 */

export * from "../common.js";
export type { Json } from "../json.js";
export { StreamClient } from "./client.js";
export type { ClientCredentials, StreamCredentials } from "./credentials.js";
export type { StreamEvent, StreamEventDetails, StreamEventMap, TopicRefusedError } from "./events.js";
export { MAX_BUFFERED_BYTES, MAX_BUFFERED_EVENTS } from "./events.js";
export { init } from "./module.js";
/** @internal */
export { initNow } from "./now.js";
export type { ChannelOptions, ClientOptions, Resync, SocketOptions, StreamOptions } from "./options.js";
export type { Stats } from "./raw.js";
export type { Token, TokenManagerEventDetails, TokenManagerOptions, TokenOptions } from "./tokens.js";
export { TokenManager } from "./tokens.js";
export type { Topic, TopicResult } from "./topics.js";
