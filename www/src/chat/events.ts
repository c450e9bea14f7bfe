/** What a guest's client tells beside its connection, for the log. */
import type { Log } from "../shared/log.js";
import { duration } from "../shared/words.js";
import type { Guest, MessagingClient } from "./service.js";
import { deliveryWords } from "./words.js";

/** Writes what another guest's client tells. */
export function logGuest(log: Log, { client, messaging }: Guest, signal: AbortSignal): void {
  if (messaging) logMessaging(log, messaging, signal);
  client.addEventListener(
    "delivery",
    ({ detail }) => log.write("delivery", `${detail.id.slice(0, 8)} ${deliveryWords(detail)}`, detail.at),
    { signal },
  );
  client.addEventListener("message", ({ detail }) => log.write("message", detail.id.slice(0, 8), detail.at), {
    signal,
  });
  client.addEventListener(
    "session",
    ({ detail }) => {
      const replaces = detail.replaces ? `, replaces ${detail.replaces.slice(0, 8)}` : "";
      log.write(
        "session",
        `${detail.id.slice(0, 8)} for ${duration(detail.expiresIn)}${replaces} (${detail.reason})`,
      );
    },
    { signal },
  );
}

/** What web messaging tells beside. */
function logMessaging(log: Log, client: MessagingClient, signal: AbortSignal): void {
  client.addEventListener(
    "typing",
    ({ detail }) => log.write("typing", detail.active ? "the agent writes" : "no more", detail.at),
    { signal },
  );
  client.addEventListener(
    "presence",
    ({ detail }) => log.write("presence", `${detail.kind} (${detail.sender})`, detail.at),
    { signal },
  );
  client.addEventListener(
    "conversation",
    ({ detail }) => {
      const state = `${detail.new ? "new, " : ""}${detail.readOnly ? "read only" : "open"}`;
      log.write("conversation", `${state} (${detail.why})`, detail.at);
    },
    { signal },
  );
  client.addEventListener(
    "attachment",
    ({ detail }) => {
      const reason = detail.reason ? ` (${detail.reason})` : "";
      log.write("file", `${detail.id.slice(0, 8)} ${detail.state}${reason}`, detail.at);
    },
    { signal },
  );
}
