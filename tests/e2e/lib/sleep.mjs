// Whether somebody was held up for so long that a client has to take it for a sleep, in which it may have missed something.

/**
 * Begins to look, in this process or in a page: it needs nothing from outside.
 *
 * @returns {() => boolean} whether it was so since. A client's own bound is 1.5 s (docs/decisions.md, 12).
 */
export function watchSleep() {
  let last = performance.now();
  let longest = 0;
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  };
  // In Node it keeps no process alive.
  setInterval(look, 100).unref?.();
  return () => {
    look();
    return longest > 1_000;
  };
}
