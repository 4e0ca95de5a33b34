/** Spikes stay whole, the rest is shared out evenly, and every value has its place. */
import { describe, expect, test } from "vitest";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Bins } from "./bins.ts";
import { decimalsOf, fitBins, mostBins } from "./bins.ts";

function countsIn(values: Float64Array, { low, high }: Bins): number[] {
  return low.map((start, i) => values.filter((x) => x >= start && x <= (high[i] as number)).length);
}

describe("bins", () => {
  test("of a column mostly 0: the 0 alone, its other spikes alone, the rest in equal parts", () => {
    const rest = Float64Array.from(normals(keyAt(1, 0), 1, 800), (x) => 100 + Math.abs(x));
    const values = Float64Array.from([
      ...Array.from({ length: 9000 }, () => 0),
      ...Array.from({ length: 200 }, () => 99.5),
      ...rest,
      Number.NaN,
    ]);
    const bins = fitBins(values, 20) as Bins;
    expect(bins.low.length).toBeLessThanOrEqual(22);
    const [zero, spike, ...others] = countsIn(values, bins);
    expect([bins.low[0], bins.high[0], zero]).toEqual([0, 0, 9000]);
    expect([bins.low[1], bins.high[1], spike]).toEqual([99.5, 99.5, 200]);
    expect(others.length).toBeGreaterThan(12);
    expect(others.reduce((a, b) => a + b, 0)).toBe(800);
    expect(Math.max(...others) / Math.min(...others)).toBeLessThan(1.6);
  });

  test("cover every value once and nothing beyond", () => {
    const values = Float64Array.from(normals(keyAt(2, 0), 1, 3000));
    const { low, high } = fitBins(values, 30) as Bins;
    expect(countsIn(values, { low, high }).reduce((a, b) => a + b, 0)).toBe(3000);
    expect([low[0], high.at(-1)]).toEqual([Math.min(...values), Math.max(...values)]);
    for (const [i, start] of low.entries()) {
      expect(start).toBeLessThanOrEqual(high[i] as number);
      if (i > 0) expect(start).toBeGreaterThan(high[i - 1] as number);
    }
  });

  test("none reaches over a gap, wherever it falls; even values have none, nor have tails", () => {
    const near = Float64Array.from(normals(keyAt(3, 0), 1, 613), (x) => 50 + 5 * x);
    const far = Float64Array.from(normals(keyAt(4, 0), 1, 187), (x) => 900 + 40 * x);
    const { low, high } = fitBins(Float64Array.of(...near, ...far), 40) as Bins;
    const over = low.findIndex((start, i) => start < 500 && (high[i] as number) > 500);
    expect(over).toBe(-1);
    expect(low).toContain(Math.min(...far));
    expect(high).toContain(Math.max(...near));
    expect(low.length).toBeLessThanOrEqual(41);

    // The ends of a bin, where there are no gaps, are set by how many rows it has alone.
    for (const seed of [5, 6, 7]) {
      const tail = Float64Array.from(normals(keyAt(seed, 0), 1, 2000), (x) => Math.exp(2 * x));
      const counts = countsIn(tail, fitBins(tail, 40) as Bins);
      expect(counts).toHaveLength(40);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    const grid = Float64Array.from({ length: 900 }, (_, i) => (i * 7) % 90);
    expect(fitBins(grid, 40)?.low).toHaveLength(40);
  });

  test("of few values are those values", () => {
    const values = Float64Array.of(3, 1, 2, 3, 3);
    expect(fitBins(values, 8)).toEqual({ low: [1, 2, 3], high: [1, 2, 3] });
    expect(fitBins(Float64Array.of(5, 5), 8)).toEqual({ low: [5], high: [5] });
    expect(fitBins(Float64Array.of(Number.NaN), 8)).toBeUndefined();
  });

  test.each([
    [300, 4, 15],
    [1_000_000, 6, 40],
    [1_000_000, 100, 10],
    [10, 2, 4],
    [1_000_000, 5000, 4],
  ])("of %i rows and %i columns are at most %i", (rows, columns, most) => {
    expect(mostBins(rows, columns)).toBe(most);
  });
});

test.each<[readonly number[], number | undefined]>([
  [[1, 2, -3, Number.NaN], 0],
  [[1.5, 2.25], 2],
  [[0.1 + 0.2], undefined],
  [[1e-6, 2], 6],
  [[1e300, -0], 0],
  [[], 0],
])("decimals of %o: %s", (values, decimals) => {
  expect(decimalsOf(Float64Array.from(values))).toBe(decimals);
});
