// A program of its own for Node, which has to end by itself.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { eventually } from "./eventually.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
/** How long a program may take for its start and its work, in ms: for a busy machine. */
const START_DEADLINE = 90_000;

/**
 * Where programs run: in the Node that runs the tests, with the package ws; and in one of 22 or newer, with its own WebSocket. That
 * is the same one where it is new enough; else GUESTWIRE_NODE names one, and without it a test of that is skipped.
 */
export const PLACES = [
  { place: "with ws", node: process.execPath, own: false },
  { place: "with Node's own WebSocket", node: nodeWithSockets(), own: true },
];

function nodeWithSockets() {
  return (
    process.env.GUESTWIRE_NODE ??
    (Number(process.versions.node.split(".")[0]) >= 22 ? process.execPath : undefined)
  );
}

/** What a test of a place is skipped with, where it has to be. */
export const skipped = ({ node }) => (node ? false : "no Node of 22 or newer: GUESTWIRE_NODE names one");

/**
 * Runs the source of an ES module in the repository's folder, and waits until its process has ended.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} source
 * @param {{ node?: string, word?: string, deadline?: number, env?: Record<string, string> }} [how] `node`: another binary than the
 *   one that runs the tests. `env`: what it finds in its environment besides. `word`: what it says last; then the deadline counts from there, and not from its start, which may take long.
 * @returns {Promise<{ code: number | null, said: string }>} with all that it wrote.
 */
export async function runProgram(
  t,
  source,
  { node = process.execPath, word, deadline = START_DEADLINE, env } = {},
) {
  const child = spawn(node, ["--expose-gc", "--input-type=module", "--eval", source], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  t.after(() => child.kill());
  const said = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(String(data)));
  let closed = false;
  child.once("close", () => {
    closed = true;
  });
  const over = () => closed || said.join("").includes(word);
  if (word) await eventually(`the process says ${word}`, over, { deadline: START_DEADLINE });
  await eventually("the process has ended by itself", () => closed, { deadline });
  return { code: child.exitCode, said: said.join("") };
}
