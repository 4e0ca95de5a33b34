/** What the oracle does not see of the semi-supervised family: two networks, and log p(x). */
import { describe, expect, test } from "vitest";
import {
  SIGMA,
  estimatedLogLikelihood,
  exactLogLikelihood,
} from "../../test/support/linear-gaussian.ts";
import { dense } from "../bodies/dense.ts";
import { input } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { partsOf } from "./family.ts";
import { semiSupervised } from "./semi-supervised.ts";

const family = semiSupervised({ sigma: SIGMA });
const layout = numbersLayout([4], false);

test("the classifier has weights of its own, and sees no label", () => {
  const { parameters } = specOf((scope) =>
    family.loss(partsOf(scope, dense([6]), layout, 2), {
      x: input("x", "float32", ["batch", 4]),
      label: input("label", "float32", ["batch", 3]),
    }),
  );
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  expect(shapes["classifier.0.weight"]).toEqual([4, 6]);
  expect(shapes["classifier.code.weight"]).toEqual([6, 3]);
  expect(shapes["encoder.0.weight"]).toEqual([7, 6]);
  expect(shapes["encoder.code.weight"]).toEqual([6, 4]);
});

test("without a place for labels it says what is missing", () => {
  const scope = createScope({
    training: false,
    parameter: (spec) => input(spec.name, "float32", spec.shape),
    buffer: () => expect.fail("no buffers"),
  });
  const parts = partsOf(scope, dense([6]), layout, 2);
  const x = input("x", "float32", ["batch", 4]);
  const message = /family semi-supervised: expected a label for each row, got none/;
  expect(() => family.classify?.(parts, { x })).toThrow(message);
  expect(() => family.encode(parts, { x })).toThrow(message);
  expect(() => family.decode(parts, input("z", "float32", ["batch", 2]))).toThrow(message);
});

describe("the weights of importance sampling average to the likelihood", () => {
  const each = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ].map((label) => exactLogLikelihood(2, label) - Math.log(3));
  const sumOfAll = Math.log(each.reduce((sum, log) => sum + Math.exp(log), 0));

  test.each([
    ["of row and label where there is one", [0, 1, 0], each[1] as number],
    ["of the row under all labels where there is none", [0, 0, 0], sumOfAll],
  ])("%s", (_, label, exact) => {
    const { estimate, error } = estimatedLogLikelihood(family, { latent: 2, draws: 5000, label });
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(estimate - exact)).toBeLessThan(3 * error);
  });
});
