/** A mixture is a distribution: it sums to one, is bounded, and its draws have its shape. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { kolmogorovSmirnov, meanOf } from "../../test/support/statistics.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant, input, scalar } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";
import { createScope } from "../nn/scope.ts";
import { neg } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { exp } from "../ops/pointwise.ts";
import type { Mixture } from "./mixture.ts";
import { mixtureDraw, mixtureLoss, mixtureMean, perturbed } from "./mixture.ts";

const WEIGHTS = [0.2, 0.5, 0.3];
const MEANS = [-2, 0.5, 3];
const DEVIATIONS = [0.4, 0.1, 1];
const BLUR = 0.05;

const column = (values: readonly number[]): Value =>
  constant(tensor("float64", Float64Array.from(values), [values.length]));
const run = (value: Value): Float64Array =>
  (evaluate([value], new Map())[0] as { data: Float64Array }).data;

/** The same mixture for each of some rows, `[rows, 3]`. Draws are float32, as random numbers are. */
function mixture(
  rows: number,
  deviations: readonly number[] = DEVIATIONS,
  dtype: "float32" | "float64" = "float64",
): Mixture {
  const spread = (values: readonly number[]): Value => {
    const all = Float64Array.from({ length: rows * 3 }, (_, i) => values[i % 3] as number);
    return cast(constant(tensor("float64", all, [rows, 3])), dtype);
  };
  return {
    // Logits are no log-chances: any number may be added to all.
    logits: spread(WEIGHTS.map((weight) => Math.log(weight) + 7)),
    means: spread(MEANS),
    logVars: spread(deviations.map((deviation) => 2 * Math.log(deviation))),
  };
}

const chanceBelow = (x: number): number =>
  WEIGHTS.reduce(
    (total, weight, k) =>
      total + weight * normalBelow((x - (MEANS[k] as number)) / (DEVIATIONS[k] as number)),
    0,
  );

/** Φ by Abramowitz and Stegun (1964), 26.2.17: off by at most 7.5e-8. */
function normalBelow(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const tail =
    (Math.exp(-x * x * 0.5) / Math.sqrt(2 * Math.PI)) *
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return x > 0 ? 1 - tail : tail;
}

describe("the density of a mixture", () => {
  const STEP = 0.002;
  const grid = Array.from({ length: 10_001 }, (_, i) => -10 + i * STEP);
  const density = run(exp(neg(mixtureLoss(column(grid), mixture(grid.length), BLUR))));
  const moment = (f: (x: number) => number): number =>
    density.reduce((total, p, i) => total + p * f(grid[i] as number) * STEP, 0);
  const mean = WEIGHTS.reduce((total, weight, k) => total + weight * (MEANS[k] as number), 0);

  test("integrates to one, with the mean that is shown for it", () => {
    expect(moment(() => 1)).toBeCloseTo(1, 8);
    expect(moment((x) => x)).toBeCloseTo(mean, 8);
    expect(run(mixtureMean(mixture(1)))[0]).toBeCloseTo(mean, 12);
  });

  test("has the variance of its modes, each blurred", () => {
    const expected = WEIGHTS.reduce(
      (total, weight, k) =>
        total + weight * ((DEVIATIONS[k] as number) ** 2 + BLUR ** 2 + (MEANS[k] as number) ** 2),
      -(mean ** 2),
    );
    expect(moment((x) => (x - mean) ** 2)).toBeCloseTo(expected, 8);
  });

  test("is bounded, however narrow a mode on the value", () => {
    const narrow = mixture(1, [1e-30, 1e-30, 1e-30]);
    const [nats] = run(mixtureLoss(column([0.5]), narrow, BLUR));
    expect(nats).toBeCloseTo(-Math.log(0.5 / (BLUR * Math.sqrt(2 * Math.PI))), 9);
  });

  test("falls off without underflow far from all modes", () => {
    // Every term is exp(−5e11) here: only the log-sum-exp keeps it.
    const [nats] = run(mixtureLoss(column([1e4]), mixture(1, [0.01, 0.01, 0.01]), 1e-9));
    const expected = (1e4 - 3) ** 2 / (2 * 1e-4) + Math.log((0.01 * Math.sqrt(2 * Math.PI)) / 0.3);
    expect((nats as number) / expected).toBeCloseTo(1, 9);
  });
});

describe("draws of a mixture", () => {
  const ROWS = 4000;
  const scope = (seed: number): Scope =>
    createScope({
      training: false,
      key: constant(tensor("uint32", Uint32Array.of(seed, 77), [2])),
      parameter: ({ name, shape }) => input(name, "float32", shape),
      buffer: ({ name, shape }) => input(name, "float32", shape),
    });
  const draws = (temperature: number, deviations = DEVIATIONS, seed = 5): Float64Array =>
    run(mixtureDraw(scope(seed), mixture(ROWS, deviations, "float32"), BLUR, scalar(temperature)));

  test("at temperature 1 are the mixture itself, unblurred", () => {
    expect(kolmogorovSmirnov(draws(1), chanceBelow)).toBeLessThan(1.63);
    // The measure tells apart what it should: another mixture is far off.
    expect(kolmogorovSmirnov(draws(1, [0.4, 0.4, 1]), chanceBelow)).toBeGreaterThan(3);
    expect(kolmogorovSmirnov(draws(0.5), chanceBelow)).toBeGreaterThan(3);
    // A mode that the loss cannot tell from a point is one value over and over.
    for (const width of [0, 0.09 * BLUR])
      expect(new Set(draws(1, [width, width, width]))).toEqual(new Set(MEANS));
    expect(new Set(draws(1, [0, 0, 0.2 * BLUR])).size).toBeGreaterThan(100);
  });

  test("at temperature 0 are the mean of the likeliest mode", () => {
    expect(new Set(draws(0))).toEqual(new Set([0.5]));
  });

  test("at temperature 1/2 choose the mode by squared weights and are half as wide", () => {
    const values = draws(0.5, [0.1, 0.1, 0.1]);
    const squares = WEIGHTS.map((weight) => weight ** 2);
    const total = squares.reduce((a, b) => a + b, 0);
    for (const [k, mean] of MEANS.entries()) {
      const near = values.filter((x) => Math.abs(x - mean) < 1);
      const share = (squares[k] as number) / total;
      const error = Math.sqrt((share * (1 - share)) / ROWS);
      expect(Math.abs(near.length / ROWS - share) / error).toBeLessThan(3.5);
      const deviation = Math.sqrt(meanOf(near, (x) => (x - mean) ** 2));
      expect(Math.abs(deviation / 0.05 - 1)).toBeLessThan(3.5 / Math.sqrt(2 * near.length));
    }
  });

  test("differ by key and not from run to run", () => {
    expect(draws(1)).toEqual(draws(1));
    expect(draws(1)).not.toEqual(draws(1, DEVIATIONS, 6));
  });

  test("of words are theirs, and without one word those of the rest", () => {
    const { logits } = mixture(ROWS, DEVIATIONS, "float32");
    const noisy = run(perturbed(scope(9), logits, scalar(1)));
    const winners = (slots: number): number[] => {
      const counts = WEIGHTS.slice(0, slots).map(() => 0);
      for (let row = 0; row < ROWS; row += 1) {
        const all = noisy.slice(row * 3, row * 3 + slots);
        const at = all.indexOf(Math.max(...all));
        counts[at] = (counts[at] as number) + 1;
      }
      return counts;
    };
    for (const slots of [3, 2]) {
      const total = WEIGHTS.slice(0, slots).reduce((a, b) => a + b, 0);
      for (const [k, count] of winners(slots).entries()) {
        const share = (WEIGHTS[k] as number) / total;
        const error = Math.sqrt((share * (1 - share)) / ROWS);
        expect(Math.abs(count / ROWS - share) / error, `${k} of ${slots}`).toBeLessThan(3.5);
      }
    }
  });
});
