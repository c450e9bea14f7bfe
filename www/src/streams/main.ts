/** The page of event streams: makes the client, hands it to the views, and keeps the time. */
import { init, type StreamClient } from "guestwire/streams";
import { Chart } from "../shared/chart.js";
import { byId, setText } from "../shared/dom.js";
import { Faults } from "../shared/faults.js";
import { Link } from "../shared/link.js";
import { Log } from "../shared/log.js";
import { bindTheme } from "../shared/theme.js";
import { bindTrace } from "../shared/trace.js";
import { errorWords } from "../shared/words.js";
import { type Choices, makeClient } from "./client.js";
import { Events } from "./events.js";
import { Happenings } from "./happenings.js";
import { Proof } from "./proof.js";
import { Settings } from "./settings.js";
import { TOOLS } from "./tools.js";
import { Topics } from "./topics.js";

const FIGURES_MS = 200;
const SAMPLE_MS = 1000;

const chart = new Chart();
const events = new Events((elapsed) => chart.delivered(elapsed));
const proof = new Proof();
const topics = new Topics((topic) => proof.judge.unsubscribed(topic));
const happenings = new Happenings(() => topics.subscribed);
const link = new Link();
const log = new Log();
const views = [link, proof, topics, events, log];

let client: StreamClient | undefined;
let detach = new AbortController();

/** Puts a new client in the place of the one that is there. Where its options are refused it throws, and the old one stays. */
function start(choices: Choices): void {
  const next = makeClient(choices, topics.wanted, () => proof.tokenAsked());
  if (client) events.note("A new client.");
  client?.dispose();
  detach.abort();
  client = next;
  detach = new AbortController();
  for (const view of views) view.attach(next, detach.signal);
  happenings.attach(proof.judge);
  // A final error stands in the connection's words and in the log; there is nobody else to tell.
  next.connect().catch(() => undefined);
}

const settings = new Settings(start);
new Faults(TOOLS, (kind, text) => log.write(kind, text));
bindTrace(byId("trace", HTMLButtonElement), () => client);
bindTheme(byId("theme", HTMLButtonElement), () => chart.redraw());

try {
  await init();
  start(settings.choices());
} catch (error) {
  setText(byId("state-why", HTMLElement), errorWords(error, "The client could not be made."));
}

setInterval(() => {
  if (!client || document.hidden) return;
  link.tick(client.stats());
  proof.tick(client.stats());
  topics.tick();
}, FIGURES_MS);
setInterval(() => {
  if (client && !document.hidden) chart.sample(client.stats());
}, SAMPLE_MS);
