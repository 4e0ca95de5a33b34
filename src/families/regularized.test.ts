/** Which weights are penalized, defaults and refusals; the oracle has the formulas. */
import { expect, test } from "vitest";
import { conv } from "../bodies/conv.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope } from "../nn/scope.ts";
import { partsOf } from "./family.ts";
import type { RegularizedOptions } from "./regularized.ts";
import { noting, regularized } from "./regularized.ts";

/** The loss of images by a convolutional network with normalization, and what was asked of it. */
function lossOf(options: RegularizedOptions) {
  const asked: string[] = [];
  const scope = createScope({
    training: true,
    key: input("key", "uint32", [2]),
    parameter: ({ name, shape }) => {
      asked.push(name);
      return input(name, "float32", shape);
    },
    buffer: (spec) => input(spec.name, "float32", spec.shape),
  });
  const layout = numbersLayout([8, 8, 1], true);
  const body = conv([4, 6], { hidden: 5, normalize: true });
  const parts = partsOf(scope, body, layout, 3);
  const x = input("x", "float32", ["batch", 8, 8, 1]);
  return { terms: regularized(options).loss(parts, { x }), parts, asked };
}

test("the penalty is on the decoder's matrices and kernels alone", () => {
  const { parts, asked } = lossOf({});
  const found = new Set<Value>();
  parts.decoder(input("z", "float32", ["batch", 3]), [8, 8, 1], (own) => noting(own, found));
  const names = Array.from(found, (weight) => weight.node.attributes["name"]);
  const expected = asked.filter((name) => name.startsWith("decoder.") && name.endsWith("weight"));
  expect(expected.length).toBe(4);
  expect(names).toEqual(expected);
});

test.each<[RegularizedOptions, number]>([
  [{}, 1e-3],
  [{ penalty: "gradient" }, 1e-2],
  [{ penalty: "none" }, 0],
  [{ lambda: 0.3 }, 0.3],
  [{ penalty: "gradient", lambda: 0 }, 0],
])("%o weighs its penalty by %f", (options, weight) => {
  const { terms } = lossOf(options);
  expect(terms.penalty.weight).toBe(weight);
  expect(terms.penalty.value.shape).toEqual(options.penalty === "gradient" ? ["batch"] : []);
});

test.each<[object, RegExp]>([
  [
    { penalty: "none", lambda: 1 },
    /option lambda: expected penalty l2 or gradient.*got penalty none/,
  ],
  [{ penalty: "l1" }, /regularized, option penalty: .*got "l1"/],
  [{ beta: -1 }, /regularized, option beta: .*got -1/],
  [{ gamma: 1 }, /regularized: expected options among penalty, beta, lambda, got gamma/],
])("%o is refused by name", (options, message) => {
  expect(() => regularized(options)).toThrow(message);
});
