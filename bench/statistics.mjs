// Several runs of one thing, as one cell of a table.

/** @param {number[]} numbers at least one. */
export function summary(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median, least: sorted[0], most: sorted.at(-1) };
}

/** The list begun at another place for each repetition, so that nobody is always first. */
export const rotated = (list, by) => list.map((_, place) => list[(place + by) % list.length]);
