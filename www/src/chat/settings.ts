/** The options that the reader may choose for the next client. */
import type { ClientOptions, OnSessionLost } from "guestwire";
import type { ClientOptions as MessagingOptions, OnUncertain } from "guestwire/web-messaging";
import { byId, setText } from "../shared/dom.js";
import { errorWords } from "../shared/words.js";
import { DEPLOYMENT } from "./service.js";

/**
 * What the form starts with. A heartbeat every 5 s makes a livelier chart than the default of 20 s. The gateway takes a message at once,
 * unless it is told to be late: what it has not taken 2 s after a link's end it lacks.
 */
const DEFAULTS = {
  token: "demo-token-0000000000",
  window: 32,
  heartbeat: 5,
  cap: 30,
  ttl: 300,
  rest: true,
  onSessionLost: "resend",
  settle: 2,
  onUncertain: "never-twice",
} as const;

/** The options for each service, as the form has them. */
export interface Options {
  readonly webchat: ClientOptions;
  readonly messaging: MessagingOptions;
}

/** The form. */
export class Settings {
  readonly #form = byId("settings", HTMLFormElement);
  readonly #error = byId("settings-error", HTMLElement);

  /** @param start is called with the options when the reader asks for a new client; what it throws is shown. */
  constructor(start: (options: Options) => void) {
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
        setText(this.#error, errorWords(error, "These options are refused."));
      }
    });
  }

  /** The options as the form has them. */
  options(): Options {
    const data = new FormData(this.#form);
    const seconds = (name: string): number => Number(data.get(name)) * 1000;
    const token = String(data.get("token"));
    const heartbeat = seconds("heartbeat");
    const common = {
      ttl: seconds("ttl"),
      onSessionLost: String(data.get("onSessionLost")) as OnSessionLost,
      backoff: { cap: seconds("cap") },
    };
    return {
      webchat: {
        ...common,
        host: location.origin,
        token: async () => token,
        // The gateway takes it, and no address shows the token.
        socketAuth: "subprotocol",
        rest: data.has("rest"),
        window: Number(data.get("window")),
        heartbeat: { stable: heartbeat, degraded: Math.min(heartbeat, 10_000), reconnecting: 5000 },
      },
      messaging: {
        ...common,
        region: location.origin,
        deploymentId: DEPLOYMENT,
        storage: () => localStorage,
        settleAfter: seconds("settle"),
        onUncertain: String(data.get("onUncertain")) as OnUncertain,
      },
    };
  }
}
