/** The errors, by blame: the caller's mistake, the service's answer, the network. Each has a stable `code` and says what to do. */

import { indexOf, slice } from "./builtins.js";
import type { RawError } from "./raw.js";

/** Codes of {@link CallerError}: the call, the options or the order of calls is wrong. `invalid_credential` is what the token provider gave. */
export type CallerErrorCode =
  | "already_signed_in"
  | "attachment_not_uploaded"
  | "attachment_sending"
  | "attributes_too_large"
  | "bad_content"
  | "bad_grant"
  | "bad_option"
  | "bad_topic"
  | "buffer_full"
  | "closed"
  | "credentials_in_page"
  | "empty"
  | "file_empty"
  | "file_name"
  | "file_too_large"
  | "file_type"
  | "files_unsupported"
  | "grant_unavailable"
  | "invalid_credential"
  | "iterator_overflow"
  | "malformed"
  | "no_randomness"
  | "not_initialised"
  | "not_read_only"
  | "not_signed_in"
  | "read_only"
  | "resync_failed"
  | "storage_failed"
  | "token_unavailable"
  | "too_large"
  | "too_many_asks"
  | "too_many_files"
  | "too_many_questions"
  | "too_many_topics"
  | "topic_too_long"
  | "unknown_attachment"
  | "unsupported";

/** Codes of {@link ServiceError}: the service has answered, and the answer is a refusal. */
export type ServiceErrorCode =
  | "attachment_expired"
  | "authorization_required"
  | "auto_start_refused"
  | "channel_replaced"
  | "clear_refused"
  | "cleared"
  | "downgraded"
  | "ended"
  | "evicted"
  | "forbidden"
  | "invalid_client"
  | "join_unconfirmed"
  | "logged_out"
  | "malformed_answer"
  | "malformed_frame"
  | "offer_refused"
  | "protocol"
  | "rate_limited"
  | "refused"
  | "session_lost"
  | "session_replaced"
  | "sign_in_refused"
  | "sign_out_unconfirmed"
  | "signed_in"
  | "start_new_refused"
  | "superseded"
  | "token_revoked"
  | "topic_refused"
  | "unauthorized"
  | "unauthorized_client"
  | "unknown_deployment";

/** Codes of {@link NetworkError}: no answer came. */
export type NetworkErrorCode =
  | "attempts_exhausted"
  | "load_failed"
  | "not_connecting"
  | "rest_unavailable"
  | "timeout"
  | "unavailable";

/** The code of an error that is nobody's: the WebAssembly module has failed in the middle of a call, and with it all of its clients. */
export type ModuleErrorCode = "module_failed";

/** Every code that an error of this package can have. */
export type ErrorCode = CallerErrorCode | ServiceErrorCode | NetworkErrorCode | ModuleErrorCode;

/** The base of all errors of this package. Compare `code`; the text may change. */
export class GuestwireError extends Error {
  /** Spelt out, since a minifier shortens the name of the class. */
  static override readonly name: string = "GuestwireError";
  /** Stable, for programs. */
  readonly code: ErrorCode;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What to do about it. */
  readonly remedy: string;
  /** The option that is wrong, for `bad_option`. */
  declare readonly option?: string;
  /** For `not_connecting` and `rest_unavailable`: failures in a row, the last of them for the reason in `cause` ({@link Cause}). */
  declare readonly count?: number;
  /** When the first of them was, epoch ms. */
  declare readonly since?: number;

  /** @internal */
  constructor(raw: RawError, cause: unknown = raw.cause && Object.freeze(raw.cause)) {
    super(raw.message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    // A module that is newer than this file may know more codes; the text is kept as it came.
    this.code = raw.code as ErrorCode;
    this.retryable = raw.retryable;
    this.remedy = raw.remedy;
    if (raw.option !== undefined) this.option = raw.option;
    if (raw.count !== undefined) this.count = raw.count;
    if (raw.since !== undefined) this.since = raw.since;
  }
}

/** The caller's mistake: nothing was sent. */
export class CallerError extends GuestwireError {
  static override readonly name: string = "CallerError";
  declare readonly code: CallerErrorCode;
}

/** The service's answer was a refusal. */
export class ServiceError extends GuestwireError {
  static override readonly name: string = "ServiceError";
  declare readonly code: ServiceErrorCode;
}

/** No answer came. */
export class NetworkError extends GuestwireError {
  static override readonly name: string = "NetworkError";
  declare readonly code: NetworkErrorCode;
}

/** Makes the error that a raw one stands for. The module says whose fault it is; one that it does not blame on anybody stays a {@link GuestwireError}. */
export function errorFrom(raw: RawError): GuestwireError {
  switch (raw.blame) {
    case "caller":
      return new CallerError(raw);
    case "service":
      return new ServiceError(raw);
    case "network":
      return new NetworkError(raw);
    default:
      return new GuestwireError(raw);
  }
}

/** What the module has refused, and why: thrown, so that nobody takes it for something else. */
export class Refusal {
  constructor(readonly value: unknown) {}
}

/** What to throw for what the constructor of the module threw: the module knows some options by other `names` than the caller. */
export function refusedOptions(thrown: unknown, names: string): unknown {
  const raw = refusedIn(thrown);
  return raw ? errorFrom({ ...raw, remedy: replaced(raw.remedy, "credential", names) }) : thrownFrom(thrown);
}

function refusedIn(thrown: unknown): RawError | undefined {
  return thrown instanceof Refusal ? (thrown.value as RawError | undefined) : undefined;
}

/** A text with one word in the place of another. */
export function replaced(text: string, word: string, by: string): string {
  const at = indexOf(text, word);
  return at < 0 ? text : slice(text, 0, at) + by + slice(text, at + word.length);
}

/** What to throw for what a call of the module threw: a typed error for what it refused; the rest is an error already. */
export function thrownFrom(thrown: unknown): unknown {
  if (!(thrown instanceof Refusal)) return thrown;
  const raw = refusedIn(thrown);
  return raw ? errorFrom(raw) : noRandomness();
}

/** The error of a wrong argument. */
export function badOption(option: string, message: string, remedy: string): CallerError {
  return new CallerError({ code: "bad_option", message, remedy, retryable: false, option });
}

/** The error of a client that is closed or disposed. */
export function closedError(message: string, remedy: string): CallerError {
  return new CallerError({ code: "closed", message, remedy, retryable: false });
}

/** The error of a platform, or a page, that has broken what ids and tokens are made of. The module throws nothing for it. */
export function noRandomness(): CallerError {
  return new CallerError({
    code: "no_randomness",
    message: "there is no secure randomness",
    remedy: "see what the page has in the place of crypto.getRandomValues",
    retryable: false,
  });
}

/** Tells the platform of an error that nobody waits for, as it would tell of one thrown in a listener; ends no process. */
export function report(error: unknown): void {
  if (typeof globalThis.reportError === "function") globalThis.reportError(error);
  else console.error(error);
}
