// Waiting for what can be observed, never for time to pass.

/**
 * Asks again and again until the answer is truthy, and gives it; after the deadline it fails and says what it last saw.
 *
 * @template T
 * @param {string} what what is waited for, for the message of the failure.
 * @param {() => T | Promise<T>} look
 * @param {{ deadline?: number }} [options] in ms; generous, since it costs nothing while all is well.
 */
export async function eventually(what, look, { deadline = 60_000 } = {}) {
  const end = performance.now() + deadline;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end)
      throw new Error(`waited ${deadline} ms in vain for: ${what}; last seen: ${seen}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
