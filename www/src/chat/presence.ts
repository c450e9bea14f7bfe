/** What is going on in a conversation of web messaging beside what is said: who writes, and how it ends. */
import { byId, setText } from "../shared/dom.js";
import { duration, errorWords } from "../shared/words.js";
import type { Guest, MessagingClient } from "./service.js";

/** The view of it. */
export class Presence {
  readonly #typing = byId("typing", HTMLElement);
  readonly #announcement = byId("chat-announcement", HTMLElement);
  readonly #ended = byId("ended", HTMLElement);
  readonly #endedText = byId("ended-text", HTMLElement);
  readonly #startNew = byId("start-new", HTMLButtonElement);
  readonly #composer = byId("composer", HTMLFormElement);
  readonly #input = byId("composer-text", HTMLTextAreaElement);
  readonly #note: (text: string) => void;
  #client: MessagingClient | undefined;

  /** @param note writes a line between the messages. */
  constructor(note: (text: string) => void) {
    this.#note = note;
    this.#startNew.addEventListener("click", () => void this.#renew());
    this.#input.addEventListener("input", () => {
      // The client paces it; nothing is to be waited for.
      if (this.#client && this.#input.value !== "") this.#client.typing();
    });
  }

  /** Shows another guest's conversation. */
  attach({ messaging }: Guest, signal: AbortSignal): void {
    this.#client = messaging;
    this.#write(false);
    this.#end(false);
    if (!messaging) return;
    messaging.addEventListener("typing", ({ detail }) => this.#write(detail.active), { signal });
    messaging.addEventListener(
      "conversation",
      ({ detail }) => {
        if (detail.new) this.#note("A new conversation.");
        this.#end(detail.readOnly);
      },
      { signal },
    );
    messaging.addEventListener(
      "presence",
      ({ detail: { kind, sender } }) => {
        if (kind === "Disconnect" && sender === "agent") this.#note("The agent has left.");
      },
      { signal },
    );
    messaging.addEventListener(
      "expiring",
      ({ detail }) =>
        this.#note(`This conversation ends in ${duration(detail.in)}, unless something is said.`),
      { signal },
    );
  }

  #write(active: boolean): void {
    if (this.#typing.hidden === active) setText(this.#announcement, active ? "The agent is writing" : "");
    this.#typing.hidden = !active;
  }

  /** Nothing can be said any more: instead of the field stands the way on. */
  #end(readOnly: boolean): void {
    const writing = this.#composer.contains(document.activeElement);
    this.#ended.hidden = !readOnly;
    this.#composer.hidden = readOnly;
    this.#startNew.disabled = false;
    // Who was at the field is led on, and not lost with it.
    if (readOnly && writing) this.#startNew.focus();
    setText(
      this.#endedText,
      readOnly ? "The agent has ended this conversation. It can be read, and no longer written to." : "",
    );
  }

  async #renew(): Promise<void> {
    this.#startNew.disabled = true;
    try {
      await this.#client?.startNew();
      this.#input.focus();
    } catch (error) {
      setText(this.#endedText, errorWords(error, "There is no new conversation."));
      this.#startNew.disabled = false;
    }
  }
}
