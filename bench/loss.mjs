// What a link that dies in the middle costs: 300 numbered messages, one every 20 ms; the service stops processing for
// 120 ms and then resets the connection, 8 times; acknowledgements after 15 ms. All are tuned to come back quickly.
import { CLIENTS, median, withWorld } from "./world.mjs";

const MESSAGES = 300;
const RUNS = 5;

/** @returns {Promise<{ client: string, lost: number, duplicated: number, reordered: number }[]>} */
export async function loss(browser) {
  const rows = [];
  for (const client of CLIENTS) {
    const runs = [];
    for (let run = 0; run < RUNS; run++) runs.push(await once(browser, client));
    const figure = (name) => median(runs.map((run) => run[name]));
    rows.push({
      client,
      lost: figure("lost"),
      duplicated: figure("duplicated"),
      reordered: figure("reordered"),
    });
  }
  return rows;
}

function once(browser, client) {
  return withWorld(browser, async (page, gateway) => {
    await gateway.break([
      { fault: "delay", ms: 15 },
      { fault: "silence", ms: 120, on: "open", count: 8, after: { messages: 30 } },
    ]);
    await page.evaluate(
      async ([name, messages]) => {
        const { open, quick } = globalThis.clients[name];
        const client = await open(location.origin, quick);
        const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
        for (let number = 0; number < messages; number++) {
          client.send(`message ${number}`);
          await pause(20);
        }
        await client.settled();
        // What a client without acknowledgements has buffered gets time to leave.
        await pause(2_000);
        client.close();
      },
      [client, MESSAGES],
    );
    const numbers = (await gateway.ledger()).map(({ content }) => Number(content.split(" ")[1]));
    const distinct = new Set(numbers).size;
    return {
      lost: MESSAGES - distinct,
      duplicated: numbers.length - distinct,
      reordered: numbers.filter((number, place) => place > 0 && number < numbers[place - 1]).length,
    };
  });
}
