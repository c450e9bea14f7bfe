// `npm run bench`: all benchmarks side by side in one run, in real Chromium and Node, and the table in
// docs/benchmarks.md. `--quick` takes one repetition and prints the document instead. `--only loss,rate` and
// `--peers guestwire,phoenix` take a part, and print it too.
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { launchChromium } from "../tests/e2e/lib/browser.mjs";
import { document } from "./document.mjs";
import { loss } from "./measures/loss.mjs";
import { memory } from "./measures/memory.mjs";
import { rate } from "./measures/rate.mjs";
import { OUTAGES, recovery } from "./measures/recovery.mjs";
import { size } from "./measures/size.mjs";
import { CODES, storm } from "./measures/storm.mjs";
import { peers } from "./peers/index.mjs";
import { rotated } from "./statistics.mjs";
import { servePages } from "./world/page.mjs";

const REPETITIONS = 5;

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    peers: { type: "string" },
  },
});
const named = (name) => values.peers.split(",").some((part) => name.includes(part));
const chosen = values.peers === undefined ? peers : peers.filter(({ name }) => named(name));
const wanted = (measure) => values.only === undefined || values.only.split(",").includes(measure);
const repetitions = values.quick ? 1 : REPETITIONS;
const whole = !values.quick && values.only === undefined && values.peers === undefined;

/** `results.get(peer)[measure]` is a list with one entry a repetition. */
const results = new Map(chosen.map((peer) => [peer, {}]));
const keep = (peer, measure, figure) => {
  results.get(peer)[measure] ??= [];
  results.get(peer)[measure].push(figure);
  console.log(`  ${peer.name}, ${measure}: ${JSON.stringify(figure)}`);
};

const begun = performance.now();
const browser = await launchChromium();
const pages = await servePages(browser);
try {
  if (wanted("size")) for (const peer of chosen) keep(peer, "size", await size(peer));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const order = rotated(chosen, repetition * 2);
    const one = async (measure, run) => {
      if (!wanted(measure)) return;
      for (const peer of order) keep(peer, measure, await run(peer));
    };
    // These mostly wait, so all clients do it at the same time.
    const together = async (measure, name, run, these = order) => {
      if (!wanted(measure)) return;
      const figures = await Promise.all(these.map((peer) => run(peer)));
      these.forEach((peer, place) => {
        keep(peer, name, figures[place]);
      });
    };
    const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
    console.log(`repetition ${repetition + 1} of ${repetitions}, after ${minutes} minutes`);
    await one("rate", (peer) => rate(pages, peer));
    await one("memory", memory);
    // Three at a time: fifty messages a second are little work.
    for (let place = 0; place < order.length; place += 3)
      await together("loss", "loss", (peer) => loss(pages, peer), order.slice(place, place + 3));
    for (const code of CODES) await together("storm", `storm ${code}`, (peer) => storm(pages, peer, code));
    await Promise.all(
      OUTAGES.map((outage) =>
        together("recovery", `recovery ${outage}`, (peer) => recovery(pages, peer, outage)),
      ),
    );
  }
  const text = await document({ results, repetitions, chromium: browser.version() });
  if (whole) await writeFile(new URL("../docs/benchmarks.md", import.meta.url), text);
  console.log(`\n${text}`);
  console.log(`${((performance.now() - begun) / 60_000).toFixed(1)} minutes`);
} finally {
  await pages.close();
  await browser.close();
}
