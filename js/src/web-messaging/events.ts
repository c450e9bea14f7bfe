/** The events of web messaging: what comes to those of every client. */
import type { GuestEventDetails as Common } from "../guest/events.js";
import type { AttachmentChange, UploadProgress } from "./attachments.js";
import type { Authorization } from "./authorization.js";
import type {
  ConversationChange,
  Expiring,
  IncomingMessage,
  Notice,
  Presence,
  Typing,
} from "./conversation.js";

export type { IncomingMessage } from "./conversation.js";

/** The detail of each event, by its name. */
export interface GuestEventDetails extends Omit<Common, "message"> {
  message: IncomingMessage;
  typing: Typing;
  presence: Presence;
  notice: Notice;
  conversation: ConversationChange;
  expiring: Expiring;
  authorization: Authorization;
  attachment: AttachmentChange;
  uploadprogress: UploadProgress;
}

/** The events, by their name. */
export type GuestEventMap = { [K in keyof GuestEventDetails]: CustomEvent<GuestEventDetails[K]> };
