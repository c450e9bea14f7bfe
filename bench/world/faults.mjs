// What goes wrong, and when: the same plan for every client.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Eight silences of 120 ms in 6 s, each of which ends in a reset. */
export const SILENCES = { count: 8, first: 400, every: 700, lasts: 120, held: 150 };

/**
 * Breaks a link again and again. A silence that comes due while no WebSocket has been there for `held` ms waits for one,
 * so that nobody is spared by being slow to return.
 *
 * @param {import("./link.mjs").Link} link
 */
export async function silences(link, { count, first, every, lasts, held }) {
  const begun = Date.now();
  for (let number = 0; number < count; number++) {
    await pause(Math.max(0, begun + first + number * every - Date.now()));
    while (!link.holds(held)) await pause(5);
    link.hush();
    await pause(lasts);
    link.reset();
  }
}

/** The network is away for `ms`. Gives the moment at which it is back, in ms of the epoch. */
export async function outage(link, ms) {
  link.leave();
  await pause(ms);
  await link.comeBack();
  return Date.now();
}
