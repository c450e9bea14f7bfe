/** The pages' words for states, reasons and figures. */
import type { ConnectionState, GuestwireError } from "guestwire";

const CONNECTION: { readonly [state in ConnectionState]: string } = {
  idle: "Not connected",
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  offline: "Offline",
  closing: "Closing",
  closed: "Closed",
};

/** What the client's short words for a change mean. A word that is not here is shown as it is. */
const WHY: Readonly<Record<string, string>> = {
  attempt: "Asking the service for what a connection needs.",
  channel_lost: "The channel is gone; another one is made.",
  channel_over: "The channel's time is over; another one is made.",
  close: "Closing: what is in flight may settle.",
  closed: "The socket was closed.",
  closed_slowly: "The service asks for patience.",
  malformed: "What it said could not be read.",
  connect: "Connecting, as asked.",
  evicted: "Another channel has taken the place of this one.",
  gone: "The channel seems to be gone: the service is asked.",
  greeted: "The service has answered.",
  half_open: "Nothing was heard any more: the link was dead.",
  handover: "The next socket takes over.",
  malformed_answer: "The service's answer could not be read.",
  network: "The service could not be reached.",
  offline: "The system says that there is no network.",
  online: "The network is back.",
  open: "Opening a socket.",
  paced: "Waiting, so as not to open too many sockets.",
  rate_limited: "The service limits the rate.",
  session_lost: "The session is gone; another one is made.",
  shortened: "The wait was shortened.",
  stuck: "The service waits for a message that has ended; the connection is made anew.",
  timeout: "The service took too long.",
  token_refused: "The token was refused; another one is asked for.",
  token_revoked: "The token was revoked; another one is asked for.",
  token_unavailable: "There was no token.",
  unavailable: "The service is not available.",
  unexpected_status: "The service gave an unexpected answer.",
  unopened: "The socket was closed before it was open.",
};

/** Why the connection changed, in words. */
export function whyWords(why: string): string {
  return WHY[why] ?? sentences(why.replaceAll("_", " "));
}

/** Texts as sentences, one after another. */
export function sentences(...texts: string[]): string {
  return texts.map((text) => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.$/, "")}.`).join(" ");
}

/**
 * What a client says of a call that it refused; anything else is a defect, and thrown on. By its members and not by its class, which
 * would load the entry of a service that may not be the one that is spoken to.
 */
export function refusalWords(error: unknown): string {
  if (!(error instanceof Error && "remedy" in error)) throw error;
  const { message, remedy } = error as GuestwireError;
  return sentences(message, remedy);
}

/** What an error says, or these words where it is none. */
export function errorWords(error: unknown, otherwise: string): string {
  return error instanceof Error ? error.message : otherwise;
}

/** A connection's state in words. */
export function connectionWords(state: ConnectionState): string {
  return CONNECTION[state];
}

/** A time in the unit that suits it. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds >= 7200) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A size in the unit that suits it. */
export function bytes(size: number): string {
  if (size < 1000) return `${size} B`;
  return size < 1_000_000 ? `${(size / 1000).toFixed(1)} kB` : `${(size / 1_000_000).toFixed(1)} MB`;
}

/** The time of day, with or without milliseconds. */
export function clock(at: number, exact = false): string {
  const date = new Date(at);
  const two = (n: number): string => String(n).padStart(2, "0");
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (!exact) return minutes;
  return `${minutes}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
