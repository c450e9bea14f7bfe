/** The chat: what was said, and the state of each message of ours. */
import type { Delivery, IncomingMessage, SentMessage } from "guestwire";
import type {
  Attachment,
  MessageBody,
  IncomingMessage as MessagingMessage,
  OutgoingContent,
} from "guestwire/web-messaging";
import { byId, element, setText } from "../shared/dom.js";
import { clock, refusalWords } from "../shared/words.js";
import { close } from "./pickers.js";
import type { Guest } from "./service.js";
import { file, structured } from "./structured.js";
import { deliveryWords } from "./words.js";

/** How many messages stay on the page; the oldest leave first. */
const MAX_SHOWN = 500;

/** From how near to its end the list follows new messages, in pixels. */
const FOLLOWS_WITHIN = 80;

/** A message of either service. */
type Incoming = IncomingMessage & { readonly body?: MessageBody };

interface Bubble {
  readonly item: HTMLLIElement;
  readonly state: HTMLElement;
  readonly actions: HTMLElement;
  readonly text: string;
  /** Says the same again; says whether it was accepted. */
  again(): boolean;
}

/** The conversation's view. */
export class Conversation {
  readonly #scroll = byId("messages-scroll", HTMLElement);
  readonly #list = byId("messages", HTMLOListElement);
  readonly #empty = byId("messages-empty", HTMLElement);
  readonly #count = byId("chat-count", HTMLElement);
  readonly #announcement = byId("chat-announcement", HTMLElement);
  readonly #form = byId("composer", HTMLFormElement);
  readonly #input = byId("composer-text", HTMLTextAreaElement);
  readonly #error = byId("composer-error", HTMLElement);
  readonly #bubbles = new Map<string, Bubble>();
  #guest: Guest | undefined;
  #said = 0;
  /** Whether the reader is at the end, and stays there when something comes. */
  #follows = true;
  /** Where the end was, as a `scrollTop`, when the list was last there. */
  #end = 0;

  constructor() {
    this.#scroll.addEventListener("scroll", () => this.#scrolled());
    // An image comes later than its message, who writes is shown below all of them, and a long draft takes their place.
    const resized = new ResizeObserver(() => this.#follow());
    for (const each of [this.#list, byId("typing", HTMLElement), this.#scroll]) resized.observe(each);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.send(this.#input.value)) {
        this.#input.value = "";
        this.#grow();
      }
      this.#input.focus();
    });
    this.#input.addEventListener("keydown", (event) => {
      // While an input method composes, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#form.requestSubmit();
    });
    this.#input.addEventListener("input", () => {
      setText(this.#error, "");
      this.#grow();
    });
  }

  /** Shows another guest's conversation, below what is there. */
  attach(guest: Guest, signal: AbortSignal): void {
    this.#guest = guest;
    const { client } = guest;
    client.addEventListener("delivery", (event) => this.#delivery(event.detail), { signal });
    client.addEventListener(
      "message",
      ({ detail }) => this.#append(this.#incoming(detail, detail.at, "You, elsewhere")),
      { signal },
    );
    client.addEventListener(
      "session",
      ({ detail }) => {
        if (detail.replaces)
          this.note("The old session is gone; this is a new conversation for the service.");
      },
      { signal },
    );
  }

  /** Sends a text; says whether it was accepted. */
  send(text: string): boolean {
    if (text.trim() === "") return false;
    return this.#send(text, ({ client }) => client.send(text));
  }

  /** Sends what is more than a text, and shows it in these words; web messaging alone knows such. */
  sendContent(content: OutgoingContent, words: string): boolean {
    return this.#send(words, ({ messaging }) => messaging?.send(content));
  }

  /** Sends a file that the service has; where it is an image, it is shown from where the service has it. */
  sendFile({ id, name, type }: Attachment, url: string | null): void {
    if (!this.sendContent({ attachment: id }, name) || !url || !type.startsWith("image/")) return;
    const text = this.#list.lastElementChild?.querySelector(".bubble-text");
    text?.replaceWith(file({ url, filename: name, mime: type }));
  }

  #send(words: string, send: (guest: Guest) => SentMessage | undefined): boolean {
    if (!this.#guest) return false;
    try {
      const sent = send(this.#guest);
      if (!sent) return false;
      this.#show(sent, words, () => this.#send(words, send));
      setText(this.#error, "");
      return true;
    } catch (error) {
      setText(this.#error, `Not accepted. ${refusalWords(error)}`);
      return false;
    }
  }

  /** Shows what was said before all that is there, the oldest first. */
  showEarlier(messages: readonly MessagingMessage[]): void {
    const items = messages.map((message) => {
      const item = this.#incoming(message, Date.parse(message.time ?? "") || message.at, "You");
      // What was offered then is answered, or over, but for what is still to be filled in.
      const asks = item.querySelector(".part-asks") !== null;
      if (!asks || this.#guest?.messaging?.isAnswered(message)) close(item);
      return item;
    });
    if (items.length === 0) return;
    this.#empty.hidden = true;
    const before = this.#scroll.scrollHeight - this.#scroll.scrollTop;
    this.#list.prepend(...items);
    this.#tellCount();
    // The reader stays at what was read.
    this.#scroll.scrollTop = this.#scroll.scrollHeight - before;
  }

  /** A line between the messages. */
  note(text: string): void {
    this.#append(element("li", "note", text));
  }

  /** A message of the other side, or of the guest with another client. */
  #incoming({ sender, content, body, id }: Incoming, at: number, guest: string): HTMLLIElement {
    const own = sender === "guest";
    const { item } = this.#bubble(sender, own ? guest : "Agent", content, at);
    if (body) item.append(...structured(body, id, (choice, words) => this.sendContent(choice, words)));
    item.dataset.id = id;
    // Answered in another tab, it is answered in this one.
    for (const offer of own ? this.#list.querySelectorAll<HTMLElement>("[data-id]:has(.part-asks)") : []) {
      if (this.#guest?.messaging?.isAnswered(offer.dataset.id ?? "")) close(offer);
    }
    return item;
  }

  #show(sent: SentMessage, text: string, again: () => boolean): void {
    const made = this.#bubble("guest", "You", text, Date.now());
    made.item.append(made.state, made.actions);
    const bubble = { ...made, again };
    this.#bubbles.set(sent.id, bubble);
    this.#state(sent.id, { state: sent.state, via: null, elapsed: 0, reason: null, attempts: 0 });
    this.#append(bubble.item, true);
  }

  #bubble(from: "guest" | "agent", name: string, text: string, at: number): Omit<Bubble, "again"> {
    const item = element("li", `bubble ${from}`);
    const head = element("p", "bubble-head");
    const time = element("time", "", clock(at));
    time.dateTime = new Date(at).toISOString();
    head.append(element("span", "", name), time);
    const state = element("p", "bubble-state");
    const actions = element("p", "bubble-actions");
    item.append(head);
    // A file or a choice may come without a word.
    if (text !== "") item.append(element("p", "bubble-text", text));
    this.#said += 1;
    return { item, state, actions, text };
  }

  #delivery(detail: Delivery): void {
    this.#state(detail.id, detail);
    if (detail.state === "queued" || detail.state === "sending") return;
    const bubble = this.#bubbles.get(detail.id);
    this.#bubbles.delete(detail.id);
    // Only what went wrong is read out: a word for every delivery would drown the conversation.
    if (bubble && detail.state !== "delivered")
      setText(this.#announcement, `${deliveryWords(detail)}: ${bubble.text}`);
  }

  #state(id: string, detail: Omit<Delivery, "id" | "at">): void {
    const bubble = this.#bubbles.get(id);
    if (!bubble) return;
    bubble.item.dataset.state = detail.state;
    if (detail.via) bubble.item.dataset.via = detail.via;
    setText(bubble.state, deliveryWords(detail));
    const action = this.#action(id, detail.state, bubble);
    bubble.actions.replaceChildren(...(action ? [action] : []));
  }

  /** What the guest may do with a message in this state. */
  #action(id: string, state: Delivery["state"], bubble: Bubble): HTMLButtonElement | undefined {
    if (state === "delivered" || state === "sending") return undefined;
    const again = state === "unconfirmed" ? "Send again (it may arrive twice)" : "Send again";
    const button = element("button", "link-button", state === "queued" ? "Take back" : again);
    button.type = "button";
    button.addEventListener("click", () => {
      if (state === "queued") this.#guest?.client.cancel(id);
      else if (bubble.again()) button.remove();
      this.#input.focus();
    });
    return button;
  }

  #append(item: HTMLLIElement, own = false): void {
    if (own) this.#follows = true;
    this.#empty.hidden = true;
    this.#list.append(item);
    while (this.#list.childElementCount > MAX_SHOWN) this.#list.firstElementChild?.remove();
    this.#tellCount();
    this.#follow();
  }

  /**
   * The list was scrolled, by its reader or by itself. Only who goes up from where the end was leaves it: the end may
   * have gone down since, where a message or an image came in the same frame.
   */
  #scrolled(): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    const end = scrollHeight - clientHeight;
    if (end - scrollTop < FOLLOWS_WITHIN) {
      this.#follows = true;
      this.#end = end;
    } else if (this.#end - scrollTop >= FOLLOWS_WITHIN) this.#follows = false;
  }

  #follow(): void {
    if (!this.#follows) return;
    this.#scroll.scrollTop = this.#scroll.scrollHeight;
    this.#end = this.#scroll.scrollTop;
  }

  #tellCount(): void {
    setText(this.#count, `${this.#said} ${this.#said === 1 ? "message" : "messages"}`);
  }

  #grow(): void {
    this.#input.rows = Math.min(5, Math.max(1, this.#input.value.split("\n").length));
  }
}
