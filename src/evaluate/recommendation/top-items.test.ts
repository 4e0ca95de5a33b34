import fc from "fast-check";
import { expect, test } from "vitest";
import { topItems } from "./top-items.ts";

/** Few values, so that many are alike; and those that must never be recommended. */
const score = fc.constantFrom(-2, -1, 0, 0.25, 0.5, 1, 3, NaN, -Infinity, Infinity);

test("the first of a full sort, whatever is alike, seen or no number", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(score, fc.boolean(), fc.integer({ min: 0, max: 2 })), { maxLength: 60 }),
      fc.integer({ min: 0, max: 70 }),
      (items, k) => {
        const scores = Float32Array.from(items, ([x]) => x);
        const counts = items.map(([, , count]) => count);
        const seen = Int32Array.from(items.flatMap(([, hidden], i) => (hidden ? [i] : [])));
        const of = (i: number): number => scores[i] as number;
        const wanted = items
          .map((_, i) => i)
          .filter((i) => of(i) > -Infinity && !seen.includes(i))
          .toSorted(
            (a, b) =>
              (of(a) === of(b) ? 0 : of(b) - of(a)) ||
              (counts[b] as number) - (counts[a] as number) ||
              a - b,
          )
          .slice(0, k);
        expect([...topItems(scores, k, { seen, counts })]).toEqual(wanted);
      },
    ),
  );
});

test("without popularity the lower code comes first", () => {
  expect([...topItems(Float32Array.of(1, 2, 2, 1, 2), 4)]).toEqual([1, 2, 4, 0]);
});
