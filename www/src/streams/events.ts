/** What was heard, newest first, and the gaps in it. */
import type { Gap, StreamClient, StreamEvent } from "guestwire/streams";
import { byId, element, setText } from "../shared/dom.js";
import { clock, duration } from "../shared/words.js";
import type { Happening } from "./happenings.js";

/** How many entries stay. */
const MAX_SHOWN = 100;

/** How many characters of an event are shown. */
const MAX_TEXT = 300;

/** The events' view. */
export class Events {
  readonly #list = byId("events", HTMLOListElement);
  readonly #empty = byId("events-empty", HTMLElement);
  readonly #count = byId("events-count", HTMLElement);
  readonly #announcement = byId("events-announcement", HTMLElement);
  readonly #delivered: (elapsed: number) => void;
  #heard = 0;

  /** @param delivered is told how long an event was under way, where that is known. */
  constructor(delivered: (elapsed: number) => void) {
    this.#delivered = delivered;
  }

  /** Shows what another client hears, above what is there. */
  attach(client: StreamClient, signal: AbortSignal): void {
    client.addEventListener("event", ({ detail }) => this.#event(detail), { signal });
    client.addEventListener("gap", ({ detail }) => this.#gap(detail), { signal });
  }

  /** A line between the events. */
  note(text: string): void {
    this.#show(element("li", "note", text));
  }

  #event({ topic, body, at }: StreamEvent): void {
    const item = element("li", "heard");
    const time = element("time", "", clock(at, true));
    time.dateTime = new Date(at).toISOString();
    const head = element("p", "heard-head");
    head.append(element("span", "heard-topic", topic), time);
    item.append(head);
    if (isOurs(body)) {
      const elapsed = Math.max(0, at - body.happenedAt);
      this.#delivered(elapsed);
      item.append(element("p", "heard-body", `No. ${body.number}, heard after ${duration(elapsed)}`));
    } else {
      const text = JSON.stringify(body);
      item.append(element("p", "heard-body", text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)} …` : text));
    }
    this.#heard += 1;
    setText(this.#count, `${this.#heard} ${this.#heard === 1 ? "event" : "events"}`);
    this.#show(item);
  }

  #gap({ from, to }: Gap): void {
    const words = `A gap of ${duration(to - from)}, ${clock(from, true)} to ${clock(to, true)}: the service replays nothing.`;
    this.#show(element("li", "gap", words));
    setText(this.#announcement, words);
  }

  #show(item: HTMLLIElement): void {
    this.#empty.hidden = true;
    this.#list.prepend(item);
    while (this.#list.childElementCount > MAX_SHOWN) this.#list.lastElementChild?.remove();
  }
}

/** Whether this page let it happen. */
function isOurs(body: unknown): body is Happening {
  return (
    typeof body === "object" &&
    body !== null &&
    "number" in body &&
    typeof body.number === "number" &&
    "happenedAt" in body &&
    typeof body.happenedAt === "number"
  );
}
