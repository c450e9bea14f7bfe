/** The events of web messaging: what comes to those of every client. */
import type { GuestEventDetails as Common } from "../events.js";
import type { AttachmentChange, UploadProgress } from "./attachments.js";

export type { IncomingMessage } from "../events.js";

/** The detail of each event, by its name. */
export interface GuestEventDetails extends Common {
  attachment: AttachmentChange;
  uploadprogress: UploadProgress;
}

/** The events, by their name. */
export type GuestEventMap = { [K in keyof GuestEventDetails]: CustomEvent<GuestEventDetails[K]> };
