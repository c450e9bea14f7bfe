/** What stands in a structured message, as the service's schema has it, and which message an answer is about. */
import type { SentMessage } from "../guest/outgoing.js";
import type { Json } from "../json.js";
import type { MessageBody } from "./conversation.js";

/** An answer to choose. */
export type QuickReplyPart = {
  readonly contentType: "QuickReply";
  readonly quickReply: {
    readonly text: string;
    readonly payload: string;
    readonly action?: string;
    readonly image?: string;
  };
};

/** What somebody chose. */
export type ButtonResponsePart = {
  readonly contentType: "ButtonResponse";
  readonly buttonResponse: {
    readonly type: string;
    readonly text: string;
    readonly payload: string;
    readonly originatingMessageId?: string;
  };
};

/** A file. Its `url` works for about ten minutes. */
export type AttachmentPart = {
  readonly contentType: "Attachment";
  readonly attachment: {
    readonly id?: string;
    readonly url?: string;
    readonly filename?: string;
    readonly mediaType?: string;
    readonly mime?: string;
    readonly fileSize?: number;
    readonly sha256?: string;
    readonly text?: string;
  };
};

/** A `Link` is followed, with `url`; a `Postback` is answered with `text` and `payload`. */
export type CardAction = {
  readonly type: string;
  readonly text?: string;
  readonly payload?: string;
  readonly url?: string;
};

/** A title with a picture and buttons. */
export type Card = {
  readonly title: string;
  readonly description?: string;
  readonly image?: string;
  readonly video?: string;
  readonly defaultAction?: CardAction;
  readonly actions?: readonly CardAction[];
};

export type CardPart = { readonly contentType: "Card"; readonly card: Card };

export type CarouselPart = {
  readonly contentType: "Carousel";
  readonly carousel: { readonly cards: readonly Card[] };
};

/** Times to choose one from, as ISO 8601; `duration` in seconds. Of a form: any date between two. */
export type DatePicker = {
  readonly id?: string;
  readonly title?: string;
  readonly subtitle?: string;
  readonly imageUrl?: string;
  readonly dateMinimum?: string;
  readonly dateMaximum?: string;
  readonly dateDisplayFormat?: string;
  readonly availableTimes?: readonly { readonly dateTime?: string; readonly duration?: number }[];
};

export type DatePickerPart = { readonly contentType: "DatePicker"; readonly datePicker: DatePicker };

/** How an offer presents itself, and what its answer is to say. */
export type OfferWords = {
  readonly header?: string;
  readonly title?: string;
  readonly subtitle?: string;
  readonly buttonLabel?: string;
  readonly imageUrl?: string;
};

/** Items to choose from: one of a section, or with `multipleSelection` several. */
export type ListPicker = {
  readonly id?: string;
  readonly sections?: readonly {
    readonly title?: string;
    readonly multipleSelection?: boolean;
    readonly items?: readonly {
      readonly id: string;
      readonly title: string;
      readonly subtitle?: string;
      readonly imageUrl?: string;
    }[];
  }[];
  readonly receivedMessage?: OfferWords;
  readonly replyMessage?: OfferWords;
};

export type ListPickerPart = { readonly contentType: "ListPicker"; readonly listPicker: ListPicker };

/** One thing that a form asks for. */
export type FormComponent =
  | {
      readonly formComponentType: "Input";
      readonly input: {
        readonly id: string;
        readonly title?: string;
        readonly subtitle?: string;
        readonly placeholderText?: string;
        readonly isRequired?: boolean;
        readonly isMultipleLine?: boolean;
        readonly keyboardType?: string;
        readonly autoCompleteType?: string;
      };
    }
  | { readonly formComponentType: "DatePicker"; readonly datePicker: DatePicker }
  | { readonly formComponentType: "ListPicker"; readonly listPicker: ListPicker }
  | {
      readonly formComponentType: "WheelPicker";
      readonly wheelPicker: {
        readonly id?: string;
        readonly items?: readonly { readonly id: string; readonly title?: string; readonly value?: string }[];
      };
    }
  | { readonly formComponentType: Other; readonly [member: string]: Json | undefined };

/** A form, or with `response` the answer to one. */
export type Form = {
  readonly cannedResponseId: string;
  readonly introduction?: {
    readonly title: string;
    readonly subtitle?: string;
    readonly imageUrl?: string;
    readonly buttonText: string;
  };
  readonly formPages?: readonly {
    readonly title?: string;
    readonly subtitle?: string;
    readonly pageComponents?: readonly FormComponent[];
  }[];
  readonly receivedMessage?: OfferWords;
  readonly replyMessage?: OfferWords;
  readonly showSummary?: boolean;
  readonly originatingMessageId?: string;
  readonly response?: readonly { readonly id?: string; readonly component?: ButtonResponsePart }[];
};

export type FormPart = { readonly contentType: "Form"; readonly form: Form };

/** A word that is none of those that are known here: any. How this type is written keeps it apart from them for the compiler. */
export type Other = `${string}?`;

/** Something that this package knows nothing of, kept as it came. */
export type OtherPart = { readonly contentType: Other; readonly [member: string]: Json | undefined };

/**
 * A part of a structured message, by its `contentType`. Typed as the service's schema has it, and checked by nobody: it comes from outside.
 *
 * @example
 * ```js
 * for (const part of message.body.content ?? []) {
 *   if (part.contentType === "ListPicker") offer(part.listPicker.sections, message.id);
 * }
 * ```
 */
export type ContentPart =
  | QuickReplyPart
  | ButtonResponsePart
  | AttachmentPart
  | CardPart
  | CarouselPart
  | DatePickerPart
  | ListPickerPart
  | FormPart
  | OtherPart;

/** The ids of the messages that a guest's message answers; none where it is no answer, or does not say so. */
export function answeredBy(body: MessageBody): readonly string[] {
  const ids: string[] = [];
  const add = (id: unknown): void => {
    if (typeof id === "string") ids[ids.length] = id;
  };
  add(member(body.metadata, "parentMessageId"));
  const parts: readonly unknown[] = Array.isArray(body.content) ? body.content : [];
  for (let place = 0; place < parts.length; place += 1) {
    add(member(member(parts[place], "buttonResponse"), "originatingMessageId"));
    add(member(member(parts[place], "form"), "originatingMessageId"));
  }
  return ids;
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** How many answers are remembered. */
const MAX_ANSWERS = 1024;

/** Which messages the guest has answered, here or elsewhere, as far as it was told, read or sent. */
export class Answers {
  /** What was sent here: until it ends otherwise, it is an answer. */
  readonly #ids = new Map<string, SentMessage | undefined>();

  /** A message of the guest's came, or was read. */
  came(message: { readonly sender: string; readonly body: MessageBody }): void {
    if (message.sender !== "guest") return;
    const ids = answeredBy(message.body);
    for (let place = 0; place < ids.length; place += 1) this.#keep(ids[place] as string);
  }

  /** One is sent here. */
  sent(content: object, message: SentMessage): void {
    const replies = Object.values(content);
    for (let place = 0; place < replies.length; place += 1) {
      const id = member(replies[place], "originatingMessageId");
      if (typeof id === "string" && !this.has(id)) this.#keep(id, message);
    }
  }

  has(id: unknown): boolean {
    if (!this.#ids.has(id as string)) return false;
    const state = this.#ids.get(id as string)?.state;
    return state !== "rejected" && state !== "expired" && state !== "cancelled";
  }

  #keep(id: string, message?: SentMessage): void {
    this.#ids.delete(id);
    this.#ids.set(id, message);
    if (this.#ids.size <= MAX_ANSWERS) return;
    let oldest: string | undefined;
    this.#ids.forEach((_, other) => {
      oldest ??= other;
    });
    this.#ids.delete(oldest as string);
  }
}
