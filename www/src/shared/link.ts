/** The connection: its state, what it does, and the countdown to the next attempt. */
import type { ClientStats, ConnectionStep, StateChange } from "guestwire";
import type { AnyClient } from "./client.js";
import { byId, setText } from "./dom.js";
import { connectionWords, duration, sentences, whyWords } from "./words.js";

const ORDER: readonly ConnectionStep[] = ["session", "socket", "greeting", "ready"];

/** The connection's view. */
export class Link {
  readonly #pill = byId("pill", HTMLElement);
  readonly #pillText = byId("pill-text", HTMLElement);
  readonly #card = byId("link", HTMLElement);
  readonly #word = byId("state-word", HTMLElement);
  readonly #why = byId("state-why", HTMLElement);
  readonly #steps = byId("steps", HTMLOListElement);
  readonly #wait = byId("wait", HTMLElement);
  readonly #waitBar = byId("wait-bar", HTMLElement);
  readonly #waitText = byId("wait-text", HTMLElement);
  readonly #attempt = byId("figure-attempt", HTMLElement);
  readonly #opens = byId("figure-opens", HTMLElement);
  readonly #connect = byId("connect", HTMLButtonElement);
  readonly #close = byId("close", HTMLButtonElement);
  #client: AnyClient | undefined;
  #waited = 0;

  constructor() {
    // A final error stands in the state's words and in the log; there is nobody else to tell.
    this.#connect.addEventListener("click", () => this.#client?.connect().catch(() => undefined));
    this.#close.addEventListener("click", () => void this.#client?.close());
  }

  /** Shows another client. */
  attach(client: AnyClient, signal: AbortSignal): void {
    this.#client = client;
    client.addEventListener("statechange", (event) => this.#change(event.detail), { signal });
    this.#state(client.state, "idle");
    setText(this.#why, "Ready to connect.");
  }

  /** Shows the figures of this moment. */
  tick(stats: ClientStats): void {
    const { nextAttemptIn } = stats;
    setText(this.#attempt, String(stats.attempt));
    setText(this.#opens, String(stats.opens));
    this.#wait.dataset.waiting = String(nextAttemptIn !== null);
    if (nextAttemptIn === null) {
      this.#waited = 0;
      setText(this.#waitText, "No attempt is waited for");
      return;
    }
    this.#waited = Math.max(this.#waited, nextAttemptIn);
    this.#waitBar.style.inlineSize = `${this.#waited > 0 ? (100 * nextAttemptIn) / this.#waited : 0}%`;
    setText(this.#waitText, `Next attempt in ${(nextAttemptIn / 1000).toFixed(1)} s`);
  }

  #change(change: StateChange): void {
    this.#waited = change.wait ?? 0;
    this.#state(change.to, change.step);
    const wait = change.wait === null ? "" : ` The next attempt is in ${duration(change.wait)}.`;
    const reason = change.error ? sentences(change.error.message, change.error.remedy) : whyWords(change.why);
    setText(this.#why, reason + wait);
  }

  #state(state: StateChange["to"], step: ConnectionStep): void {
    this.#pill.dataset.state = state;
    this.#card.dataset.state = state;
    setText(this.#pillText, connectionWords(state));
    setText(this.#word, connectionWords(state));
    const reached = ORDER.indexOf(step);
    for (const [index, item] of [...this.#steps.children].entries()) {
      const done = reached > index || step === "ready";
      (item as HTMLElement).dataset.done = String(done);
      if (index === reached && !done) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    }
    this.#connect.disabled = state !== "idle" && state !== "closed";
    this.#close.disabled = state === "closed" || state === "closing";
  }
}
