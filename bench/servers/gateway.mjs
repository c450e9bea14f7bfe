// guestwire's own server: the gateway's binary, as its users run it. It drops a repeated `messageId`, as the contract has it.
import { startGateway } from "../../tests/e2e/lib/gateway.mjs";
import { GRACE } from "./listening.mjs";

export async function start(_ledger, code) {
  const gateway = await startGateway();
  if (code !== undefined) await gateway.break({ fault: "close", code, on: "open", after: { ms: GRACE } });
  return {
    port: Number(new URL(gateway.address).port),
    ledger: async () => {
      const taken = await gateway.ledger();
      return {
        entries: taken.map(({ content, at }) => ({ text: content, at })),
        repeats: taken.reduce((sum, { copies }) => sum + copies - 1, 0),
      };
    },
  };
}
