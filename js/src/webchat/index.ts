/**
 * guestwire: a web-messaging guest client that loses no message. This entry speaks to webchat; start at {@link GuestClient}.
 *
 * @packageDocumentation
 */

export * from "../guest/common.js";
export type { GuestEventDetails, GuestEventMap, IncomingMessage } from "../guest/events.js";
export { GuestClient } from "./client.js";
export { init } from "./module.js";
/** @internal */
export { initNow } from "./now.js";
export type { ClientOptions } from "./options.js";
