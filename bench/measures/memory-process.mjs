// node --expose-gc memory-process.mjs <peer> <address> <messages> <length>: the other half of memory.mjs.
import { WebSocket } from "ws";
import { peers } from "../peers/index.mjs";

const [name, address, messages, length] = process.argv.slice(2);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** The heap, and what hangs on it: buffers, and a module's whole memory. */
function used() {
  for (let turn = 0; turn < 3; turn++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const client = await peers.find((peer) => peer.name === name).open(address, { patience: true, WebSocket });
await client.connected;
console.error("connected");
// The network goes away now; the client takes note of it.
await pause(1_000);
const before = used();
let refused = 0;
for (let number = 0; number < Number(messages); number++) {
  // From bytes, since the engine would share the parts of a string that is put together. A promise is not kept: what the
  // application keeps is not the client's.
  const text = Buffer.alloc(Number(length), "x");
  text.write(`${number} `);
  client.send(text.toString("latin1"))?.catch(() => refused++);
}
await pause(1_000);
const bytes = used() - before;
console.log(JSON.stringify(refused === 0 ? { bytes } : { refused }));
process.exit();
