/** The faults that the page of event streams offers, of the gateway's list. */
import type { Tool } from "../shared/faults.js";
import { CLOSE, count, ms, RESET, RESTART, SILENCE } from "../shared/tools.js";

/** In the order in which they are shown. */
export const TOOLS: readonly Tool[] = [
  CLOSE,
  RESET,
  SILENCE,
  RESTART,
  {
    fault: "socket_closing",
    title: "Announce the end",
    verb: "Announce",
    hint: "channels: the socket is closed in a minute; the next one is there before",
    fields: [],
  },
  {
    fault: "revoke_token",
    title: "Revoke the token",
    verb: "Revoke",
    hint: "it goes, its channel with it, and that is told",
    fields: [],
  },
  {
    fault: "expire_session",
    title: "End the token",
    verb: "End",
    hint: "it goes without a word, and its channel with it",
    fields: [],
  },
  {
    fault: "evict_channel",
    title: "Evict the channel",
    verb: "Evict",
    hint: "channels: another program's takes its place",
    fields: [],
  },
  {
    fault: "refuse_socket",
    title: "Refuse sockets",
    verb: "Refuse",
    hint: "the page cannot come back",
    fields: [{ name: "status", label: "status", value: 503, min: 400, max: 599 }, count(5)],
  },
  {
    fault: "refuse_rest",
    title: "Refuse channels",
    verb: "Refuse",
    hint: "429: rate limited, when one is made",
    fields: [
      { name: "status", label: "status", value: 429, min: 400, max: 599 },
      { name: "retry_after", label: "after, s", value: 5, min: 0, max: 600 },
      count(2),
    ],
    also: { fault: "refuse_rest", scope: "channels" },
  },
  {
    fault: "lose_heartbeats",
    title: "Lose heartbeats",
    verb: "Lose",
    hint: "the service's own signs of life do not come",
    fields: [count(3)],
  },
  {
    fault: "delay",
    title: "Delay",
    verb: "Delay",
    hint: "every frame and answer comes late",
    fields: [ms(600)],
  },
];
