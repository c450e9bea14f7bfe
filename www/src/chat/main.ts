/** The chat's page: makes the client of the service that was chosen, hands it to the views, and keeps the time. */
import { Chart } from "../shared/chart.js";
import { byId, setText } from "../shared/dom.js";
import { Faults } from "../shared/faults.js";
import { Link } from "../shared/link.js";
import { Log } from "../shared/log.js";
import { bindTheme } from "../shared/theme.js";
import { bindTrace } from "../shared/trace.js";
import { errorWords } from "../shared/words.js";
import { bindAgent } from "./agent.js";
import { Conversation } from "./conversation.js";
import { Earlier } from "./earlier.js";
import { logGuest } from "./events.js";
import { Files } from "./files.js";
import { Presence } from "./presence.js";
import { Proof } from "./proof.js";
import { chosen, type Guest, load, type Maker, remember, type ServiceName, showOnly } from "./service.js";
import { Session } from "./session.js";
import { type Options, Settings } from "./settings.js";
import { bindStress } from "./stress.js";
import { TOOLS } from "./tools.js";

const FIGURES_MS = 200;
const SAMPLE_MS = 1000;

const conversation = new Conversation();
const earlier = new Earlier((messages) => conversation.showEarlier(messages));
const presence = new Presence((text) => conversation.note(text));
const files = new Files((file, url) => conversation.sendFile(file, url));
const link = new Link();
const session = new Session();
const proof = new Proof();
const chart = new Chart();
const log = new Log();
const views = [conversation, earlier, presence, files, session, proof];

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
    const { signal } = detach;
    for (const view of [link, log]) view.attach(next.client, signal);
    for (const view of views) view.attach(next, signal);
    logGuest(log, next, signal);
    next.client.addEventListener(
      "delivery",
      ({ detail: { state, elapsed } }) => {
        if (state === "delivered") chart.delivered(elapsed);
      },
      { signal },
    );
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
    setText(byId("state-why", HTMLElement), errorWords(error, "The client could not be made."));
  }
}

const settings = new Settings(start);
const faults = new Faults(
  TOOLS,
  (kind, text) => log.write(kind, text),
  () => guest?.conversation(),
);
bindAgent(
  () => guest?.conversation(),
  (title, work) => faults.run(title, work, "agent"),
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
  session.tick();
  proof.tick(stats);
}, FIGURES_MS);
setInterval(() => {
  if (!guest || document.hidden) return;
  chart.sample(guest.client.stats());
  void proof.compare();
}, SAMPLE_MS);
