/** What the entries of guests' services give beside their clients. */

export * from "../common.js";
export { MAX_BUFFERED as MAX_BUFFERED_MESSAGES } from "../iteration.js";
export type { BaseGuestClient } from "./client.js";
export type { Delivery, FinalState, MessageState, SessionChange } from "./events.js";
export type { CommonOptions, OnSessionLost, PendingMessage, SessionInfo, Stats } from "./options.js";
export type { DeliveryResult, SentMessage } from "./outgoing.js";
