/** What scikit-learn's values (test/oracle/mixture.test.ts) do not see: draws, and odd codes. */
import { afterAll, describe, expect, test } from "vitest";
import { meanLikelihood } from "../../test/support/gaussian-mixture.ts";
import { chiSquareScore, correlationScore, meanOf } from "../../test/support/statistics.ts";
import type { Matrix } from "../base/tensor.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { createEngine } from "../runtime/node.ts";
import { fitMixture } from "./fit-mixture.ts";
import type { Mixture } from "./mixture.ts";
import { mixtureSamples } from "./mixture.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

/** Two components far apart: a long slanted one and a small round one. */
const two: Mixture = {
  size: 2,
  weights: Float32Array.of(0.7, 0.3),
  means: Float32Array.of(0, 10, 100, -50),
  factors: Float32Array.of(3, 0, 2, 1, 1, 0, 0, 1),
};

const column = ({ data, rows, columns }: Matrix, at: number): Float64Array =>
  Float64Array.from({ length: rows }, (_, row) => data[row * columns + at] as number);

/** Rows of `component`, told by which side of 50 they lie on. */
function rowsOf(all: Matrix, component: number): Matrix {
  const rows = Array.from(column(all, 0).keys()).filter(
    (row) => Number((all.data[row * 2] as number) > 50) === component,
  );
  const data = Float32Array.from(
    rows.flatMap((row) => Array.from(all.data.subarray(row * 2, row * 2 + 2))),
  );
  return { rows: rows.length, columns: 2, data };
}

const matrix = (rows: readonly (readonly number[])[]): Matrix => ({
  rows: rows.length,
  columns: rows[0]?.length ?? 0,
  data: Float32Array.from(rows.flat()),
});

describe("samples", () => {
  const count = 20_000;
  const drawn = mixtureSamples(two, count, { seed: 4 });

  test("have the weights, means and covariances of their mixture", () => {
    const [slanted, round] = [rowsOf(drawn, 0), rowsOf(drawn, 1)];
    // 4.5 standard errors, as elsewhere.
    const error = 4.5 / Math.sqrt(count);
    expect(Math.abs(slanted.rows / count - 0.7)).toBeLessThan(error * Math.sqrt(0.21));
    const [x, y] = [column(slanted, 0), column(slanted, 1)];
    const around = 4.5 / Math.sqrt(slanted.rows);
    expect(Math.abs(meanOf(x))).toBeLessThan(around * 3);
    expect(Math.abs(meanOf(y) - 10)).toBeLessThan(around * Math.sqrt(5));
    // L · Lᵀ = [[9, 6], [6, 5]]
    const varianceOf = (values: Float64Array): number =>
      meanOf(values, (value) => value ** 2) - meanOf(values) ** 2;
    expect(varianceOf(x) / 9).toBeCloseTo(1, 1);
    expect(varianceOf(y) / 5).toBeCloseTo(1, 1);
    const correlation = correlationScore(x, y) / Math.sqrt(slanted.rows);
    expect(correlation).toBeCloseTo(6 / Math.sqrt(45), 1.5);
    expect(varianceOf(column(round, 1))).toBeCloseTo(1, 1);
    expect(Math.abs(meanOf(column(round, 0)) - 100)).toBeLessThan(4.5 / Math.sqrt(round.rows));
  });

  test("take any component as often as its weight says", () => {
    const weights = Float32Array.of(0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1);
    const means = Float32Array.from({ length: 10 }, (_, k) => k);
    const even: Mixture = { size: 1, weights, means, factors: new Float32Array(10).fill(1e-3) };
    const counts = new Float64Array(10);
    for (const value of mixtureSamples(even, 10_000, { seed: 2 }).data) {
      const k = Math.round(value);
      counts[k] = (counts[k] as number) + 1;
    }
    expect(Math.abs(chiSquareScore(counts))).toBeLessThan(4.5);
  });

  test("follow the seed, and are the same however many are drawn", () => {
    expect(mixtureSamples(two, count, { seed: 4 })).toEqual(drawn);
    expect(mixtureSamples(two, 10, { seed: 5 }).data).not.toEqual(drawn.data.slice(0, 20));
    expect(mixtureSamples(two, 10, { seed: 4 }).data).toEqual(drawn.data.slice(0, 20));
  });

  test("gather at the heaviest component as the temperature falls", () => {
    const cold = mixtureSamples(two, 2000, { seed: 1, temperature: 0.2 });
    // 0.3⁵ against 0.7⁵: one in 70.
    expect(rowsOf(cold, 1).rows / 2000).toBeCloseTo(0.3 ** 5 / (0.3 ** 5 + 0.7 ** 5), 1.7);
    const spread = Math.sqrt(meanOf(column(rowsOf(cold, 0), 0), (value) => value ** 2));
    expect(spread / (0.2 * 3)).toBeCloseTo(1, 1);
    const frozen = mixtureSamples(two, 3, { seed: 1, temperature: 0 });
    expect([...frozen.data]).toEqual([0, 10, 0, 10, 0, 10]);
    // So cold that the powers of all other weights vanish.
    expect(rowsOf(mixtureSamples(two, 50, { temperature: 1e-3 }), 1).rows).toBe(0);
    // Of two that are as heavy, one is taken.
    const even = { ...two, weights: Float32Array.of(0.5, 0.5) };
    const same = mixtureSamples(even, 30, { temperature: 0 });
    expect(new Set(column(same, 0)).size).toBe(1);
  });
});

describe("a fit", () => {
  test("gives back the mixture that the codes were drawn from", async () => {
    const codes = mixtureSamples(two, 4000, { seed: 11 });
    const { weights, means, factors } = await fitMixture(engine, codes, { components: 2 });
    const heavy = (weights[0] as number) > 0.5 ? 0 : 1;
    const light = 1 - heavy;
    expect(weights[heavy]).toBeCloseTo(0.7, 1);
    for (const [i, mean] of [0, 10].entries())
      expect(Math.abs((means[2 * heavy + i] as number) - mean)).toBeLessThan(0.3);
    for (const [i, mean] of [100, -50].entries())
      expect(Math.abs((means[2 * light + i] as number) - mean)).toBeLessThan(0.15);
    for (const [i, value] of [3, 0, 2, 1].entries())
      expect(Math.abs((factors[4 * heavy + i] as number) - value)).toBeLessThan(0.15);
    for (const [i, value] of [1, 0, 0, 1].entries())
      expect(Math.abs((factors[4 * light + i] as number) - value)).toBeLessThan(0.1);
  });

  test("is the same at the same seed, whatever lay in the engine before", async () => {
    const codes = mixtureSamples(two, 500, { seed: 3 });
    const first = await fitMixture(engine, codes, { seed: 5 });
    expect(await fitMixture(engine, codes, { seed: 5 })).toEqual(first);
    expect(await fitMixture(engine, codes, { seed: 6 })).not.toEqual(first);
    await expect(engine.held("mixture.codes")).rejects.toThrow();
  });

  test("of more codes than are looked at is that of some of them", async () => {
    const codes = mixtureSamples(two, 30_000, { seed: 9 });
    // Sorted by component, so that the first rows would tell half the story.
    const [slanted, round] = [rowsOf(codes, 0), rowsOf(codes, 1)];
    const sorted = { ...codes, data: Float32Array.of(...slanted.data, ...round.data) };
    const mixture = await fitMixture(engine, sorted, { components: 2 });
    expect(Math.max(...mixture.weights)).toBeCloseTo(0.7, 1.7);
    expect(meanLikelihood(mixture, codes)).toBeGreaterThan(meanLikelihood(two, codes) - 0.01);
  });

  test.each([
    [300, 3, 10],
    [80, 3, 3],
    [9, 3, 1],
    [5, 3, 1],
    [4, 3, 1],
    [2, 3, 1],
    [1, 3, 1],
  ])("of %i codes of %i numbers has at most %i components", async (rows, columns, most) => {
    const codes = { rows, columns, data: normals(keyAt(1, rows), rows, columns) };
    const mixture = await fitMixture(engine, codes);
    expect(mixture.weights.length).toBe(most);
    expect(mixture.weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
    const { data } = mixtureSamples(mixture, 50, { seed: 1 });
    expect(data.every(Number.isFinite)).toBe(true);
  });

  test("takes the numbers of a few codes to be independent", async () => {
    const few = matrix([
      [1, 10, 5],
      [3, 20, 5],
      [2, 60, 5],
    ]);
    const { means, factors } = await fitMixture(engine, few);
    expect([...means]).toEqual([2, 30, 5]);
    const deviations = [Math.sqrt(2 / 3), Math.sqrt(1400 / 3), 0];
    for (let i = 0; i < 3; i += 1) {
      for (let j = 0; j < 3; j += 1) {
        const expected = i === j ? (deviations[i] as number) : 0;
        expect(Math.abs((factors[3 * i + j] as number) - expected)).toBeLessThan(1e-3);
      }
    }
  });

  test("stays finite and near its codes where numbers are dead, copies, or of other units", async () => {
    const noise = normals(keyAt(2, 0), 300, 2);
    const odd = matrix(
      Array.from({ length: 300 }, (_, row) => {
        const [a, b] = [noise[2 * row] as number, noise[2 * row + 1] as number];
        // A constant, a copy, a number a million times smaller, and one far from zero.
        return [a + 4 * (row % 2), 7, a + 4 * (row % 2), 1e-6 * b, 1000 + b];
      }),
    );
    const mixture = await fitMixture(engine, odd, { components: 3 });
    const drawn = mixtureSamples(mixture, 2000, { seed: 1 });
    expect(drawn.data.every(Number.isFinite)).toBe(true);
    const [first, dead, copy, small, far] = [0, 1, 2, 3, 4].map((i) => column(drawn, i)) as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    expect(Math.max(...dead.map((value) => Math.abs(value - 7)))).toBeLessThan(0.01);
    expect(
      Math.max(...copy.map((value, i) => Math.abs(value - (first[i] as number)))),
    ).toBeLessThan(0.05);
    expect(Math.sqrt(meanOf(small, (value) => value ** 2)) * 1e6).toBeCloseTo(1, 0.8);
    expect(Math.sqrt(meanOf(far, (value) => (value - 1000) ** 2))).toBeCloseTo(1, 0.8);
    expect(meanOf(first)).toBeCloseTo(2, 0.5);
  });

  test("of copies of one code, or of two, is at them", async () => {
    const same = await fitMixture(engine, matrix(Array.from({ length: 60 }, () => [3, -4])));
    const drawn = mixtureSamples(same, 40).data;
    expect(drawn.every((value, i) => Math.abs(value - (i % 2 === 0 ? 3 : -4)) < 1e-4)).toBe(true);
    const pair = Array.from({ length: 60 }, (_, row) => (row % 3 === 0 ? [1, 1] : [5, 2]));
    const mixture = await fitMixture(engine, matrix(pair));
    expect(mixture.weights.length).toBe(2);
    expect(Math.min(...mixture.weights)).toBeCloseTo(1 / 3, 3);
    const near = column(mixtureSamples(mixture, 100), 0);
    expect(near.every((x) => Math.min(Math.abs(x - 1), Math.abs(x - 5)) < 0.05)).toBe(true);
  });
});
