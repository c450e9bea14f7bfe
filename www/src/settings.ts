/** The options that the reader may choose for the next client. */
import type { ClientOptions, OnSessionLost } from "guestwire";
import { byId, setText } from "./dom.js";

/** What the form starts with. A heartbeat every 5 s makes a livelier chart than the default of 20 s. */
const DEFAULTS = {
  token: "demo-token-0000000000",
  window: 32,
  heartbeat: 5,
  cap: 30,
  ttl: 300,
  rest: true,
  onSessionLost: "resend",
} as const;

/** The form. */
export class Settings {
  readonly #form = byId("settings", HTMLFormElement);
  readonly #error = byId("settings-error", HTMLElement);

  /** @param start is called with the options when the reader asks for a new client; what it throws is shown. */
  constructor(start: (options: ClientOptions) => void) {
    for (const [name, value] of Object.entries(DEFAULTS)) {
      const field = this.#form.elements.namedItem(name);
      if (field instanceof HTMLInputElement && field.type === "checkbox") field.checked = value === true;
      else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement)
        field.value = String(value);
    }
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      try {
        start(this.options());
        setText(this.#error, "");
      } catch (error) {
        setText(this.#error, error instanceof Error ? error.message : "These options are refused.");
      }
    });
  }

  /** The options as the form has them. */
  options(): ClientOptions {
    const data = new FormData(this.#form);
    const seconds = (name: string): number => Number(data.get(name)) * 1000;
    const token = String(data.get("token"));
    const heartbeat = seconds("heartbeat");
    return {
      host: location.origin,
      token: async () => token,
      rest: data.has("rest"),
      window: Number(data.get("window")),
      ttl: seconds("ttl"),
      onSessionLost: String(data.get("onSessionLost")) as OnSessionLost,
      backoff: { cap: seconds("cap") },
      heartbeat: { stable: heartbeat, degraded: Math.min(heartbeat, 10_000), reconnecting: 5000 },
    };
  }
}
