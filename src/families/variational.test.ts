/** Options of the variational family: schedules, what is shown, what goes together, and log p(x). */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import {
  SIGMA,
  estimatedLogLikelihood,
  exactLogLikelihood,
} from "../../test/support/linear-gaussian.ts";
import { gradients } from "../autodiff/gradients.ts";
import { tensor } from "../base/tensor.ts";
import { dense } from "../bodies/dense.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { add, mean, mul, sum } from "../ops/index.ts";
import { partsOf } from "./family.ts";
import type { VariationalOptions } from "./variational.ts";
import { variational, variationalEntry } from "./variational.ts";

const layout = numbersLayout([4], false);

function schedulesOf(options: VariationalOptions) {
  const { schedules } = specOf((scope) =>
    variational(options).loss(partsOf(scope, dense([6]), layout, 2), {
      x: input("x", "float32", ["batch", 4]),
    }),
  );
  return schedules.map(({ name, at }) => [name, [0, 0.05, 0.5, 1].map(at)]);
}

describe("along the run", () => {
  test.each<[VariationalOptions, unknown]>([
    [{ capacity: 8 }, [["capacity", [0, 0.4, 4, 8]]]],
    [{ freeBits: 0.5 }, [["beta", [0, 0.5, 1, 1]]]],
    [
      { totalCorrelation: 4, beta: 2 },
      [
        ["beta", [0, 1, 2, 2]],
        ["totalCorrelation", [0, 2, 4, 4]],
      ],
    ],
    [{ samples: 5, warmUp: 0.05 }, [["beta", [0, 1, 1, 1]]]],
  ])("%o is weighed as told", (options, expected) => {
    expect(schedulesOf(options)).toEqual(expected);
  });
});

test.each<[VariationalOptions, readonly string[]]>([
  [{}, []],
  [{ samples: 1, freeBits: 0, totalCorrelation: 0 }, []],
  [{ capacity: 0 }, ["capacity"]],
  [{ freeBits: 0.1, totalCorrelation: 1 }, ["freeBits", "totalCorrelation"]],
  [{ samples: 2 }, ["importance"]],
])("with %o terms are shown that are there", (options, extra) => {
  expect(Object.keys(variational(options).terms)).toEqual(["reconstruction", "kl", ...extra]);
});

test("the options of a model say what acts, and make it again", () => {
  const { options } = variational({ capacity: 3 });
  expect(options).not.toHaveProperty("beta");
  expect(options).not.toHaveProperty("warmUp");
  expect(variationalEntry.create(options, {}).options).toEqual(options);
});

describe("refuses", () => {
  test.each<[VariationalOptions, RegExp]>([
    [{ gamma: 3 }, /option gamma: expected a capacity beside it.*got 3/],
    [{ capacity: 3, beta: 1 }, /option beta: expected none beside capacity.*got 1/],
    [{ capacity: 3, warmUp: 0.1 }, /option warmUp: expected none beside capacity.*got 0\.1/],
    [{ capacity: 3, freeBits: 0.1 }, /option freeBits: expected none beside capacity/],
    [{ capacity: 3, totalCorrelation: 1 }, /option totalCorrelation: expected none beside cap/],
    [{ capacity: 3, samples: 2 }, /option samples: expected 1 beside capacity.*got 2/],
    [{ samples: 2, beta: 2 }, /option beta: expected 1 beside several samples.*got 2/],
    [{ samples: 2, freeBits: 0.1 }, /option freeBits: expected none beside several samples/],
    [{ samples: 2, totalCorrelation: 1 }, /option totalCorrelation: expected none beside sev/],
    [{ samples: 0 }, /option samples: .*got 0/],
    [{ samples: 1.5 }, /option samples: .*got 1\.5/],
    [{ capacity: -1 }, /option capacity: .*got -1/],
  ])("%o", (options, message) => {
    expect(() => variational(options)).toThrow(message);
    expect(() => variational(options)).toThrow(
      expect.objectContaining({ code: "options.invalid", fault: "input" }),
    );
  });
});

test("a dimension below its free nats is left alone exactly, in float32 too", () => {
  const weights: Value[] = [];
  const scope = createScope({
    training: true,
    key: constant(tensor("uint32", Uint32Array.of(1, 2), [2])),
    parameter: ({ name, shape }) => {
      const size = shape.reduce((a, b) => a * b, 1);
      // Codes near the prior: their KL is small, and not 0.
      const data = Float32Array.from({ length: size }, (_, i) => 0.05 * Math.sin(i + size));
      const value = constant(tensor("float32", data, shape), name);
      if (name.startsWith("encoder")) weights.push(value);
      return value;
    },
    buffer: () => expect.fail("no buffers"),
  });
  const x = constant(tensor("float32", Float32Array.of(1, -1, 0.5, 2, 0, 1, 1, -2), [2, 4]));
  const terms = variational({ freeBits: 0.2 }).loss(partsOf(scope, dense([6]), layout, 2), { x });
  const { kl, freeBits } = terms as typeof terms & { freeBits: typeof terms.kl };
  const pressure = add(mean(kl.value), freeBits.value);
  const [shown, own, ...found] = evaluate(
    [pressure, mean(kl.value), ...gradients(mul(pressure, 1), weights).map((g) => sum(mul(g, g)))],
    new Map(),
  );
  expect(Number(own?.data[0])).toBeGreaterThan(1e-4);
  expect(Number(own?.data[0])).toBeLessThan(0.1);
  expect(Number(shown?.data[0])).toBeCloseTo(0.4, 7);
  expect(found.length).toBeGreaterThan(0);
  for (const { data } of found) expect(Number(data[0])).toBe(0);
});

test("the weights of importance sampling average to the likelihood", () => {
  const family = variational({ sigma: SIGMA, beta: 7 });
  const { estimate, error } = estimatedLogLikelihood(family, { latent: 2, draws: 10_000 });
  expect(error).toBeLessThan(0.05);
  expect(Math.abs(estimate - exactLogLikelihood(2))).toBeLessThan(3 * error);
});
