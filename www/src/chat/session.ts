/** The guest's session, and how long it lasts. */
import { element, setText } from "../shared/dom.js";
import { duration } from "../shared/words.js";
import type { Guest } from "./service.js";

/** The session's view, below the connection's. */
export class Session {
  readonly #figure = element("dd", "", "none");
  #guest: Guest | undefined;

  constructor() {
    const pair = element("div", "wide");
    pair.append(element("dt", "", "Session"), this.#figure);
    document.querySelector("#link .pairs")?.append(pair);
  }

  /** Shows another guest's session. */
  attach(guest: Guest): void {
    this.#guest = guest;
  }

  /** Shows how it is at this moment. */
  tick(): void {
    const session = this.#guest?.client.session;
    setText(
      this.#figure,
      session ? `${session.id.slice(0, 8)} · ${duration(session.expiresIn)} left` : "none",
    );
  }
}
