/** The chat's words for the states of a message. */
import type { Delivery, MessageState } from "guestwire";
import { duration } from "../shared/words.js";

const MESSAGE: { readonly [state in MessageState]: string } = {
  queued: "Queued",
  sending: "Sending",
  delivered: "Delivered",
  rejected: "Rejected by the service",
  expired: "Not sent in time",
  cancelled: "Taken back",
  unconfirmed: "Unconfirmed: it may have arrived",
};

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
