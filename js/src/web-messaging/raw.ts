/** What the module of this entry exports beside what every module does (`../raw.ts`). */
import type { RawGuestClient } from "../guest/raw.js";
import type { ConversationState } from "./conversation.js";

/** The exported class. A method throws a `Refusal` with a `RawError`. */
export interface RawClient extends RawGuestClient {
  sendDraft(content: object): string;
  setAttributes(attributes: object): void;
  answerOffer(answer: object): boolean;
  typing(): boolean;
  join(): boolean;
  conversation(): ConversationState;
  startNew(): void;
  clear(): void;
  signIn(grant: object): void;
  signOut(): void;
  /** Whoever was asked for a grant has none now: an event `grantwanted` asks again. */
  grantUnavailable(): void;
  attach(name: string, type: string, bytes: Blob): string;
  detach(id: string): void;
  attachmentUrl(id: string): number;
  /** 0: history, 1: deployment, 2: domains. */
  inquire(what: number): number;
}
