/** The faults that the chat's page offers, of the gateway's list. */
import type { Tool } from "../shared/faults.js";
import { CLOSE, count, ms, RESET, RESTART, SILENCE } from "../shared/tools.js";

/** In the order in which they are shown. */
export const TOOLS: readonly Tool[] = [
  CLOSE,
  RESET,
  SILENCE,
  RESTART,
  {
    fault: "expire_session",
    title: "Expire the session",
    verb: "Expire",
    hint: "the guest's token is refused everywhere",
    fields: [],
    own: true,
  },
  {
    fault: "refuse_socket",
    title: "Refuse sockets",
    verb: "Refuse",
    hint: "the page cannot come back; webchat turns to REST",
    fields: [{ name: "status", label: "status", value: 503, min: 400, max: 599 }, count(20)],
  },
  {
    fault: "refuse_rest",
    title: "Refuse REST",
    verb: "Refuse",
    hint: "429: rate limited",
    fields: [
      { name: "status", label: "status", value: 429, min: 400, max: 599 },
      { name: "retry_after", label: "after, s", value: 5, min: 0, max: 600 },
      count(3),
    ],
    service: "webchat",
  },
  {
    fault: "refuse_rest",
    title: "Refuse the history",
    verb: "Refuse",
    hint: "what it missed, and what arrived, cannot be looked up",
    fields: [{ name: "status", label: "status", value: 503, min: 400, max: 599 }, count(2)],
    service: "web-messaging",
    also: { fault: "refuse_rest", scope: "history" },
  },
  {
    fault: "late",
    title: "Take late",
    verb: "Take late",
    hint: "messages are taken so much later than they came",
    fields: [ms(2_000), count(3)],
    own: true,
    service: "web-messaging",
  },
  {
    fault: "lose_acks",
    title: "Lose acks",
    verb: "Lose",
    hint: "taken, but never acknowledged",
    fields: [count(3)],
    own: true,
  },
  {
    fault: "duplicate_acks",
    title: "Double acks",
    verb: "Double",
    hint: "acknowledged twice",
    fields: [count(3)],
    own: true,
  },
  {
    fault: "delay",
    title: "Delay",
    verb: "Delay",
    hint: "every answer comes late",
    fields: [ms(600)],
    own: true,
  },
  {
    fault: "corrupt_frames",
    title: "Corrupt frames",
    verb: "Corrupt",
    hint: "what the service says is garbled",
    fields: [count(3)],
    own: true,
  },
];
