import { GuestClient } from "guestwire";

const TOKEN = "demo-token-0000000000";

const QUICK = { backoff: { base: 50, cap: 200 }, maxOpens: 100 };
const PATIENT = { maxMessages: 20_000, maxBytes: 16 << 20, ttl: 600_000 };

export const guestwire = {
  name: "guestwire",
  package: "guestwire",
  server: "gateway",
  weighed: 'export { GuestClient } from "guestwire";',
  /** Files beside the script that a page loads. */
  assets: ["dist/guestwire.wasm"],
  used: "`send()`, its `done`; server `guestwire-gateway`, for speed that of the bare WebSocket. Quick: `backoff: { base: 50, cap: 200 }, maxOpens: 100`; for memory `maxMessages` and `maxBytes` raised",
  async open(address, { quick, patience, WebSocket }) {
    const client = await GuestClient.create({
      host: address,
      token: TOKEN,
      ...(quick && QUICK),
      ...(patience && PATIENT),
      ...(WebSocket && { WebSocket }),
    });
    const deliver = async (text) => {
      const { state } = await client.send(text).done;
      if (state !== "delivered") throw new Error(state);
    };
    const connected = client.connect();
    // A storm never lets it become ready.
    connected.catch(() => {});
    return {
      connected,
      send: (text) => void client.send(text),
      acked: deliver,
      close: () => client.close({ grace: 0 }),
    };
  },
};
