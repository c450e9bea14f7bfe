/** The demo page: makes the client of the service that was chosen, hands it to the views, and keeps the time. */
import { Chart } from "./chart.js";
import { Conversation } from "./conversation.js";
import { byId, setText } from "./dom.js";
import { Earlier } from "./earlier.js";
import { Faults } from "./faults.js";
import { Files } from "./files.js";
import { Link } from "./link.js";
import { Log } from "./log.js";
import { Presence } from "./presence.js";
import { Proof } from "./proof.js";
import { chosen, type Guest, load, type Maker, remember, type ServiceName, showOnly } from "./service.js";
import { type Options, Settings } from "./settings.js";
import { bindStress } from "./stress.js";
import { bindTheme } from "./theme.js";
import { bindTrace } from "./trace.js";

const FIGURES_MS = 200;
const SAMPLE_MS = 1000;

const conversation = new Conversation();
const earlier = new Earlier((messages) => conversation.showEarlier(messages));
const presence = new Presence((text) => conversation.note(text));
const files = new Files((file, url) => conversation.sendFile(file, url));
const link = new Link();
const proof = new Proof();
const chart = new Chart();
const log = new Log();
const views = [conversation, earlier, presence, files, link, proof, chart, log];

let service = chosen();
let make: Maker | undefined;
let guest: Guest | undefined;
let detach = new AbortController();

/** Puts a new client in the place of the one that is there. Where its options are refused it throws, and the old one stays. */
function start(options: Options): void {
  const next = make?.(options);
  if (!next) return;
  if (guest)
    conversation.note(guest.service === next.service ? "A new client." : `A client of ${next.service}.`);
  guest?.client.dispose();
  guest = next;
  // What the old one ends with is dispatched in microtasks; the views turn to the new one after that.
  setTimeout(() => {
    if (guest !== next) return;
    detach.abort();
    detach = new AbortController();
    for (const view of views) view.attach(next, detach.signal);
    // A final error stands in the connection's words and in the log; there is nobody else to tell.
    next.client.connect().catch(() => undefined);
  });
}

/** Speaks to this service from now on. Its entry of the package is loaded when it is first chosen. */
async function speak(wanted: ServiceName): Promise<void> {
  service = wanted;
  showOnly(wanted);
  byId(`service-${wanted}`, HTMLInputElement).checked = true;
  try {
    const loaded = await load(wanted);
    // Another one may have been chosen meanwhile.
    if (service !== wanted) return;
    make = loaded;
    start(settings.options());
  } catch (error) {
    setText(
      byId("state-why", HTMLElement),
      error instanceof Error ? error.message : "The client could not be made.",
    );
  }
}

const settings = new Settings(start);
const faults = new Faults(
  () => guest?.conversation(),
  (kind, text) => log.write(kind, text),
);
bindStress(
  () => service,
  (text) => conversation.send(text),
  faults,
);
bindTrace(byId("trace", HTMLButtonElement), () => guest?.client);
bindTheme(byId("theme", HTMLButtonElement), () => chart.redraw());
for (const name of ["webchat", "web-messaging"] as const) {
  byId(`service-${name}`, HTMLInputElement).addEventListener("change", () => {
    remember(name);
    void speak(name);
  });
}

await speak(service);

setInterval(() => {
  if (!guest || document.hidden) return;
  const stats = guest.client.stats();
  link.tick(stats);
  proof.tick(stats);
}, FIGURES_MS);
setInterval(() => {
  if (!guest || document.hidden) return;
  chart.sample(guest.client.stats());
  void proof.compare();
}, SAMPLE_MS);
