/** What the client told, beside what happened at the service. */
import type { Stats, StreamClient } from "guestwire/streams";
import { ProofCard } from "../shared/proof-card.js";
import { bytes } from "../shared/words.js";
import { Judge } from "./judge.js";

/** The proof's view. */
export class Proof {
  readonly #card = new ProofCard();
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
    this.#card.figure("happened", heard + inGaps + underWay + twice + lost);
    this.#card.figure("heard", heard + twice);
    this.#card.figure("missed", inGaps);
    this.#card.figure("gaps", this.#gaps);
    this.#card.figure("under-way", underWay);
    this.#card.figure("reconnects", stats.reconnects);
    this.#card.figure("tokens", this.#tokens);
    this.#card.figure("calls", this.#calls);
    this.#card.figure("out", bytes(stats.bytesOut));
    this.#card.figure("in", bytes(stats.bytesIn));
    this.#card.figure("duplicates", stats.duplicates);
    const faults = [
      lost > 0 && `${lost} lost without a gap`,
      twice > 0 && `${twice} told twice`,
      disordered > 0 && `${disordered} out of order`,
    ].filter((fault) => fault !== false);
    const settled = heard + inGaps;
    if (faults.length > 0) this.#card.say("bad", `Not as promised: ${faults.join(", ")}.`);
    else if (settled === 0) this.#card.say("none", "Nothing was heard yet.");
    else if (inGaps === 0) this.#card.say("good", `All ${heard} were heard, once, in order.`);
    else
      this.#card.say(
        "good",
        `${heard} of ${settled} were heard, once, in order; of the others a gap was told.`,
      );
  }
}
