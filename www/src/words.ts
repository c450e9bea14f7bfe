/** The page's words for states, reasons and figures. */
import type { ConnectionState, Delivery, MessageState } from "guestwire";

const CONNECTION: { readonly [state in ConnectionState]: string } = {
  idle: "Not connected",
  connecting: "Connecting",
  connected: "Connected",
  reconnecting: "Reconnecting",
  offline: "Offline",
  closing: "Closing",
  closed: "Closed",
};

const MESSAGE: { readonly [state in MessageState]: string } = {
  queued: "Queued",
  sending: "Sending",
  delivered: "Delivered",
  rejected: "Rejected by the service",
  expired: "Not sent in time",
  cancelled: "Taken back",
  unconfirmed: "Unconfirmed: it may have arrived",
};

/** A connection's state in words. */
export function connectionWords(state: ConnectionState): string {
  return CONNECTION[state];
}

/** A message's state in words: what happened, by which path, how fast, or why not. */
export function deliveryWords({
  state,
  via,
  elapsed,
  reason,
  attempts,
}: Omit<Delivery, "id" | "at">): string {
  const words = [MESSAGE[state]];
  if (state === "delivered") {
    if (via) words.push(via === "rest" ? "by REST" : "by socket");
    words.push(duration(elapsed));
    if (attempts > 1) words.push(`${attempts} attempts`);
  } else if (reason) {
    words.push(reason.replaceAll("_", " "));
  }
  return words.join(" · ");
}

/** A time in the unit that suits it. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
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
