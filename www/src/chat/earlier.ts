/** What was said before this page was there: the client tells what is new, and gives what is older when it is asked. */
import type { IncomingMessage } from "guestwire/web-messaging";
import { byId, setText } from "../shared/dom.js";
import type { Guest, MessagingClient } from "./service.js";

/** The way back. */
export class Earlier {
  readonly #button = byId("earlier", HTMLButtonElement);
  readonly #show: (messages: readonly IncomingMessage[]) => void;
  #client: MessagingClient | undefined;

  /** @param show puts messages, the oldest first, before all that is there. */
  constructor(show: (messages: readonly IncomingMessage[]) => void) {
    this.#show = show;
    this.#button.addEventListener("click", () => void this.#ask());
  }

  /** Turns to another guest's conversation: the newest page is shown at once. */
  attach({ client, messaging }: Guest, signal: AbortSignal): void {
    this.#client = messaging;
    this.#button.hidden = true;
    if (!messaging) return;
    const once = new AbortController();
    client.addEventListener(
      "statechange",
      ({ detail }) => {
        if (detail.to !== "connected") return;
        once.abort();
        void this.#ask();
      },
      { signal: AbortSignal.any([signal, once.signal]) },
    );
  }

  async #ask(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    this.#button.disabled = true;
    try {
      const { messages, done } = await client.history();
      if (client !== this.#client) return;
      this.#show(messages);
      this.#button.hidden = done;
      setText(this.#button, "Show what was said before");
    } catch {
      // Refused, or too late: one of the buttons does that. The next press asks for the same.
      this.#button.hidden = client !== this.#client;
      setText(this.#button, "What was said before could not be read. Try again");
    } finally {
      this.#button.disabled = false;
    }
  }
}
