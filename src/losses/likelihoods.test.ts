/** Likelihoods are distributions: they sum to one, and have the mean that is shown for them. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import { tensor } from "../base/tensor.ts";
import { createScope } from "../nn/scope.ts";
import { bernoulli } from "./bernoulli.ts";
import { categoricalLoss } from "./categorical.ts";
import { gaussianFixed, gaussianLearned, gaussianLoss } from "./gaussian.ts";
import { klToStandardNormal } from "./kl.ts";
import { numbersLayout } from "./layout.ts";
import { squared } from "./squared.ts";

const STEP = 0.01;
const grid = Array.from({ length: 6001 }, (_, i) => -30 + i * STEP);
const layout = numbersLayout([1], false);
const doubles = (values: readonly number[]): Value =>
  constant(tensor("float64", Float64Array.from(values), [values.length, 1]));
const run = (value: Value): Float64Array => {
  const [result] = evaluate([value], new Map());
  return (result as { data: Float64Array }).data;
};
const scope = (log = 0) =>
  createScope({
    dtype: "float64",
    training: true,
    parameter: ({ shape }) => constant(tensor("float64", new Float64Array(1).fill(log), shape)),
    buffer: () => doubles([0]),
  });
const integral = (f: Float64Array): number => f.reduce((sum, y) => sum + y * STEP, 0);

describe("a Gaussian", () => {
  const mean = doubles([1.3]);
  test.each([
    ["of a given variance", gaussianLoss(doubles(grid), mean, doubles([Math.log(0.7)])), 0.7],
    ["of a fixed deviation", gaussianFixed(0.4).loss(scope(), doubles(grid), mean, layout), 0.16],
    [
      "of a learned variance",
      gaussianLearned.loss(scope(0.05), doubles(grid), mean, layout),
      Math.exp(0.05 * 20),
    ],
  ])("%s integrates to one, with the mean and variance it should have", (_, loss, variance) => {
    const density = run(loss).map((nats) => Math.exp(-nats));
    expect(integral(density)).toBeCloseTo(1, 8);
    const moment = (f: (x: number) => number): number =>
      integral(density.map((p, i) => p * f(grid[i] as number)));
    expect(moment((x) => x)).toBeCloseTo(1.3, 8);
    expect(moment((x) => (x - 1.3) ** 2)).toBeCloseTo(variance, 8);
  });

  test("whose variance is learned cannot claim to be exact", () => {
    const exact = run(gaussianLearned.loss(scope(-1e6), doubles([1.3]), mean, layout));
    expect(exact[0]).toBeCloseTo(0.5 * (Math.log(2 * Math.PI) - 12), 9);
  });

  test("has one variance a feature, and one an image", () => {
    const shapes: (readonly number[])[] = [];
    const asking = createScope({
      dtype: "float64",
      training: true,
      parameter: ({ shape }) => {
        shapes.push(shape);
        return constant(tensor("float64", new Float64Array(shape[0] as number), shape));
      },
      buffer: () => doubles([0]),
    });
    const x = input("x", "float64", ["batch", 5]);
    gaussianLearned.loss(asking, x, x, numbersLayout([5], false));
    const image = input("image", "float64", ["batch", 4, 4, 3]);
    gaussianLearned.loss(asking.child("b"), image, image, numbersLayout([4, 4, 3], true));
    expect(shapes).toEqual([[5], [1]]);
  });
});

test("Bernoulli sums to one, and its mean is the probability of 1", () => {
  for (const logit of [-40, -3, 0, 0.5, 40]) {
    const loss = run(bernoulli.loss(scope(), doubles([0, 1]), doubles([logit, logit]), layout));
    const [none, one] = [...loss].map((nats) => Math.exp(-nats)) as [number, number];
    expect(none + one).toBeCloseTo(1, 12);
    expect(run(bernoulli.mean(doubles([logit]), layout))[0]).toBeCloseTo(one, 12);
    // A grey target is a mixture: its cross entropy is the mixture of the two losses.
    const grey = run(bernoulli.loss(scope(), doubles([0.3]), doubles([logit]), layout))[0];
    expect(grey).toBeCloseTo(0.7 * (loss[0] as number) + 0.3 * (loss[1] as number), 12);
  }
});

test("a categorical sums to one", () => {
  const logits = constant(tensor("float64", Float64Array.of(1, -2, 700), [1, 3]));
  const chances = [0, 1, 2].map((at) => {
    const hot = Float64Array.from({ length: 3 }, (_, i) => Number(i === at));
    const target = constant(tensor("float64", hot, [1, 3]));
    return Math.exp(-(run(categoricalLoss(target, logits))[0] as number));
  });
  expect(chances.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  expect(chances[2]).toBeCloseTo(1, 12);
});

test("the divergence from a standard normal is its integral", () => {
  for (const [mu, logVar] of [
    [0, 0],
    [1.5, -2],
    [-0.7, 1],
    [3, 0.3],
  ] as const) {
    const q = run(gaussianLoss(doubles(grid), doubles([mu]), doubles([logVar])));
    const p = run(gaussianLoss(doubles(grid), doubles([0]), doubles([0])));
    const numeric = integral(q.map((nats, i) => Math.exp(-nats) * ((p[i] as number) - nats)));
    const [closed] = run(klToStandardNormal(doubles([mu]), doubles([logVar])));
    expect(closed).toBeCloseTo(numeric, 7);
    expect(closed).toBeGreaterThanOrEqual(0);
  }
});

test("squared error is the Gaussian's shape: twice its nats at unit deviation, less a constant", () => {
  const [target, output] = [doubles([1, -2, 0.5]), doubles([0.2, 0, 0.5])];
  const plain = run(squared.loss(scope(), target, output, layout));
  const nats = run(gaussianFixed(1).loss(scope(), target, output, layout));
  for (const [i, value] of plain.entries())
    expect(2 * (nats[i] as number) - Math.log(2 * Math.PI)).toBeCloseTo(value, 12);
});

test("what is shown of bounded numbers stays in bounds", () => {
  const bounded = numbersLayout([1], true);
  const output = doubles([-0.5, 0.25, 1.5]);
  for (const loss of [squared, gaussianLearned, gaussianFixed(1)]) {
    expect([...run(loss.mean(output, bounded))]).toEqual([0, 0.25, 1]);
    expect([...run(loss.mean(output, layout))]).toEqual([-0.5, 0.25, 1.5]);
  }
});
