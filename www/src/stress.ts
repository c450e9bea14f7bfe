/** The stress run: many messages over a link that dies again and again. */
import { byId } from "./dom.js";
import type { Faults } from "./faults.js";

const MESSAGES = 120;
const EVERY_MS = 50;
/** After how many messages the link goes silent, to be cut 120 ms later. */
const DEATHS = [20, 55, 90];
const SILENCE_MS = 120;

/** Binds the button. `send` says whether the message was accepted; the run ends with the first that was not. */
export function bindStress(send: (text: string) => boolean, faults: Faults): void {
  const form = byId("stress", HTMLFormElement);
  const button = form.querySelector("button");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button || button.disabled) return;
    button.disabled = true;
    let sent = 0;
    const timer = setInterval(() => {
      sent += 1;
      if (DEATHS.includes(sent))
        void faults.ask("a silent phase, then a reset", true, { fault: "silence", ms: SILENCE_MS });
      if (send(`Stress ${sent} of ${MESSAGES}`) && sent < MESSAGES) return;
      clearInterval(timer);
      button.disabled = false;
    }, EVERY_MS);
  });
}
