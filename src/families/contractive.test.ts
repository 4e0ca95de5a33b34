/** What the oracle and the contract suite do not see: the norm outside training, and refusals. */
import { expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { tensor } from "../base/tensor.ts";
import { conv } from "../bodies/conv.ts";
import { dense } from "../bodies/dense.ts";
import type { Body } from "../bodies/body.ts";
import { constant, input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf, numbersLayout } from "../losses/layout.ts";
import { createScope } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { contractive } from "./contractive.ts";
import { partsOf } from "./family.ts";

test.each<[string, Body, Layout]>([
  ["dense", dense([6], { activation: "gelu" }), numbersLayout([4], false)],
  ["conv", conv([3], { normalize: true }), numbersLayout([4, 5, 1], true)],
])("%s: held-out rows are measured as those in training are", (_, body, layout) => {
  const features = featuresOf(layout);
  const x = input("x", "float32", ["batch", ...layout.shape]);
  const data = tensor("float32", normals(keyAt(4, 0), 7, features), [7, ...layout.shape]);
  const [trained, heldOut] = [true, false].map((training) => {
    let site = 0;
    const scope = createScope({
      training,
      parameter: ({ shape, initial }) =>
        constant(tensor("float32", initial(atSite(keyAt(1, 0), site++), shape), shape)),
      buffer: ({ name, shape }) => input(name, "float32", shape),
    });
    const { contraction } = contractive().loss(partsOf(scope, body, layout, 3), { x });
    return evaluate([contraction.value], new Map([[x, data]]))[0];
  });
  expect(trained?.shape).toEqual([7]);
  expect(heldOut?.shape).toEqual([7]);
  for (const [row, value] of (trained?.data ?? []).entries()) {
    expect(value).toBeGreaterThan(0);
    expect(heldOut?.data[row]).toBeCloseTo(value, 9);
  }
});

test("refuses a weight below zero by name", () => {
  expect(() => contractive({ lambda: -1 })).toThrow(/contractive, option lambda: .*got -1/);
});
