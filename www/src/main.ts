/** The demo page: makes the client, hands it to the views, and keeps the time. */
import { type ClientOptions, GuestClient, init } from "guestwire";
import { Chart } from "./chart.js";
import { Conversation } from "./conversation.js";
import { byId, setText } from "./dom.js";
import { Faults } from "./faults.js";
import { Link } from "./link.js";
import { Log } from "./log.js";
import { Proof } from "./proof.js";
import { Settings } from "./settings.js";
import { bindStress } from "./stress.js";
import { bindTheme } from "./theme.js";
import { bindTrace } from "./trace.js";

const FIGURES_MS = 200;
const SAMPLE_MS = 1000;

const conversation = new Conversation();
const link = new Link();
const proof = new Proof();
const chart = new Chart();
const log = new Log();
const views = [conversation, link, proof, chart, log];

let client: GuestClient | undefined;
let detach = new AbortController();

/** Puts a new client in the place of the one that is there. Where its options are refused it throws, and the old one stays. */
function start(options: ClientOptions): void {
  const next = new GuestClient(options);
  if (client) conversation.note("A new client, and with it a new conversation.");
  client?.dispose();
  client = next;
  // What the old one ends with is dispatched in microtasks; the views turn to the new one after that.
  setTimeout(() => {
    if (client !== next) return;
    detach.abort();
    detach = new AbortController();
    for (const view of views) view.attach(next, detach.signal);
    // A final error stands in the connection's words and in the log; there is nobody else to tell.
    next.connect().catch(() => undefined);
  });
}

const settings = new Settings(start);
const faults = new Faults(
  () => client?.session?.id,
  (text) => log.write("fault", text),
);
bindStress((text) => conversation.send(text), faults);
bindTrace(byId("trace", HTMLButtonElement), () => client);
bindTheme(byId("theme", HTMLButtonElement), () => chart.redraw());

try {
  await init();
  start(settings.options());
} catch (error) {
  setText(
    byId("state-why", HTMLElement),
    error instanceof Error ? error.message : "The client could not be made.",
  );
}

setInterval(() => {
  if (!client || document.hidden) return;
  const stats = client.stats();
  link.tick(stats);
  proof.tick(stats);
}, FIGURES_MS);
setInterval(() => {
  if (!client || document.hidden) return;
  chart.sample(client.stats());
  void proof.compare();
}, SAMPLE_MS);
