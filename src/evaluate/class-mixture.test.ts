/** Codes by class: each class gets its own place and shape, also one of few rows or of none. */
import { afterAll, describe, expect, test } from "vitest";
import type { Matrix } from "../base/tensor.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { createEngine } from "../runtime/node.ts";
import { fitClassMixture } from "./class-mixture.ts";
import { mixtureSamples } from "./mixture.ts";

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

/** Class 0: 600 codes about (0, 0), wide. Class 1: 200 about (20, 0), a slanted line. Class 2: 4 at (0, 50). */
const sizes = [600, 200, 4];
const classOf = Int32Array.from(sizes.flatMap((n, at) => Array.from({ length: n }, () => at)));
const noise = normals(keyAt(1, 0), classOf.length, 2);
const codes: Matrix = {
  rows: classOf.length,
  columns: 2,
  data: Float32Array.from(noise, (x, i) => {
    const first = noise[i - (i % 2)] as number;
    const one = classOf[Math.floor(i / 2)];
    if (one === 0) return 2 * x;
    if (one === 1) return i % 2 === 0 ? 20 + first : 3 * first;
    return (i % 2 === 0 ? 0 : 50) + x;
  }),
};
const fit = fitClassMixture(engine, codes, { classOf, classes: 4, components: 8, seed: 1 });

const columnOf = ({ data, rows }: Matrix, at: number) =>
  Array.from({ length: rows }, (_, row) => data[2 * row + at] as number);
const meanOf = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const spreadOf = (values: readonly number[]) =>
  Math.sqrt(meanOf(values.map((x) => (x - meanOf(values)) ** 2)));

describe("a mixture by class", () => {
  const drawn = async (one: number, temperature = 1): Promise<readonly [number[], number[]]> => {
    const some = mixtureSamples(await fit, 2000, {
      seed: 3,
      temperature,
      classOf: new Int32Array(2000).fill(one),
    });
    return [columnOf(some, 0), columnOf(some, 1)];
  };

  test("gives each class its place and its shape", async () => {
    const [x, y] = await drawn(0);
    expect(meanOf(x)).toBeCloseTo(0, 0);
    expect(spreadOf(x)).toBeCloseTo(2, 0);
    expect(spreadOf(y)).toBeCloseTo(2, 0);
    const [first, second] = await drawn(1);
    expect(meanOf(first)).toBeCloseTo(20, 0);
    // The line of this class alone: second = 3 (first − 20).
    const off = first.map((value, i) => (second[i] as number) - 3 * (value - 20));
    expect(spreadOf(off)).toBeLessThan(0.3);
  });

  test("a class of four rows has its own mean, and spreads as the others do about theirs", async () => {
    const [x, y] = await drawn(2);
    expect(meanOf(y)).toBeGreaterThan(48);
    expect(meanOf(y)).toBeLessThan(52);
    // No repetition of four codes: as wide as classes are on average.
    expect(spreadOf(x)).toBeGreaterThan(1);
    expect(new Set(x.map((value) => value.toFixed(3))).size).toBeGreaterThan(500);
  });

  test("a class without rows is where all are, and finite", async () => {
    const [x, y] = await drawn(3);
    expect(x.every(Number.isFinite)).toBe(true);
    expect(meanOf(x)).toBeCloseTo(meanOf(columnOf(codes, 0)), 0);
    expect(meanOf(y)).toBeCloseTo(meanOf(columnOf(codes, 1)), 0);
  });

  test("without a class, draws are of all, as often as their rows are", async () => {
    const some = mixtureSamples(await fit, 4000, { seed: 5 });
    const share = columnOf(some, 0).filter((value) => value > 12).length / 4000;
    expect(Math.abs(share - 200 / 804)).toBeLessThan(0.03);
    const { weights } = await fit;
    expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
  });

  test("at a temperature of 0 each class is at its heaviest component", async () => {
    const [x, y] = await drawn(2, 0);
    expect(new Set([...x, ...y]).size).toBe(2);
    expect(Math.abs((y[0] as number) - 50)).toBeLessThan(2);
  });

  test("the first draws of many are the few, whatever their classes", async () => {
    const mixture = await fit;
    const of = (count: number) =>
      mixtureSamples(mixture, count, { seed: 9, classOf: [1, 0, 2, 1] }).data;
    expect(of(4).slice(0, 4)).toEqual(of(2));
  });
});
