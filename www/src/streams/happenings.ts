/** Lets something happen at the local gateway, again and again, in the topics that the page listens to. */
import { emit } from "../shared/control.js";
import { byId } from "../shared/dom.js";
import type { Judge } from "./judge.js";

/** What an event of ours says. */
export interface Happening {
  /** Its number on this page. */
  readonly number: number;
  /** When it happened, epoch ms. */
  readonly happenedAt: number;
}

/** One happening after another: the order in which they are asked for is that in which they happen. */
export class Happenings {
  readonly #rate = byId("rate", HTMLSelectElement);
  readonly #topics: () => readonly string[];
  #judge: Judge | undefined;
  #number = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  /** @param topics in which something may happen now. */
  constructor(topics: () => readonly string[]) {
    this.#topics = topics;
    this.#rate.addEventListener("change", () => this.#later());
  }

  /** What happens from now on is judged by this one. */
  attach(judge: Judge): void {
    this.#judge = judge;
    this.#later();
  }

  #later(): void {
    clearTimeout(this.#timer);
    const rate = Number(this.#rate.value);
    // A request that is under way goes on when it is answered.
    if (rate > 0 && !this.#asking) this.#timer = setTimeout(() => void this.#happen(), 1000 / rate);
  }

  async #happen(): Promise<void> {
    const judge = this.#judge;
    const topics = this.#topics();
    const topic = topics[this.#number % topics.length];
    if (judge && topic !== undefined) {
      const id = crypto.randomUUID();
      this.#number += 1;
      judge.expect(id, topic);
      const body: Happening = { number: this.#number, happenedAt: Date.now() };
      this.#asking = true;
      // Where the gateway is restarting, which is one of the buttons, nobody knows whether it happened.
      judge.happened(id, await emit(topic, body, id).catch(() => undefined));
      this.#asking = false;
    }
    this.#later();
  }
}
