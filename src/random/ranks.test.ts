import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { keyAt } from "./bits.ts";
import { ranks } from "./ranks.ts";

const all = (seed: number, count: number): number[] => {
  const rank = ranks(keyAt(seed, 0), count);
  return Array.from({ length: count }, (_, i) => rank(i));
};

describe("ranks", () => {
  test("give every place to exactly one index", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3000 }), (seed, count) => {
        expect(all(seed, count).toSorted((a, b) => a - b)).toEqual([...Array(count).keys()]);
      }),
      { numRuns: 60 },
    );
  });

  test("are whole and below the count where 32 bits do not hold it", () => {
    const count = 3e12;
    const rank = ranks(keyAt(5, 0), count);
    const found = Array.from({ length: 2000 }, (_, i) => rank(i * 1.5e9));
    expect(found.every((r) => Number.isInteger(r) && r >= 0 && r < count)).toBe(true);
    expect(new Set(found).size).toBe(2000);
    // Spread over the whole range: each tenth has about its share of 200, deviation 13.
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const there = found.filter((r) => Math.floor((10 * r) / count) === tenth).length;
      expect(Math.abs(there - 200)).toBeLessThan(70);
    }
  });

  test("are those of a random order: neighbours part, and seeds share nothing", () => {
    const count = 10_000;
    const [a, b] = [all(1, count), all(2, count)];
    expect(all(1, count)).toEqual(a);
    // Of independent orders, about one index in `count` keeps its place.
    expect(a.filter((rank, i) => rank === b[i]).length).toBeLessThan(8);
    // Chi-squared over a grid of 10 × 10 cells, 81 degrees of freedom: above 140 once in 20,000.
    const grid = (x: readonly number[], y: readonly number[]): number => {
      const cells = new Float64Array(100);
      for (const [i, value] of x.entries()) {
        const at = 10 * Math.floor(value / 1000) + Math.floor((y[i] as number) / 1000);
        cells[at] = (cells[at] as number) + 1;
      }
      return cells.reduce((sum, n) => sum + (n - 100) ** 2 / 100, 0);
    };
    const index = Array.from({ length: count }, (_, i) => i);
    expect(grid(a, index)).toBeLessThan(140);
    expect(grid(a, b)).toBeLessThan(140);
    const next = [...a.slice(1), a[0] as number];
    expect(grid(a, next)).toBeLessThan(140);
  });

  test("of few are as random as of many", () => {
    // The rank of index 0 among 5, over 5,000 seeds: each place 1,000 times, deviation 28.
    const counts = new Float64Array(5);
    for (let seed = 0; seed < 5000; seed += 1) {
      const place = ranks(keyAt(seed, 0), 5)(0);
      counts[place] = (counts[place] as number) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
