import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runGraph } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { FLOAT32 } from "../../test/tolerance.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { mean, square, sub, sum } from "../ops/index.ts";
import { keyAt } from "../random/bits.ts";
import { uniforms } from "../random/numbers.ts";
import type { Body } from "./body.ts";
import { conv } from "./conv.ts";

const autoencode = (scope: Scope, body: Body, x: Value, shape: readonly number[]): Value =>
  body.decode(scope.child("decoder"), body.encode(scope.child("encoder"), x, 5), shape);

/** The network with its first weights as constants, the names of those, and a batch of noise. */
function built(body: Body, shape: readonly number[], batch: number) {
  const x = input("x", "float32", ["batch", ...shape]);
  const weights = new Map<string, Value>();
  const scope = createScope({
    parameter: ({ name, shape: size, initial }) => {
      const data = initial(keyAt(1, weights.size), size);
      const value = constant(tensor("float32", data, size), name);
      weights.set(name, value);
      return value;
    },
    buffer: () => expect.fail("no buffers"),
    training: false,
  });
  const y = autoencode(scope, body, x, shape);
  const count = shape.reduce((a, b) => a * b, batch);
  const image = tensor("float32", uniforms(keyAt(2, 0), count), [batch, ...shape]);
  return { x, y, weights, fed: new Map([[x, image]]) };
}

describe("shapes", () => {
  test("halve on the way in and come back on the way out", () => {
    const x = input("x", "float32", ["batch", 28, 28, 1]);
    const { parameters } = specOf((scope) => autoencode(scope, conv([32, 64]), x, [28, 28, 1]));
    expect(parameters.map(({ name, shape }) => `${name} ${shape.join("×")}`)).toEqual([
      "encoder.0.weight 3×3×1×32",
      "encoder.0.bias 32",
      "encoder.1.weight 3×3×32×64",
      "encoder.1.bias 64",
      "encoder.code.weight 3136×5",
      "encoder.code.bias 5",
      "decoder.start.weight 5×3136",
      "decoder.start.bias 3136",
      "decoder.0.weight 3×3×32×64",
      "decoder.0.bias 32",
      "decoder.output.weight 3×3×1×32",
      "decoder.output.bias 1",
    ]);
  });

  test("a decoder may give several numbers a pixel", () => {
    const z = input("z", "float32", ["batch", 5]);
    specOf((scope) => {
      const y = conv([4, 8]).decode(scope, z, [7, 9, 6]);
      expect(y.shape).toEqual(["batch", 7, 9, 6]);
      return y;
    });
  });

  test("a dense layer beside the code, and normalization, add their parameters", () => {
    const x = input("x", "float32", ["batch", 8, 8, 3]);
    const body = conv([4], { hidden: 16, normalize: true, kernel: 4, activation: "gelu" });
    const { parameters } = specOf((scope) => autoencode(scope, body, x, [8, 8, 3]));
    const names = parameters.map(({ name }) => name);
    expect(names).toContain("encoder.hidden.weight");
    expect(names).toContain("decoder.hidden.norm.gain");
    expect(names).toContain("encoder.0.norm.gain");
    // A shift before the norm is not that after it.
    for (const name of ["encoder.0.bias", "encoder.0.norm.bias"]) expect(names).toContain(name);
    expect(new Set(names).size).toBe(names.length);
    expect(body.options).toEqual({
      channels: [4],
      hidden: 16,
      normalize: true,
      kernel: 4,
      activation: "gelu",
    });
    expect(JSON.parse(JSON.stringify(body.options))).toEqual(body.options);
  });
});

test.each([
  [[7, 5, 2], [3, 4], { kernel: 3 }, 1],
  [[7, 5, 2], [3, 4], { kernel: 3 }, 7],
  [[9, 12, 3], [2, 3, 4], { kernel: 4, hidden: 6, normalize: true, activation: "silu" }, 2],
  [[8, 8, 1], [33], { kernel: 5, activation: "tanh" }, 2],
] as const)("images of %j through %j, %o, batch %i", async (shape, channels, options, batch) => {
  const { x, y, weights, fed } = built(conv(channels, options), shape, batch);
  expect(y.shape).toEqual(["batch", ...shape]);
  const loss = mean(sum(square(sub(y, x)), { axes: [1, 2, 3] }));
  const outputs = [y, ...gradients(loss, [...weights.values()])];
  const expected = evaluate(outputs, fed);
  for (const [i, got] of (await runGraph(outputs, fed)).entries()) {
    expectClose(got, expected[i] as (typeof expected)[number], 20 * FLOAT32, String(i));
  }
  // Every parameter takes part.
  for (const [i, name] of [...weights.keys()].entries()) {
    const largest = Math.max(
      ...Array.from(expected[i + 1]?.data ?? [], (g) => Math.abs(Number(g))),
    );
    expect(largest, name).toBeGreaterThan(1e-9);
  }
});

test("first images are near zero, not far outside the range of pixels", async () => {
  const { y, fed } = built(conv([16, 32]), [28, 28, 1], 16);
  const [image] = (await runGraph([y], fed)) as [Tensor];
  const sizes = Array.from(image.data as Float32Array, Math.abs);
  expect(Math.max(...sizes)).toBeLessThan(2);
});

describe("refuses", () => {
  const encode = (shape: readonly number[], channels: readonly number[]) => () =>
    specOf((scope) => conv(channels).encode(scope, input("x", "float32", ["batch", ...shape]), 2));

  test.each([
    ["rows of numbers", [30], [32], "body.conv.shape"],
    ["images without a channel axis", [28, 28], [32], "body.conv.shape"],
    ["more layers than halvings", [28, 4, 1], [8, 8, 8], "body.conv.size"],
    ["no layers", [28, 28, 1], [], "body.conv.channels"],
  ])("%s", (_, shape, channels, code) => {
    expect(encode(shape, channels)).toThrow(expect.objectContaining({ code, fault: "input" }));
  });

  test("too many layers in words that say how many fit", () => {
    expect(encode([28, 28, 1], [8, 8, 8, 8, 8, 8])).toThrow(
      /at most 5 layers for images of 28 × 28, each halving them, got 6/,
    );
  });

  test("not the last halving that fits", () => {
    expect(encode([28, 4, 1], [8, 8])).not.toThrow();
    expect(encode([3, 3, 1], [8, 8])).not.toThrow();
  });
});
