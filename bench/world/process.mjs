// node process.mjs {"server","latency","code"}: one server and the link before it, in a process of their own, told what to do
// by the process that measures. It ends when that one does.
import { servers } from "../servers/index.mjs";
import { outage, SILENCES, silences } from "./faults.mjs";
import { Ledger } from "./ledger.mjs";
import { Link } from "./link.mjs";

const wanted = JSON.parse(process.argv[2]);
const ledger = new Ledger();
const server = await servers[wanted.server].start(ledger, wanted.code);
const link = await Link.start(server.port, wanted);

const calls = {
  addresses: () => ({ behindLink: link.port, direct: server.port }),
  hush: () => link.hush(),
  reset: () => link.reset(),
  leave: () => link.leave(),
  comeBack: () => link.comeBack(),
  silences: () => silences(link, SILENCES),
  outage: (ms) => outage(link, ms),
  ledger: async () => ({ entries: ledger.entries, repeats: ledger.repeats, ...(await server.ledger?.()) }),
  opened: () => link.opened,
};

process.on("message", async ({ id, call, given }) => {
  try {
    process.send({ id, result: await calls[call](...given) });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on("disconnect", () => process.exit());
process.send({ ready: true });
