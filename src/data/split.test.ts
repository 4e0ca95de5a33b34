import fc from "fast-check";
import { expect, test } from "vitest";
import { splitRows } from "./split.ts";

test("every row is in one part, both parts in order, the share held out as asked", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 2000 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      fc.nat(),
      (rows, share, seed) => {
        const { training, validation } = splitRows(rows, share, seed);
        const all = Int32Array.from([...training, ...validation]).toSorted();
        expect(all).toEqual(Int32Array.from({ length: rows }, (_, i) => i));
        expect(training).toEqual(training.toSorted());
        expect(validation).toEqual(validation.toSorted());
        const held = Math.floor(rows * share);
        expect(validation.length).toBe(held < 10 ? 0 : held);
        expect(training.length > 0 || rows === 0).toBe(true);
      },
    ),
  );
});

test("the seed alone decides, and every row has its chance", () => {
  expect(splitRows(1000, 0.1, 4)).toEqual(splitRows(1000, 0.1, 4));
  expect(splitRows(1000, 0.1, 4)).not.toEqual(splitRows(1000, 0.1, 5));
  const times = Array.from({ length: 100 }, () => 0);
  for (let seed = 0; seed < 400; seed += 1)
    for (const row of splitRows(100, 0.2, seed).validation) times[row] = (times[row] as number) + 1;
  // 80 expected, deviation 8.
  expect(Math.min(...times)).toBeGreaterThan(80 - 5 * 8);
  expect(Math.max(...times)).toBeLessThan(80 + 5 * 8);
});
