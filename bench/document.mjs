// docs/benchmarks.md, from the results of a run.
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, release, type } from "node:os";
import { MESSAGES as BUFFERED, LENGTH as MEMORY_LENGTH } from "./measures/memory.mjs";
import { LENGTH as RATE_LENGTH, UNACKNOWLEDGED } from "./measures/rate.mjs";
import { OUTAGES, PATIENCE, MESSAGES as SENT } from "./measures/recovery.mjs";
import { CODES } from "./measures/storm.mjs";
import { peers } from "./peers/index.mjs";
import { summary } from "./statistics.mjs";

const OURS = peers[0];

/** A figure with its spread, or alone where there is none. */
function cell(numbers, write) {
  const { median, least, most } = summary(numbers);
  const [middle, low, high] = [median, least, most].map(write);
  return low === high ? middle : `${middle} (${low}–${high})`;
}

const whole = (number) => Math.round(number).toLocaleString("en");
const fixed =
  (digits, unit = 1) =>
  (number) =>
    (number / unit).toFixed(digits);

/** A column of figures: `figures` gives numbers, or none where there is nothing to compare; then `instead` is written. */
const column = (measure, title, figures, write, { more = false, instead } = {}) => ({
  measure,
  title,
  more,
  figures: (runs) => (runs === undefined ? undefined : figures(runs)),
  cell: (runs) => {
    if (runs === undefined) return "";
    const numbers = figures(runs);
    return numbers === undefined ? instead(runs) : cell(numbers, write);
  },
});

const all = (runs, name) =>
  runs.every((run) => run[name] !== undefined) ? runs.map((run) => run[name]) : undefined;

const COLUMNS = [
  column("loss", "lost", (runs) => all(runs, "lost"), whole),
  column("loss", "doubled", (runs) => all(runs, "duplicated"), whole),
  column("loss", "out of order", (runs) => all(runs, "reordered"), whole),
  ...CODES.map((code) => column(`storm ${code}`, `opened, ${code}`, (runs) => all(runs, "opens"), whole)),
  column(`storm ${CODES[0]}`, "first, s", (runs) => all(runs, "first"), fixed(1, 1000)),
  ...OUTAGES.map((outage) =>
    column(
      `recovery ${outage}`,
      `back after ${outage / 1000} s`,
      (runs) => all(runs, "after"),
      fixed(1, 1000),
      {
        instead: (runs) =>
          `never: ${cell(
            runs.map(({ arrived }) => arrived),
            whole,
          )} of ${SENT}`,
      },
    ),
  ),
  column("rate", "speed", (runs) => all(runs, "ratio"), fixed(2), { more: true }),
  column("memory", "memory, MB", (runs) => all(runs, "bytes"), fixed(1, 1e6), {
    instead: () => "keeps none",
  }),
  column("size", "size, kB", (runs) => runs, fixed(1, 1000)),
];

/** Where others are better, by the medians: a sentence a column. */
function behind(results) {
  if (!results.has(OURS)) return `${OURS.name} was not measured.`;
  const sentences = COLUMNS.flatMap(({ measure, title, figures, more }) => {
    const middle = (peer) => {
      const numbers = figures(results.get(peer)?.[measure]);
      return numbers && summary(numbers).median;
    };
    const ours = middle(OURS);
    const better = [...results.keys()].filter((peer) => {
      const theirs = middle(peer);
      return theirs !== undefined && (ours === undefined || (more ? theirs > ours : theirs < ours));
    });
    if (better.length === 0) return [];
    const who = better.length === results.size - 1 ? "all others" : better.map(({ name }) => name).join("; ");
    return [`- **${title}**: ${who}`];
  });
  return sentences.length === 0 ? "In no column." : sentences.join("\n");
}

/** What servers recognised as copies and dropped, which the column of doubles does not show. */
function repeats(results) {
  const parts = [...results].flatMap(([{ name }, { loss }]) =>
    loss?.some((run) => run.repeats > 0) ? [`${name} ${cell(all(loss, "repeats"), whole)}`] : [],
  );
  return parts.length === 0 ? "none" : parts.join(", ");
}

async function version(name) {
  const file = name === OURS.package ? "../package.json" : `../node_modules/${name}/package.json`;
  return JSON.parse(await readFile(new URL(file, import.meta.url), "utf8")).version;
}

async function system() {
  const text = await readFile("/etc/os-release", "utf8").catch(() => "");
  return /^PRETTY_NAME="?([^"\n]+)/m.exec(text)?.[1] ?? `${type()} ${release()}`;
}

/**
 * @param {object} run
 * @param {Map<object, Record<string, object[]>>} run.results by peer, then by measure: an entry a repetition.
 * @param {number} run.repetitions
 * @param {string} run.chromium its version.
 */
export async function document({ results, repetitions, chromium }) {
  const shown = [...results.keys()];
  const versions = await Promise.all(shown.map((peer) => version(peer.package)));
  const rows = shown.map((peer, place) => {
    const cells = COLUMNS.map((each) => each.cell(results.get(peer)[each.measure]));
    const [name, ...variant] = peer.name.split(", ");
    const label = [`${name} ${versions[place]}`, ...variant].join(", ");
    return `| ${label} | ${cells.join(" | ")} |`;
  });
  const bareRate = [...results.values()].flatMap(({ rate }) => rate?.map(({ bare }) => bare) ?? []);
  return `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${availableParallelism()} cores (${arch()}), ${await system()}, Node ${process.versions.node}, Chromium ${chromium}, all on loopback. The packages are the real ones from npm. All clients take turns in one run, in an order that is rotated; ${repetitions === 1 ? "one repetition" : `medians of ${repetitions} repetitions, with the least and the most`}.

| client | ${COLUMNS.map(({ title }) => title).join(" | ")} |
|---|${COLUMNS.map(() => "---:|").join("")}
${rows.join("\n")}

## Where guestwire is behind, by the medians

${behind(results)}

## What was measured

- **lost, doubled, out of order**: 300 messages, one every 20 ms; eight times nothing passes for 120 ms and then every connection is reset; what the server says comes 15 ms late. All are tuned to return at once ("quick" below). Judged by what the server's application was given. Copies that a server itself recognised and dropped: ${repeats(results)}; guestwire's contract asks that of a service.
- **opened**: WebSockets opened in 20 s at a server that completes its protocol's handshake and then closes with that code (1006: without a close frame). All clients at the same time, so the largest figures are what the machine could bear. guestwire takes 1000 as the end of the conversation. **first**: from the first open to the second, with ${CODES[0]}.
- **back after**: nobody listens for so long, and ${SENT} messages of 100 bytes are sent meanwhile; seconds from the listener's return until the server has them all. "never": some were missing ${PATIENCE / 1000} s later. Options that limit how long a call waits are raised.
- **speed**: acknowledged messages of ${RATE_LENGTH} bytes per second, at most ${UNACKNOWLEDGED} unacknowledged, as a share of what a bare WebSocket with JSON did in the same page in turns with it${bareRate.length > 0 ? ` (${cell(bareRate, whole)} per second)` : ""}. No network between. guestwire has at most 32 in flight by default.
- **memory**: what ${BUFFERED.toLocaleString("en")} messages of ${MEMORY_LENGTH} bytes add while nobody listens, in Node after a garbage collection: heap, buffers and WebAssembly memory.
- **size**: bundled and minified by esbuild for browsers, brotli 11; with guestwire's module.

Every server stands behind the same TCP proxy (\`bench/world/link.mjs\`). Those of centrifuge, phoenix and signalr are our own, as small as their protocols allow (\`bench/servers\`).

## How each was used

Default options but for what is said here. Nothing is sent again by the application where a client gives up.

${shown.map(({ name, used }) => `- ${name}: ${used}`).join("\n")}
`;
}
