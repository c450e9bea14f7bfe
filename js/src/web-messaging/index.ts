/**
 * guestwire: a web-messaging guest client that loses no message. This entry speaks to Genesys Cloud Web Messaging; start at
 * {@link GuestClient}.
 *
 * @packageDocumentation
 */

export * from "../guest/common.js";
export type { Json } from "../json.js";
export type {
  Attachment,
  AttachmentChange,
  AttachmentState,
  FileParts,
  FinalAttachmentState,
  UploadProgress,
} from "./attachments.js";
export type { Authorization, Grant, GrantProvider, GrantReason, GrantRequest } from "./authorization.js";
export { GuestClient } from "./client.js";
export type {
  Choice,
  FormAnswer,
  FormField,
  ListPickerAnswer,
  OfferAnswer,
  OutgoingContent,
  Reply,
} from "./content.js";
export type {
  ConversationChange,
  ConversationState,
  Expiring,
  MessageBody,
  Notice,
  Presence,
  Typing,
} from "./conversation.js";
export type { ConversationsConfig, DeploymentConfig, DeploymentDomains } from "./deployment.js";
export type { GuestEventDetails, GuestEventMap, IncomingMessage } from "./events.js";
export type { HistoryPage, InquiryOptions } from "./inquiries.js";
export { init } from "./module.js";
/** @internal */
export { initNow } from "./now.js";
export type { ClientOptions, JourneyContext, OnUncertain } from "./options.js";
export type {
  AttachmentPart,
  ButtonResponsePart,
  Card,
  CardAction,
  CardPart,
  CarouselPart,
  ContentPart,
  DatePicker,
  DatePickerPart,
  Form,
  FormComponent,
  FormPart,
  ListPicker,
  ListPickerPart,
  OfferWords,
  Other,
  OtherPart,
  QuickReplyPart,
} from "./parts.js";
export { answeredBy } from "./parts.js";
export type { TokenStorage } from "./token.js";
