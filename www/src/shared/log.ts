/** The log of events: bounded, newest first. */
import type { AnyClient } from "./client.js";
import { byId, element } from "./dom.js";
import { clock, connectionWords, duration } from "./words.js";

/** How many entries stay. */
const MAX_ENTRIES = 200;

/** The log's view. */
export class Log {
  readonly #list = byId("log-entries", HTMLOListElement);
  readonly #audit = byId("log-audit", HTMLInputElement);

  constructor() {
    byId("log-clear", HTMLButtonElement).addEventListener("click", () => this.#list.replaceChildren());
  }

  /** Writes one entry. */
  write(kind: string, text: string, at = Date.now()): void {
    const item = element("li", "entry");
    item.dataset.kind = kind;
    const time = element("time", "", clock(at, true));
    time.dateTime = new Date(at).toISOString();
    item.append(time, element("span", "entry-kind", kind), element("span", "entry-text", text));
    this.#list.prepend(item);
    while (this.#list.childElementCount > MAX_ENTRIES) this.#list.lastElementChild?.remove();
  }

  /** Writes what another client tells of its connection. */
  attach(client: AnyClient, signal: AbortSignal): void {
    client.addEventListener(
      "statechange",
      ({ detail }) => {
        const wait = detail.wait === null ? "" : `, waits ${duration(detail.wait)}`;
        const change = detail.from === detail.to ? detail.step : connectionWords(detail.to).toLowerCase();
        this.write("state", `${change} (${detail.why}), attempt ${detail.attempt}${wait}`, detail.at);
      },
      { signal },
    );
    client.addEventListener(
      "gap",
      ({ detail }) => this.write("gap", `away for ${duration(detail.to - detail.from)}`),
      { signal },
    );
    client.addEventListener("quality", ({ detail }) => this.write("quality", detail.kind, detail.at), {
      signal,
    });
    client.addEventListener(
      "error",
      ({ detail }) => this.write("error", `${detail.code}: ${detail.message}`),
      {
        signal,
      },
    );
    client.addEventListener(
      "audit",
      ({ detail }) => {
        if (!this.#audit.checked) return;
        const message = detail.message ? ` ${detail.message.slice(0, 8)}` : "";
        const code = detail.code === null ? "" : ` (${detail.code})`;
        this.write("audit", `${detail.what}${message}${code}, ${detail.bytes} B`, detail.at);
      },
      { signal },
    );
  }
}
