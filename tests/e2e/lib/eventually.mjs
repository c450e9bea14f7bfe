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
  let over = false;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (over) throw new Error(`waited ${deadline} ms in vain for: ${what}; last seen: ${seen}`);
    // Where this process was held up until then, what came meanwhile is heard first, and looked for once more.
    over = performance.now() > end;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
