/** What the oracle does not see of the conditional family: labels missing, images, log p(x | y). */
import { describe, expect, test } from "vitest";
import {
  SIGMA,
  estimatedLogLikelihood,
  exactLogLikelihood,
} from "../../test/support/linear-gaussian.ts";
import { conv } from "../bodies/conv.ts";
import { input } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { conditional } from "./conditional.ts";
import { partsOf } from "./family.ts";

const family = conditional({ sigma: SIGMA });

test("without a label nothing is made up", () => {
  const scope = createScope({
    training: false,
    parameter: (spec) => input(spec.name, "float32", spec.shape),
    buffer: () => expect.fail("no buffers"),
  });
  const parts = partsOf(scope, conv([4]), numbersLayout([8, 8, 1], true), 2);
  const x = input("x", "float32", ["batch", 8, 8, 1]);
  const message = /family conditional: expected a label for each row, got none/;
  expect(() => family.encode(parts, { x })).toThrow(message);
  expect(() => family.score(parts, { x })).toThrow(message);
  expect(() => family.decode(parts, input("z", "float32", ["batch", 2]))).toThrow(message);
});

test("an image gets one more channel, whatever the number of classes", () => {
  const { parameters } = specOf((scope) =>
    family.loss(partsOf(scope, conv([4]), numbersLayout([8, 6, 3], true), 2), {
      x: input("x", "float32", ["batch", 8, 6, 3]),
      label: input("label", "float32", ["batch", 10]),
    }),
  );
  const shapes = Object.fromEntries(parameters.map(({ name, shape }) => [name, shape]));
  expect(shapes["label.weight"]).toEqual([10, 48]);
  expect(shapes["encoder.0.weight"]).toEqual([3, 3, 4, 4]);
  expect(shapes["decoder.start.weight"]?.[0]).toBe(12);
});

describe.each([[[1, 0, 0]], [[0, 0, 1]]])("with label %j", (label) => {
  test("the weights of importance sampling average to the likelihood given the label", () => {
    const found = estimatedLogLikelihood(family, { latent: 2, draws: 10_000, label });
    expect(found.error).toBeLessThan(0.05);
    const exact = exactLogLikelihood(2, label);
    expect(Math.abs(found.estimate - exact)).toBeLessThan(3 * found.error);
  });
});
