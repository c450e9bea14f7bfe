/** What a guest can say beyond a plain text. */

/** What the guest chose among what the service offered. */
export interface Reply {
  /** What the guest saw; not empty, at most `maxContent` bytes of UTF-8. */
  text: string;
  /** What it means to the service: the `payload` that came with the offer; for a date picker the chosen time, as ISO 8601. Same limits. */
  payload: string;
  /** The id of the message that offered it, where the service wants to know; at most 4096 bytes. */
  originatingMessageId?: string;
}

/** A message: a text, a file or a reply, and attributes beside it. A reply stands alone: with no text, no file and no second reply. */
export interface OutgoingContent {
  /** At most `maxContent` bytes of UTF-8: 4096, if the option says no other. */
  text?: string;
  /**
   * Custom attributes for the service's flows. Names and values count together, in bytes of UTF-8: as many as the session announces, 2048
   * before it does, and 1024 attributes at most.
   */
  attributes?: Readonly<Record<string, string>>;
  /** A quick reply. */
  quickReply?: Reply;
  /** A button of a card or a carousel. */
  button?: Reply;
  /** The answer to a date picker. */
  datePicker?: Reply;
  /** The id of a file that was uploaded. */
  attachment?: string;
}
