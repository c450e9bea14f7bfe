/** What an application asks for beside the conversation's course. */

import { first } from "../builtins.js";
import { onAbort } from "../options.js";
import type { RawError } from "../raw.js";
import type { IncomingMessage } from "./conversation.js";

/** Options of {@link GuestClient.history}, {@link GuestClient.deployment} and {@link GuestClient.domains}. */
export interface InquiryOptions {
  /** Ends this wait, with the signal's reason. What was asked is still answered to whoever else waits. */
  signal?: AbortSignal;
}

/** What {@link GuestClient.history} gives. */
export interface HistoryPage {
  /** In order, the oldest first. `at` is when they were read, `time` when the service had them. */
  readonly messages: readonly IncomingMessage[];
  /** There is nothing before them. */
  readonly done: boolean;
}

/** The module's event `answer`. */
export interface RawAnswer {
  readonly request: number;
  readonly value?: unknown;
  readonly done?: boolean;
  readonly error?: RawError;
}

/** The same promise, until the signal is aborted. */
export async function untilAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  let listening = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    listening = onAbort(signal, reject);
  });
  try {
    return await first(answer, aborted);
  } finally {
    listening();
  }
}
