/** The stress run: many messages over a link that dies again and again. Web messaging takes five messages a second, so there are fewer. */
import { byId } from "../shared/dom.js";
import type { Faults } from "../shared/faults.js";
import type { ServiceName } from "./service.js";

const EVERY_MS = 50;
const SILENCE_MS = 120;

/** How many messages, and after how many of them the link goes silent, to be cut 120 ms later. */
const RUNS: {
  readonly [service in ServiceName]: { readonly messages: number; readonly deaths: readonly number[] };
} = {
  webchat: { messages: 120, deaths: [20, 55, 90] },
  "web-messaging": { messages: 30, deaths: [10, 25] },
};

/** Binds the button. `send` says whether the message was accepted; the run ends with the first that was not. */
export function bindStress(
  service: () => ServiceName,
  send: (text: string) => boolean,
  faults: Faults,
): void {
  const form = byId("stress", HTMLFormElement);
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button || button.disabled) return;
    button.disabled = true;
    const { messages, deaths } = RUNS[service()];
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      if (deaths.includes(sent))
        void faults.ask("a silent phase, then a reset", true, { fault: "silence", ms: SILENCE_MS });
      if (send(`Stress ${sent} of ${messages}`) && sent < messages) return;
      clearInterval(timer);
      button.disabled = false;
    }, EVERY_MS);
  });
}
