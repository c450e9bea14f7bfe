/**
 * guestwire: streams of events that outlast their connections. This entry speaks to notification channels and to plain event
 * sockets.
 *
 * @packageDocumentation
 */

export * from "../common.js";
export { init } from "./module.js";
/** @internal */
export { initNow } from "./now.js";
export type { Topic } from "./topics.js";
