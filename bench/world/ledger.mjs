// What a server has taken. The server's application is judged by it, not the client's word.

/** Every message that was given to the server's application, in that order. */
export class Ledger {
  /** @type {{ text: string, at: number }[]} `at` in ms of the epoch. */
  entries = [];
  /** Copies that the server's protocol recognised by itself and dropped before the application saw them. */
  repeats = 0;

  take(text) {
    this.entries.push({ text, at: Date.now() });
  }

  repeat() {
    this.repeats++;
  }
}

/**
 * Compares what was sent with what a server took.
 *
 * @param {number} sent messages 0 to `sent` - 1, whose text begins with their number.
 * @param {{ text: string }[]} entries in the order in which they were taken.
 */
export function judge(sent, entries) {
  const numbers = entries.map(({ text }) => Number.parseInt(text, 10));
  const seen = new Set();
  let newest = -1;
  let reordered = 0;
  for (const number of numbers) {
    if (!Number.isInteger(number) || number < 0 || number >= sent)
      throw new Error(`nobody sent the message ${number}`);
    if (seen.has(number)) continue;
    seen.add(number);
    if (number < newest) reordered++;
    newest = Math.max(newest, number);
  }
  return { lost: sent - seen.size, duplicated: numbers.length - seen.size, reordered };
}
