/** The card on which a page proves what its client says: figures, and a verdict. */
import { byId, setText } from "./dom.js";

/** The card. What the figures mean is the page's affair: each has an element `figure-<name>` there. */
export class ProofCard {
  readonly #verdict = byId("verdict", HTMLElement);
  readonly #figures = new Map<string, HTMLElement>();

  /** Shows a figure. */
  figure(name: string, value: number | string): void {
    let target = this.#figures.get(name);
    if (!target) {
      target = byId(`figure-${name}`, HTMLElement);
      this.#figures.set(name, target);
    }
    setText(target, String(value));
  }

  /** Shows what is to be thought of them. */
  say(verdict: "none" | "good" | "bad", text: string): void {
    this.#verdict.dataset.verdict = verdict;
    setText(this.#verdict, text);
  }
}
