/** The guest's files: chosen beside the message field, uploaded at once, and sent as soon as the service has them. */
import type { Attachment } from "guestwire/web-messaging";
import { byId, element, setText } from "../shared/dom.js";
import { bytes, refusalWords } from "../shared/words.js";
import type { Guest, MessagingClient } from "./service.js";

/** The view of what is under way. */
export class Files {
  readonly #button = byId("attach", HTMLButtonElement);
  readonly #input = byId("attach-file", HTMLInputElement);
  readonly #list = byId("files", HTMLUListElement);
  readonly #error = byId("composer-error", HTMLElement);
  readonly #send: (file: Attachment, url: string | null) => void;
  readonly #progress = new Map<string, HTMLProgressElement>();
  #client: MessagingClient | undefined;

  /** @param send says it in the conversation, once the service has it. */
  constructor(send: (file: Attachment, url: string | null) => void) {
    this.#send = send;
    this.#button.addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => {
      for (const file of this.#input.files ?? []) void this.#take(file);
      this.#input.value = "";
    });
  }

  /** Takes another guest's files. */
  attach({ messaging }: Guest, signal: AbortSignal): void {
    this.#client = messaging;
    this.#list.replaceChildren();
    this.#progress.clear();
    messaging?.addEventListener(
      "uploadprogress",
      ({ detail: { id, loaded, total } }) => {
        // The client tells the start and the end only. In between the browser moves the bar by itself.
        const bar = this.#progress.get(id);
        if (bar && loaded === total) bar.value = 1;
      },
      { signal },
    );
  }

  async #take(file: File): Promise<void> {
    const client = this.#client;
    if (!client) return;
    setText(this.#error, "");
    let attached: Attachment;
    try {
      attached = client.attach(file);
    } catch (error) {
      setText(this.#error, `Not taken. ${refusalWords(error)}`);
      return;
    }
    const row = this.#row(client, attached);
    this.#list.append(row);
    const { state, reason, url } = await attached.uploaded;
    this.#progress.delete(attached.id);
    row.remove();
    if (state === "uploaded") this.#send(attached, url);
    else if (state === "failed")
      setText(this.#error, `${attached.name} was not uploaded: ${reason ?? "refused"}.`);
  }

  #row(client: MessagingClient, { id, name, size }: Attachment): HTMLLIElement {
    const row = element("li", "file");
    const bar = element("progress");
    bar.setAttribute("aria-label", `Upload of ${name}`);
    this.#progress.set(id, bar);
    const stop = element("button", "link-button", "Take back");
    stop.type = "button";
    stop.addEventListener("click", () => client.detach(id));
    row.append(element("span", "file-name", name), element("span", "hint", bytes(size)), bar, stop);
    return row;
  }
}
