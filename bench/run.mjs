// `npm run bench`: all benchmarks side by side in one run, in real Chromium against the real gateway, and the tables
// in docs/benchmarks.md.
import { writeFile } from "node:fs/promises";
import { launchChromium } from "../tests/e2e/lib/browser.mjs";
import { loss } from "./loss.mjs";
import { storm } from "./storm.mjs";
import { makePage } from "./world.mjs";

await makePage();
const browser = await launchChromium();
try {
  console.log("storm: 20 s …");
  const storms = await storm(browser);
  console.log("loss: five runs of each client …");
  const losses = await loss(browser);
  const document = `# Benchmarks

Made by \`npm run bench\`, side by side in one run: real packages, real Chromium, the same gateway. A table that says more is to come with the other peers.

## Sockets opened in 20 s

A service that completes the handshake and then closes, with \`online\` events all the while; default options. "First" is the time from the first open to the second, with code 1006.

| client | 1006 | 1012 | 1000 | first, ms |
|---|---:|---:|---:|---:|
${storms.map(({ client, opens, first }) => `| ${client} | ${opens[1006]} | ${opens[1012]} | ${opens[1000]} | ${first ?? "none"} |`).join("\n")}

guestwire takes 1000 as the end of the conversation, as the contract has it; \`closeCodes\` can change that.

## Messages lost on a link that dies

300 messages, one every 20 ms; eight times the service falls silent for 120 ms and then resets the connection; all clients tuned to come back within 200 ms. Medians of five runs, by the gateway's ledger.

| client | lost | duplicated | out of order |
|---|---:|---:|---:|
${losses.map(({ client, lost, duplicated, reordered }) => `| ${client} | ${lost} | ${duplicated} | ${reordered} |`).join("\n")}
`;
  await writeFile(new URL("../docs/benchmarks.md", import.meta.url), document);
  console.log(document);
} finally {
  await browser.close();
}
