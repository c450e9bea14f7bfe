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

/** One of the items that the guest chose in a list picker. */
export interface Choice {
  /** The item's `title`; not empty. */
  text: string;
  /** The item's `id`; not empty. */
  payload: string;
}

/** The answer to a list picker. All in all at most 16 KiB. */
export interface ListPickerAnswer {
  /** 1 to 256 items, in order. */
  choices: readonly Choice[];
  /** The id of the message that offered it. */
  originatingMessageId: string;
  /** What is said with it: the `subtitle` of its `replyMessage`. Default: nothing. */
  text?: string;
}

/** What the guest gave a field of a form. A date is written as the form shows it, and as ISO 8601 in `payload`; of a picker, `payload` is the item's `id`. */
export interface FormField {
  /** The field's `id`. A list picker has a field for each item that was chosen, all with its id. */
  id: string;
  text: string;
  payload: string;
}

/** The answer to a form. All in all at most 16 KiB. */
export interface FormAnswer {
  /** 1 to 256 fields, in order. One that was left empty has empty texts, or is left out. */
  fields: readonly FormField[];
  /** As it came with the form. */
  cannedResponseId: string;
  /** The id of the message that had the form. */
  originatingMessageId: string;
  /** What is said with it: the `title` of its `replyMessage`. Default: nothing. */
  text?: string;
}

/** The answer to an offer, which came as a `notice` of that kind. */
export interface OfferAnswer {
  kind: "CoBrowse" | "Video";
  accepted: boolean;
  /** The offer's `sessionId`, or of a video call its `offeringId`. */
  id?: string;
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
  /** The answer to a list picker. */
  listPicker?: ListPickerAnswer;
  /** The answer to a form. */
  form?: FormAnswer;
  /** The id of a file that was uploaded. */
  attachment?: string;
}
