import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runGraph } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { FLOAT32 } from "../../test/tolerance.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import * as ops from "../ops/conv.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { conv2d, convTranspose2d } from "./conv.ts";
import type { Initializer } from "./initializers.ts";
import { glorot, he, normal, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";
import { createScope, specOf } from "./scope.ts";

const image = (channels: number): Value => input("x", "float32", ["batch", 7, 9, channels]);

describe("parameters", () => {
  test("of a convolution: kernel, then bias, by name", () => {
    const { parameters } = specOf((scope) => conv2d(scope.child("0"), image(2), 5));
    expect(parameters.map(({ name, shape, decays }) => [name, shape, decays])).toEqual([
      ["0.weight", [3, 3, 2, 5], true],
      ["0.bias", [5], false],
    ]);
    expect(parameters[1]?.initial).toBe(zeros);
  });

  test("of a transposed convolution: the kernel of the convolution it mirrors", () => {
    const { parameters } = specOf((scope) =>
      convTranspose2d(scope, image(5), 2, { kernel: 4, stride: 2, size: [14, 17], bias: false }),
    );
    expect(parameters.map(({ name, shape }) => [name, shape])).toEqual([["weight", [4, 4, 2, 5]]]);
  });

  test("start by the number of terms in a sum, and of sums an input enters", () => {
    const seen: (readonly [number, number])[] = [];
    const initial = (fanIn: number, fanOut: number) => {
      seen.push([fanIn, fanOut]);
      return glorot(fanIn, fanOut);
    };
    specOf((scope) => conv2d(scope, image(2), 8, { kernel: 4, stride: 2, initial }));
    specOf((scope) =>
      convTranspose2d(scope, image(8), 2, { kernel: 4, stride: 2, size: [14, 18], initial }),
    );
    // Down: 16 taps × 2 channels; each input lies under 16 / 4 windows of 8 channels. Up: the reverse.
    expect(seen).toEqual([
      [32, 32],
      [32, 32],
    ]);
    seen.length = 0;
    specOf((scope) => conv2d(scope, image(4), 8, { initial }));
    specOf((scope) => convTranspose2d(scope, image(4), 8, { stride: 3, size: [20, 26], initial }));
    expect(seen).toEqual([
      [36, 72],
      [4, 72],
    ]);
  });
});

/** A scope that draws each parameter by its own rule, or the one given, and remembers it. */
function drawn(rule?: Initializer): { scope: Scope; held: Map<string, Value> } {
  const held = new Map<string, Value>();
  const scope = createScope({
    parameter: ({ name, shape, initial }) => {
      const value = constant(
        tensor("float32", (rule ?? initial)(keyAt(1, held.size), shape), shape),
      );
      held.set(name, value);
      return value;
    },
    buffer: () => expect.fail("no buffers"),
    training: false,
  });
  return { scope, held };
}

function noise(shape: readonly [number, ...number[]]): Tensor {
  const width = shape.slice(1).reduce((a, b) => a * b, 1);
  return tensor("float32", normals(keyAt(2, 0), shape[0], width), shape);
}

function variance({ data }: { readonly data: ArrayLike<unknown> }): number {
  const values = Array.from(data, Number);
  return values.reduce((total, x) => total + x * x, 0) / values.length;
}

test.each([1, 7])("layers are their ops with their parameters, batch %i", async (batch) => {
  const { scope, held } = drawn(normal(1));
  const part = (name: string): Value => held.get(name) as Value;
  const x = image(2);
  const down = conv2d(scope.child("down"), x, 4, { stride: 2 });
  const up = convTranspose2d(scope.child("up"), down, 2, { stride: 2, size: [7, 9] });
  const half = ops.conv2d(x, part("down.weight"), { stride: 2, bias: part("down.bias") });
  const whole = ops.convTranspose2d(half, part("up.weight"), [7, 9], {
    stride: 2,
    bias: part("up.bias"),
  });
  const fed = new Map([[x, noise([batch, 7, 9, 2])]]);
  const expected = evaluate([half, whole], fed);
  expect(expected.map(({ shape }) => shape)).toEqual([
    [batch, 4, 5, 4],
    [batch, 7, 9, 2],
  ]);
  for (const [i, got] of (await runGraph([down, up], fed)).entries()) {
    expectClose(got, expected[i] as (typeof expected)[number], 10 * FLOAT32);
  }
});

test.each([
  ["conv2d", 1],
  ["conv2d", 2],
  ["convTranspose2d", 1],
  ["convTranspose2d", 2],
] as const)("%s with stride %i keeps the variance of its input", async (kind, stride) => {
  const { scope } = drawn();
  const x = input("x", "float32", ["batch", 12, 12, 16]);
  // Half of He's variance, 2 / fanIn, is what a linear layer keeps.
  const options = { kernel: 4, stride, initial: he };
  const size = [12 * stride, 12 * stride] as const;
  const y =
    kind === "conv2d"
      ? conv2d(scope, x, 16, options)
      : convTranspose2d(scope, x, 16, { ...options, size });
  const [got] = await runGraph([y], new Map([[x, noise([4, 12, 12, 16])]]));
  // Zeros around the image take a little away.
  expect(variance(got as Tensor)).toBeGreaterThan(1.4);
  expect(variance(got as Tensor)).toBeLessThan(2.3);
});
