// The judge must be able to condemn.
import assert from "node:assert/strict";
import { test } from "node:test";
import { rotated, summary } from "../statistics.mjs";
import { judge } from "../world/ledger.mjs";

const taken = (...numbers) => numbers.map((number) => ({ text: `${number} xxx` }));

for (const [what, entries, verdict] of [
  ["all in order", taken(0, 1, 2, 3), { lost: 0, duplicated: 0, reordered: 0 }],
  ["one is missing", taken(0, 1, 3), { lost: 1, duplicated: 0, reordered: 0 }],
  ["one came twice", taken(0, 1, 1, 2, 3), { lost: 0, duplicated: 1, reordered: 0 }],
  ["an old one came again", taken(0, 1, 2, 3, 0), { lost: 0, duplicated: 1, reordered: 0 }],
  ["one was overtaken", taken(0, 2, 1, 3), { lost: 0, duplicated: 0, reordered: 1 }],
  ["nothing came", [], { lost: 4, duplicated: 0, reordered: 0 }],
]) {
  test(`the judge sees that ${what}`, () => assert.deepEqual(judge(4, entries), verdict));
}

test("a message that nobody sent is no message", () => {
  assert.throws(() => judge(2, taken(0, 2)), /nobody sent/);
  assert.throws(() => judge(2, [{ text: "hello" }]), /nobody sent/);
});

test("a cell has the median and the ends, whatever the order of the runs", () => {
  assert.deepEqual(summary([5, 1, 9, 3, 7]), { median: 5, least: 1, most: 9 });
  assert.deepEqual(summary([4, 2]), { median: 3, least: 2, most: 4 });
});

test("everybody is first once", () => {
  const orders = [0, 1, 2].map((by) => rotated(["a", "b", "c"], by));
  assert.deepEqual(
    orders.map((order) => order[0]),
    ["a", "b", "c"],
  );
  for (const order of orders) assert.deepEqual(order.toSorted(), ["a", "b", "c"]);
});
