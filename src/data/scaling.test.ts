import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { runGraph } from "../../test/runtime.ts";
import { tensor } from "../base/tensor.ts";
import { input } from "../graph/value.ts";
import { normals } from "../random/numbers.ts";
import { keyAt } from "../random/bits.ts";
import type { Scaling } from "./scaling.ts";
import {
  centred,
  centredInGraph,
  fitScaling,
  fitScalings,
  rawFrom,
  scaledDifference,
  standardized,
} from "./scaling.ts";

/** Columns → scaled float32 and back, as the saved model does it. */
async function roundTrip(columns: readonly Float64Array[], scalings: readonly Scaling[]) {
  const rows = columns[0]?.length ?? 0;
  const width = columns.length;
  const flat = Float64Array.from(
    { length: rows * width },
    (_, i) => columns[i % width]?.[Math.floor(i / width)] as number,
  );
  const raw = input("raw", "float64", ["batch", width]);
  const centredValues = centredInGraph(raw, scalings);
  const scaled = standardized(centredValues, scalings);
  const out = await runGraph(
    [centredValues, scaled, rawFrom(scaled, scalings)],
    new Map([[raw, tensor("float64", flat, [rows, width])]]),
  );
  const column = (i: number, at: number): number[] =>
    Array.from({ length: rows }, (_, row) => Number(out[i]?.data[row * width + at]));
  return columns.map((_, at) => ({
    centred: column(0, at),
    scaled: column(1, at),
    back: column(2, at),
  }));
}

const draws = Float64Array.from(normals(keyAt(1, 0), 500, 1));
const column = (f: (x: number, i: number) => number): Float64Array => draws.map(f);
const spread = (values: readonly number[]): number => {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
};

describe("a column of", () => {
  test.each<[string, Float64Array, boolean]>([
    ["numbers of an ordinary size", column((x) => 3 + 2 * x), false],
    ["huge offset, as dates in milliseconds", column((x) => 1.7e12 + Math.round(x * 1e6)), true],
    ["dates a few milliseconds apart", column((x) => 1.7e12 + Math.round(x * 5)), true],
    ["very small numbers", column((x) => 1e-290 * x), false],
    ["very large numbers", column((x) => 1e300 * x), false],
    ["numbers at the end of float64", column((x) => 4e307 * Math.tanh(x)), false],
    ["numbers of both sizes of zero", column((_, i) => (i % 2 === 0 ? -0 : 0) + (i % 5)), true],
    ["two values", column((_, i) => i % 2), true],
  ])(
    "%s: scaled to standard deviation 1 and back to float32 of its spread",
    async (_, values, whole) => {
      const scaling = fitScaling(values, whole);
      expect(JSON.parse(JSON.stringify(scaling))).toEqual(scaling);
      const [found] = await roundTrip([values], [scaling]);
      const { scaled, back } = found as NonNullable<typeof found>;
      expect(spread(scaled)).toBeCloseTo(1, 3);
      expect(scaled.reduce((a, b) => a + b, 0) / scaled.length).toBeCloseTo(0, 3);
      const deviation = scaling.scale;
      for (const [i, value] of values.entries()) {
        // float32 in units of the spread: the offset costs nothing.
        const allowed = 1e-5 * deviation * Math.max(1, Math.abs(scaled[i] as number));
        expect(Math.abs((back[i] as number) - value)).toBeLessThanOrEqual(whole ? 0 : allowed);
      }
    },
  );

  test("heavy tails: bent, so that no value outweighs all others, and back", async () => {
    const values = column((x) => Math.exp(4 * x) - 3);
    const scaling = fitScaling(values, false);
    expect(scaling.tail).toBe(true);
    const [found] = await roundTrip([values], [scaling]);
    const { scaled, back } = found as NonNullable<typeof found>;
    expect(spread(scaled)).toBeCloseTo(1, 3);
    expect(Math.max(...scaled.map(Math.abs))).toBeLessThan(7);
    for (const [i, value] of values.entries()) {
      // Relative in the tail, of the middle's spread in the middle.
      const size = Math.max(Math.abs(value - scaling.center), scaling.scale);
      expect(Math.abs((back[i] as number) - value) / size).toBeLessThan(1e-5);
    }
  });

  test("mostly one value: the others are told apart from it and from each other", async () => {
    // As capital gains are: nine in ten 0, the rest anything.
    const values = column((x, i) => (i % 20 === 0 ? Math.round(Math.exp(8 + x)) : 0));
    const scaling = fitScaling(values, true);
    const [found] = await roundTrip([values], [scaling]);
    expect(found?.back).toEqual([...values]);
    expect(spread(found?.scaled ?? [])).toBeCloseTo(1, 3);
  });

  test("one value alone passes without a spread, and comes back", async () => {
    // 0.1 has no exact sum: a mean by sums would differ from it.
    for (const value of [0, 0.1, -1.7e12, 5e-324, 1.7e308, 1e-310]) {
      const values = new Float64Array(10).fill(value);
      const scaling = fitScaling(values, false);
      const [found] = await roundTrip([values], [scaling]);
      expect(found?.scaled).toEqual(Array.from({ length: 10 }, () => 0));
      // The runtime counts numbers below 1e-308 as zero.
      expect(found?.back[0]).toBeCloseTo(
        value,
        300 > Math.abs(Math.log10(Math.abs(value) || 1)) ? 12 : 0,
      );
    }
  });

  test("numbers below the smallest normal: nothing infinite, nothing lost that counts", async () => {
    const values = column((x) => 5e-324 * Math.round(10 * x));
    const scaling = fitScaling(values, false);
    const [found] = await roundTrip([values], [scaling]);
    expect(found?.scaled.every(Number.isFinite)).toBe(true);
    for (const back of found?.back ?? []) expect(Math.abs(back)).toBeLessThan(1e-300);
  });

  test("missing values only: passes through as it is", async () => {
    const values = new Float64Array(5).fill(Number.NaN);
    const scaling = fitScaling(values, false);
    expect(JSON.parse(JSON.stringify(scaling))).toEqual(scaling);
    const [found] = await roundTrip([values], [scaling]);
    expect(found?.scaled).toEqual(Array.from({ length: 5 }, () => Number.NaN));
  });
});

test("columns of all sorts side by side come back, each by its own scale", async () => {
  const numbers = fc.array(
    fc.oneof(
      fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
      fc.double({ noNaN: true, min: -1e-3, max: 1e-3 }),
      fc.integer({ min: 1_600_000_000_000, max: 1_800_000_000_000 }),
      fc.double({ noNaN: true, min: -1e30, max: 1e30 }),
    ),
    { minLength: 12, maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(numbers, numbers, numbers, async (...lists) => {
      const columns = lists.map((list) => Float64Array.from(list));
      const scalings = columns.map((values) => fitScaling(values, false));
      for (const [at, { scaled, back, centred: middle }] of (
        await roundTrip(columns, scalings)
      ).entries()) {
        const [values, scaling] = [columns[at] as Float64Array, scalings[at] as Scaling];
        for (const [i, value] of values.entries()) {
          // The graph's twin in TypeScript gives the same float32.
          expect(middle[i]).toBe(Math.fround(centred(value, scaling)));
          expect(Math.abs(scaled[i] as number)).toBeLessThan(1e4);
          const reach = Math.abs(value - scaling.center);
          const error = Math.abs((back[i] as number) - value);
          // Beyond the bulk a bent column keeps a relative precision of the logarithm's float32.
          const allowed = scaling.tail ? 1e-4 : 1e-5;
          expect(error).toBeLessThanOrEqual(allowed * Math.max(reach, scaling.scale));
        }
      }
    }),
    { numRuns: 30 },
  );
});

test("values far outside the training rows stay finite, in and out", async () => {
  const scalings = [column((x) => x), column((x) => Math.exp(4 * x))].map((values) =>
    fitScaling(values, false),
  );
  const far = Float64Array.of(1e300, -1e300, 1e20, -1e20);
  for (const { scaled, back } of await roundTrip([far, far], scalings)) {
    expect(Math.max(...scaled.map(Math.abs))).toBeLessThanOrEqual(1e4);
    expect(back.every(Number.isFinite)).toBe(true);
  }
  // A bent column goes only a little farther out than it was seen, whatever its neighbours do.
  const [plain, bent] = await roundTrip([far, far], scalings);
  expect(plain?.back[0]).toBeGreaterThan(1e3);
  const { low, high, center } = scalings[1] as Scaling;
  for (const x of bent?.back ?? [])
    expect(Math.abs(x - center)).toBeLessThan(3 * Math.max(high - center, center - low));
});

test("whole numbers come back whole, their neighbours as they are", async () => {
  const [a, b] = [column((x) => 0.25 + Math.round(10 * x)), column((x) => Math.round(10 * x))];
  const scalings = [fitScaling(a, false), fitScaling(b, true)];
  const [first, second] = await roundTrip([a, b], scalings);
  expect(second?.back).toEqual([...b].map((x) => x + 0));
  expect(first?.back.every((x) => Math.abs(x - Math.floor(x) - 0.25) < 1e-4)).toBe(true);
});

test("the distance of two values is counted in the network's units", () => {
  const plain = fitScaling(
    column((x) => 5 * x),
    false,
  );
  expect(scaledDifference(10, 0, plain)).toBeCloseTo(10 / plain.scale, 12);
  const bent = fitScaling(
    column((x) => Math.exp(4 * x)),
    false,
  );
  expect(scaledDifference(bent.high, bent.center, bent)).toBeLessThan(7);
  expect(scaledDifference(3, 3, bent)).toBe(0);
});

describe("columns together", () => {
  const column = (f: (row: number) => number) => ({
    values: Float64Array.from({ length: 90 }, (_, row) => f(row)),
    integer: true,
  });
  const steps = [
    column((row) => row % 17),
    column((row) => (row * 7) % 17),
    column((row) => (row % 30 === 0 ? 1 : 0)),
  ];

  test("that are steps of one scale share one spread, each about its own mean", () => {
    const scalings = fitScalings(steps);
    const own = steps.map(({ values }) => fitScaling(values, true));
    const pooled = Math.sqrt(own.reduce((sum, { scale }) => sum + scale ** 2, 0) / 3);
    for (const [i, { scale, center, tail, low, high }] of scalings.entries()) {
      expect(scale).toBeCloseTo(pooled, 12);
      expect([center, tail]).toEqual([own[i]?.center, false]);
      expect([low, high]).toEqual([own[i]?.low, own[i]?.high]);
    }
    // A scale in other units, with gaps, is a scale all the same.
    const fractions = steps.map(({ values }) => ({
      values: values.map((x, row) => (row === 4 ? Number.NaN : x / 16)),
      integer: false,
    }));
    const [first, second] = fitScalings(fractions);
    expect(first?.scale).toBe(second?.scale);
    expect(first?.scale).toBeCloseTo(pooled / 16, 2);
  });

  test.each([
    ["of units of their own", [column((r) => r % 17), column((r) => 100 * (r % 9)), steps[1]]],
    ["of which few reach the ends", [steps[0], steps[2], column((r) => 3 + (r % 2))]],
    ["of yes and no", [column((r) => r % 2), column((r) => Number(r % 3 === 0)), steps[2]]],
    ["without a grid", [0.1, 0.7, 0.9].map((a) => column((r) => Math.sin(a * r)))],
  ])("%s are scaled one by one", (_, columns) => {
    const given = columns as typeof steps;
    expect(fitScalings(given)).toEqual(given.map(({ values }) => fitScaling(values, true)));
  });
});
