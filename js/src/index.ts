/**
 * guestwire: a web-messaging guest client that loses no message. Start at {@link GuestClient}.
 *
 * @packageDocumentation
 */

export type { CloseOptions, ConnectOptions, MessagesOptions } from "./client.js";
export { GuestClient } from "./client.js";
export type { CallerErrorCode, ErrorCode, NetworkErrorCode, ServiceErrorCode } from "./errors.js";
export { CallerError, GuestwireError, NetworkError, ServiceError } from "./errors.js";
export type {
  Audit,
  Delivery,
  FinalState,
  Gap,
  GuestEventDetails,
  GuestEventMap,
  GuestListener,
  IncomingMessage,
  MessageState,
  Quality,
  SessionChange,
  StateChange,
} from "./events.js";
export type { WasmSource } from "./loader.js";
export { init } from "./loader.js";
export { MAX_BUFFERED_MESSAGES } from "./messages.js";
export type {
  ClientOptions,
  CloseAction,
  ConnectionState,
  ConnectionStep,
  OnSessionLost,
  PendingMessage,
  SessionInfo,
  Stats,
  TokenProvider,
  TokenRequest,
  WebSocketConstructor,
} from "./options.js";
export type { DeliveryResult, SentMessage } from "./outgoing.js";
export type { Trace, TraceEntry, TraceInput, TraceOutput } from "./trace.js";
