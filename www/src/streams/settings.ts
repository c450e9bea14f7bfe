/** The options that the reader may choose for the next client. */
import { byId, setText } from "../shared/dom.js";
import { errorWords } from "../shared/words.js";
import type { Choices } from "./client.js";

/** The form. What it starts with stands in the page. */
export class Settings {
  readonly #form = byId("settings", HTMLFormElement);

  /** @param start is called when the reader asks for a new client; what it throws is shown. */
  constructor(start: (choices: Choices) => void) {
    const error = byId("settings-error", HTMLElement);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        start(this.choices());
        setText(error, "");
      } catch (refused) {
        setText(error, errorWords(refused, "These options are refused."));
      }
    });
  }

  /** What the form says. */
  choices(): Choices {
    const data = new FormData(this.#form);
    const seconds = (name: string): number => Number(data.get(name)) * 1000;
    return {
      kind: data.get("kind") === "socket" ? "socket" : "channel",
      handover: data.get("handover") === "second-channel" ? "second-channel" : "same-channel",
      onEvicted: data.get("onEvicted") === "reconnect" ? "reconnect" : "stop",
      heartbeat: seconds("heartbeat"),
      cap: seconds("cap"),
    };
  }
}
