/** The errors, by blame: the caller's mistake, the service's answer, the network. Each has a stable `code` and says what to do. */

import type { RawError } from "./raw.js";
import { isRawError } from "./raw.js";

/** Codes of {@link CallerError}: the call, the options or the order of calls is wrong. */
export type CallerErrorCode =
  | "bad_option"
  | "buffer_full"
  | "closed"
  | "empty"
  | "invalid_credential"
  | "iterator_overflow"
  | "not_initialised"
  | "too_large";

/** Codes of {@link ServiceError}: the service has answered, and the answer is a refusal. */
export type ServiceErrorCode =
  | "ended"
  | "forbidden"
  | "protocol"
  | "rate_limited"
  | "refused"
  | "session_lost"
  | "unauthorized";

/** Codes of {@link NetworkError}: no answer came. */
export type NetworkErrorCode = "attempts_exhausted" | "load_failed";

/** Every code that an error of this package can have. */
export type ErrorCode = CallerErrorCode | ServiceErrorCode | NetworkErrorCode;

/** The base of all errors of this package. Compare `code`; the text may change. */
export class GuestwireError extends Error {
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What to do about it. */
  readonly remedy: string;
  /** The option that is wrong, for `bad_option`. */
  readonly option?: string;

  /** @internal */
  constructor(raw: RawError, cause?: unknown) {
    super(raw.message, cause === undefined ? undefined : { cause });
    this.name = "GuestwireError";
    // A module that is newer than this file may know more codes; the text is kept as it came.
    this.code = raw.code as ErrorCode;
    this.retryable = raw.retryable;
    this.remedy = raw.remedy;
    if (raw.option !== undefined) this.option = raw.option;
  }
}

/** The caller's mistake: nothing was sent. */
export class CallerError extends GuestwireError {
  declare readonly code: CallerErrorCode;
  /** @internal */
  constructor(raw: RawError & { code: CallerErrorCode }, cause?: unknown) {
    super(raw, cause);
    this.name = "CallerError";
  }
}

/** The service's answer was a refusal. */
export class ServiceError extends GuestwireError {
  declare readonly code: ServiceErrorCode;
  /** @internal */
  constructor(raw: RawError & { code: ServiceErrorCode }, cause?: unknown) {
    super(raw, cause);
    this.name = "ServiceError";
  }
}

/** No answer came. */
export class NetworkError extends GuestwireError {
  declare readonly code: NetworkErrorCode;
  /** @internal */
  constructor(raw: RawError & { code: NetworkErrorCode }, cause?: unknown) {
    super(raw, cause);
    this.name = "NetworkError";
  }
}

type Blame = "caller" | "service" | "network";

const BLAME: { readonly [code in ErrorCode]: Blame } = {
  bad_option: "caller",
  buffer_full: "caller",
  closed: "caller",
  empty: "caller",
  invalid_credential: "caller",
  iterator_overflow: "caller",
  not_initialised: "caller",
  too_large: "caller",
  ended: "service",
  forbidden: "service",
  protocol: "service",
  rate_limited: "service",
  refused: "service",
  session_lost: "service",
  unauthorized: "service",
  attempts_exhausted: "network",
  load_failed: "network",
};

/** Makes the error that a raw one stands for. */
export function errorFrom(raw: RawError): GuestwireError {
  const blame: Blame | undefined = BLAME[raw.code as ErrorCode];
  if (blame === "caller") return new CallerError(raw as RawError & { code: CallerErrorCode });
  if (blame === "service") return new ServiceError(raw as RawError & { code: ServiceErrorCode });
  if (blame === "network") return new NetworkError(raw as RawError & { code: NetworkErrorCode });
  return new GuestwireError(raw);
}

/** What to throw for what a call of the module threw: a typed error, or a defect exactly as it came. */
export function thrownFrom(value: unknown): unknown {
  return isRawError(value) ? errorFrom(value) : value;
}

/** The error of a client that is closed or disposed. */
export function closedError(message: string, remedy: string): CallerError {
  return new CallerError({ code: "closed", message, remedy, retryable: false });
}

/** Tells the platform of an error that nobody waits for, as it would tell of one thrown in a listener; ends no process. */
export function report(error: unknown): void {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else console.error(error);
}
