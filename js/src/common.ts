/** What every entry of the package gives beside its client: types, errors, limits. */

export type { BaseClient, CloseOptions, ConnectOptions, CreateOptions, IterationOptions } from "./client.js";
export type {
  CallerErrorCode,
  ErrorCode,
  ModuleErrorCode,
  NetworkErrorCode,
  ServiceErrorCode,
} from "./errors.js";
export { CallerError, GuestwireError, NetworkError, ServiceError } from "./errors.js";
export type { Audit, Cause, ClientEventDetails, Gap, GuestListener, Quality, StateChange } from "./events.js";
export type { WasmSource } from "./loader.js";
export type {
  ClientStats,
  CloseAction,
  ConnectionOptions,
  ConnectionState,
  ConnectionStep,
  SocketLike,
  WebSocketConstructor,
} from "./options.js";
export type { ProvidedToken, TokenProvider, TokenRequest } from "./providers.js";
export type { Trace, TraceEntry, TraceInput, TraceOutput } from "./trace.js";
