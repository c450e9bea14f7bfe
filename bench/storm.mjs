// How many sockets a client opens in 20 s at a service that completes the handshake and then closes, with `online`
// events all the while. Default options.
import { CLIENTS, withWorld } from "./world.mjs";

const CODES = [1006, 1012, 1000];
const WINDOW = 20_000; // ms

/** @returns {Promise<{ client: string, opens: Record<number, number>, first: number | undefined }[]>} */
export async function storm(browser) {
  return Promise.all(
    CLIENTS.map(async (client) => {
      const runs = await Promise.all(CODES.map((code) => run(browser, client, code)));
      return {
        client,
        opens: Object.fromEntries(CODES.map((code, place) => [code, runs[place].opens])),
        first: runs[0].first,
      };
    }),
  );
}

function run(browser, client, code) {
  return withWorld(browser, async (page, gateway) => {
    await gateway.break({ fault: "close", code, on: "open" });
    await page.evaluate(async (name) => {
      const { open, defaults } = globalThis.clients[name];
      setInterval(() => dispatchEvent(new Event("online")), 250);
      await open(location.origin, defaults);
    }, client);
    await page.waitForTimeout(WINDOW);
    const { openedAt } = await gateway.connections();
    const within = openedAt.filter((at) => at < openedAt[0] + WINDOW);
    return { opens: within.length, first: openedAt.length > 1 ? openedAt[1] - openedAt[0] : undefined };
  });
}
