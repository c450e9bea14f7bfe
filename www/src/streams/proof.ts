/** What the client told, beside what happened at the service. */
import type { Stats, StreamClient } from "guestwire/streams";
import { byId, setText } from "../shared/dom.js";
import { bytes } from "../shared/words.js";
import { Judge } from "./judge.js";

/** The proof's view. */
export class Proof {
  readonly #verdict = byId("verdict", HTMLElement);
  readonly #figures = new Map<string, HTMLElement>();
  #judge = new Judge();
  #gaps = 0;
  #tokens = 0;
  #calls = 0;

  /** Who judges the client that is there now. */
  get judge(): Judge {
    return this.#judge;
  }

  /** A token was asked for. */
  tokenAsked(): void {
    this.#tokens += 1;
  }

  /** Watches another client. */
  attach(client: StreamClient, signal: AbortSignal): void {
    const judge = new Judge();
    this.#judge = judge;
    this.#gaps = 0;
    this.#calls = 0;
    client.addEventListener("event", ({ detail }) => judge.heard(detail.correlationId), { signal });
    client.addEventListener(
      "gap",
      ({ detail }) => {
        judge.gap(detail);
        this.#gaps += 1;
      },
      { signal },
    );
    client.addEventListener(
      "audit",
      ({ detail }) => {
        if (detail.what === "request") this.#calls += 1;
      },
      { signal },
    );
  }

  /** Shows the figures of this moment. */
  tick(stats: Stats): void {
    const { heard, inGaps, underWay, twice, lost, disordered } = this.#judge.findings();
    this.#figure("happened", heard + inGaps + underWay + twice + lost);
    this.#figure("heard", heard + twice);
    this.#figure("missed", inGaps);
    this.#figure("gaps", this.#gaps);
    this.#figure("under-way", underWay);
    this.#figure("reconnects", stats.reconnects);
    this.#figure("tokens", this.#tokens);
    this.#figure("calls", this.#calls);
    this.#figure("out", bytes(stats.bytesOut));
    this.#figure("in", bytes(stats.bytesIn));
    this.#figure("duplicates", stats.duplicates);
    const faults = [
      lost > 0 && `${lost} lost without a gap`,
      twice > 0 && `${twice} told twice`,
      disordered > 0 && `${disordered} out of order`,
    ].filter((fault) => fault !== false);
    const settled = heard + inGaps;
    if (faults.length > 0) this.#say("bad", `Not as promised: ${faults.join(", ")}.`);
    else if (settled === 0) this.#say("none", "Nothing was heard yet.");
    else if (inGaps === 0) this.#say("good", `All ${heard} were heard, once, in order.`);
    else
      this.#say("good", `${heard} of ${settled} were heard, once, in order; of the others a gap was told.`);
  }

  #say(verdict: string, text: string): void {
    this.#verdict.dataset.verdict = verdict;
    setText(this.#verdict, text);
  }

  #figure(name: string, value: number | string): void {
    let target = this.#figures.get(name);
    if (!target) {
      target = byId(`figure-${name}`, HTMLElement);
      this.#figures.set(name, target);
    }
    setText(target, String(value));
  }
}
