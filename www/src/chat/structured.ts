/** What stands beside a message's text: quick replies, buttons of cards, files, what is to be filled in. All of it is from outside, so each part is checked, and is only ever set as text. */
import type { Json, MessageBody, OutgoingContent } from "guestwire/web-messaging";
import { element } from "../shared/dom.js";
import { form, listPicker } from "./pickers.js";

/** Says what the guest chose; says whether it was accepted. */
export type Choose = (content: OutgoingContent, words: string) => boolean;

/** An object of somebody's. */
export type Fields = { readonly [name: string]: Json | undefined };

/** The elements for all parts of a message that this page knows. A part that it does not know is named. */
export function structured(body: MessageBody, messageId: string, choose: Choose): HTMLElement[] {
  const parts = Array.isArray(body.content) ? body.content.map(fields) : [];
  const replies = parts
    .filter((part) => part.contentType === "QuickReply")
    .map((part) => fields(part.quickReply));
  const others = parts.filter((part) => part.contentType !== "QuickReply");
  const made = others.map((part) => shown(part, messageId, choose));
  if (replies.length > 0) made.push(quickReplies(replies, messageId, choose));
  return made;
}

function shown(part: Fields, messageId: string, choose: Choose): HTMLElement {
  switch (part.contentType) {
    case "Attachment":
      return file(fields(part.attachment));
    case "ButtonResponse":
      // What the guest chose, in this tab before or in another one.
      return element("p", "bubble-text", text(fields(part.buttonResponse).text));
    case "Form": {
      const given = fields(part.form);
      // Without pages it is what the guest answered, in this tab before or in another one.
      if (!Array.isArray(given.formPages)) return element("p", "hint", "The form was sent");
      return form(given, messageId, choose);
    }
    case "ListPicker":
      return listPicker(fields(part.listPicker), messageId, choose);
    case "Card":
      return card(fields(part.card), messageId, choose);
    case "Carousel": {
      const cards = fields(part.carousel).cards;
      const row = element("div", "cards");
      row.append(...(Array.isArray(cards) ? cards : []).map((one) => card(fields(one), messageId, choose)));
      return row;
    }
    default:
      return element(
        "p",
        "part-unknown",
        `Something that this page does not show: ${text(part.contentType) || "unnamed"}`,
      );
  }
}

/** A file: an image where it is one that this page may load, else its name. */
export function file({ url, filename, mediaType, mime }: Fields): HTMLElement {
  const name = text(filename) || "a file";
  const address = webAddress(url);
  const isImage = mediaType === "Image" || text(mime).startsWith("image/");
  if (!address) return element("p", "part-file", name);
  const link = element("a", "part-file", isImage ? "" : name);
  link.href = address;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  if (isImage) {
    const image = element("img");
    image.src = address;
    image.alt = name;
    image.referrerPolicy = "no-referrer";
    // Where it is not to be had, or the page's policy does not let it in, its name says what it is.
    image.addEventListener("error", () => link.replaceChildren(name), { once: true });
    link.append(image);
  }
  return link;
}

function quickReplies(replies: readonly Fields[], messageId: string, choose: Choose): HTMLElement {
  const row = element("div", "choices");
  row.setAttribute("role", "group");
  row.setAttribute("aria-label", "Answers to choose from");
  for (const reply of replies) {
    row.append(
      choice(row, text(reply.text), (words) =>
        choose(
          { quickReply: { text: words, payload: text(reply.payload), originatingMessageId: messageId } },
          words,
        ),
      ),
    );
  }
  return row;
}

function card(
  { title, description, image, actions }: Fields,
  messageId: string,
  choose: Choose,
): HTMLElement {
  const made = element("div", "part-card");
  if (webAddress(image)) made.append(file({ url: image, filename: title, mediaType: "Image" }));
  made.append(element("p", "part-title", text(title)));
  if (text(description)) made.append(element("p", "hint", text(description)));
  const row = element("div", "choices");
  for (const action of (Array.isArray(actions) ? actions : []).map(fields)) {
    // A link is shown as what it is; only a postback is an answer.
    if (action.type === "Link") row.append(file({ url: action.url, filename: action.text }));
    else {
      row.append(
        choice(row, text(action.text), (words) =>
          choose(
            { button: { text: words, payload: text(action.payload), originatingMessageId: messageId } },
            words,
          ),
        ),
      );
    }
  }
  if (row.childElementCount > 0) made.append(row);
  return made;
}

/** A button that can be pressed once: then all of its group are done. */
function choice(group: HTMLElement, words: string, say: (words: string) => boolean): HTMLButtonElement {
  const button = element("button", "choice", words);
  button.type = "button";
  button.addEventListener("click", () => {
    if (!say(words)) return;
    for (const one of group.querySelectorAll("button")) one.disabled = true;
    button.setAttribute("aria-pressed", "true");
  });
  return button;
}

/** Its members; of anything else none. */
export function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Itself; of anything else nothing. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** An address that a browser asks a server for. No script, no data. */
function webAddress(value: Json | undefined): string | undefined {
  try {
    const address = new URL(text(value));
    return address.protocol === "https:" || address.protocol === "http:" ? address.href : undefined;
  } catch {
    return undefined;
  }
}
