/** What every entry of the package gives beside its client: types, errors, limits. */

export type { BaseClient, CloseOptions, ConnectOptions, MessagesOptions } from "./client.js";
export type { CallerErrorCode, ErrorCode, NetworkErrorCode, ServiceErrorCode } from "./errors.js";
export { CallerError, GuestwireError, NetworkError, ServiceError } from "./errors.js";
export type {
  Audit,
  Delivery,
  FinalState,
  Gap,
  GuestListener,
  MessageState,
  Quality,
  SessionChange,
  StateChange,
} from "./events.js";
export type { WasmSource } from "./loader.js";
export { MAX_BUFFERED_MESSAGES } from "./messages.js";
export type {
  CloseAction,
  CommonOptions,
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
