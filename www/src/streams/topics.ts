/** The topics: what is wanted, how each stands, and the form that adds one. */
import type { StreamClient, Topic, TopicRefusedError } from "guestwire/streams";
import { byId, element, setText } from "../shared/dom.js";
import { refusalWords } from "../shared/words.js";

const STATES: { readonly [state in Topic["state"]]: string } = {
  pending: "Pending",
  subscribed: "Subscribed",
  refused: "Refused",
};

/** What the page listens to at first. */
const AT_FIRST = ["v2.routing.queues.demo.conversations", "v2.users.demo.presence"];

/** The topics' view. */
export class Topics {
  readonly #list = byId("topics", HTMLUListElement);
  readonly #form = byId("topic-form", HTMLFormElement);
  readonly #input = byId("topic-text", HTMLInputElement);
  readonly #error = byId("topic-error", HTMLElement);
  /** The row of each, in order. */
  readonly #rows = new Map<string, { item: HTMLLIElement; state: HTMLElement }>();
  /** Why each one was refused. */
  readonly #reasons = new Map<string, string>();
  readonly #unsubscribed: (topic: string) => void;
  #client: StreamClient | undefined;

  /** @param unsubscribed is told of each topic that the reader takes away. */
  constructor(unsubscribed: (topic: string) => void) {
    this.#unsubscribed = unsubscribed;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#subscribe(this.#input.value.trim());
    });
  }

  /** What the next client is to listen to. */
  get wanted(): readonly string[] {
    return this.#client?.topics.map(({ topic }) => topic) ?? AT_FIRST;
  }

  /** Those that the service has, or had until the connection was lost. */
  get subscribed(): readonly string[] {
    return (this.#client?.topics ?? [])
      .filter(({ state }) => state === "subscribed")
      .map(({ topic }) => topic);
  }

  /** Shows another client's topics. */
  attach(client: StreamClient, signal: AbortSignal): void {
    this.#client = client;
    this.#reasons.clear();
    client.addEventListener(
      "error",
      ({ detail }) => {
        if (detail.code !== "topic_refused") return;
        const { topic, reason } = detail as TopicRefusedError;
        this.#reasons.set(topic, reason);
      },
      { signal },
    );
    this.tick();
  }

  /** Shows how they stand at this moment. */
  tick(): void {
    const topics = this.#client?.topics ?? [];
    const there = new Set(topics.map(({ topic }) => topic));
    for (const [topic, { item }] of this.#rows) {
      if (there.has(topic)) continue;
      item.remove();
      this.#rows.delete(topic);
    }
    for (const { topic, state } of topics) {
      const row = this.#rows.get(topic) ?? this.#row(topic);
      row.item.dataset.state = state;
      const reason = state === "refused" ? this.#reasons.get(topic) : undefined;
      setText(row.state, reason ? `${STATES[state]}: ${reason}` : STATES[state]);
    }
  }

  #subscribe(topic: string): void {
    if (topic === "" || !this.#client) return;
    try {
      // What became of it stands in its row; a client that is closed meanwhile asks for it when it connects.
      this.#client.subscribe(topic).catch(() => undefined);
      this.#input.value = "";
      setText(this.#error, "");
    } catch (error) {
      setText(this.#error, `Not taken. ${refusalWords(error)}`);
    }
    this.tick();
  }

  #row(topic: string): { item: HTMLLIElement; state: HTMLElement } {
    const item = element("li", "topic");
    const words = element("div", "topic-words");
    const state = element("span", "topic-state");
    words.append(element("span", "topic-name", topic), state);
    const remove = element("button", "link-button", "Unsubscribe");
    remove.type = "button";
    remove.setAttribute("aria-label", `Unsubscribe from ${topic}`);
    remove.addEventListener("click", () => {
      this.#unsubscribed(topic);
      this.#client?.unsubscribe(topic).catch(() => undefined);
      this.tick();
      this.#input.focus();
    });
    item.append(words, remove);
    this.#list.append(item);
    const row = { item, state };
    this.#rows.set(topic, row);
    return row;
  }
}
