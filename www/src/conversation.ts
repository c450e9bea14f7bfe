/** The chat: what was said, and the state of each message of ours. */
import { type Delivery, type GuestClient, GuestwireError, type SentMessage } from "guestwire";
import { byId, element, setText } from "./dom.js";
import { clock, deliveryWords, sentences } from "./words.js";

/** How many messages stay on the page; the oldest leave first. */
const MAX_SHOWN = 500;

/** From how near to its end the list follows new messages, in pixels. */
const FOLLOWS_WITHIN = 80;

interface Bubble {
  readonly item: HTMLLIElement;
  readonly state: HTMLElement;
  readonly actions: HTMLElement;
  readonly text: string;
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
  #client: GuestClient | undefined;
  #said = 0;

  constructor() {
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

  /** Shows another client's conversation, below what is there. */
  attach(client: GuestClient, signal: AbortSignal): void {
    this.#client = client;
    client.addEventListener("delivery", (event) => this.#delivery(event.detail), { signal });
    client.addEventListener(
      "message",
      ({ detail }) => this.#append(this.#bubble("agent", "Agent", detail.content, detail.at).item),
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
    if (!this.#client || text.trim() === "") return false;
    try {
      this.#show(this.#client.send(text), text);
      setText(this.#error, "");
      return true;
    } catch (error) {
      if (!(error instanceof GuestwireError)) throw error;
      setText(this.#error, `Not accepted. ${sentences(error.message, error.remedy)}`);
      return false;
    }
  }

  /** A line between the messages. */
  note(text: string): void {
    this.#append(element("li", "note", text));
  }

  #show(sent: SentMessage, text: string): void {
    const bubble = this.#bubble("guest", "You", text, Date.now());
    this.#bubbles.set(sent.id, bubble);
    this.#state(sent.id, { state: sent.state, via: null, elapsed: 0, reason: null, attempts: 0 });
    this.#append(bubble.item, true);
  }

  #bubble(from: "guest" | "agent", name: string, text: string, at: number): Bubble {
    const item = element("li", `bubble ${from}`);
    const head = element("p", "bubble-head");
    const time = element("time", "", clock(at));
    time.dateTime = new Date(at).toISOString();
    head.append(element("span", "", name), time);
    const state = element("p", "bubble-state");
    const actions = element("p", "bubble-actions");
    item.append(head, element("p", "bubble-text", text));
    if (from === "guest") item.append(state, actions);
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
    const action = this.#action(id, detail.state, bubble.text);
    bubble.actions.replaceChildren(...(action ? [action] : []));
  }

  /** What the guest may do with a message in this state. */
  #action(id: string, state: Delivery["state"], text: string): HTMLButtonElement | undefined {
    if (state === "delivered" || state === "sending") return undefined;
    const again = state === "unconfirmed" ? "Send again (it may arrive twice)" : "Send again";
    const button = element("button", "link-button", state === "queued" ? "Take back" : again);
    button.type = "button";
    button.addEventListener("click", () => {
      if (state === "queued") this.#client?.cancel(id);
      else if (this.send(text)) button.remove();
      this.#input.focus();
    });
    return button;
  }

  #append(item: HTMLLIElement, own = false): void {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
    const follows = own || scrollHeight - scrollTop - clientHeight < FOLLOWS_WITHIN;
    this.#empty.hidden = true;
    this.#list.append(item);
    while (this.#list.childElementCount > MAX_SHOWN) this.#list.firstElementChild?.remove();
    setText(this.#count, `${this.#said} ${this.#said === 1 ? "message" : "messages"}`);
    if (follows) this.#scroll.scrollTop = this.#scroll.scrollHeight;
  }

  #grow(): void {
    this.#input.rows = Math.min(5, Math.max(1, this.#input.value.split("\n").length));
  }
}
