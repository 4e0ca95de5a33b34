import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runGraph } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { FLOAT32 } from "../../test/tolerance.ts";
import { gradients } from "../autodiff/gradients.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import { createScope, specOf } from "../nn/scope.ts";
import { mean, square, sub, sum } from "../ops/index.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Body } from "./body.ts";
import type { SequenceOptions } from "./sequence.ts";
import { sequence } from "./sequence.ts";

const namesOf = (body: Body, shape: readonly number[]): readonly string[] => {
  const x = input("x", "float32", ["batch", ...shape]);
  const { parameters } = specOf((scope) => {
    const z = body.encode(scope.child("encoder"), x, 5);
    const y = body.decode(scope.child("decoder"), z, shape);
    expect([z.shape, y.shape]).toEqual([
      ["batch", 5],
      ["batch", ...shape],
    ]);
    return y;
  });
  return parameters.map(({ name, shape: size }) => `${name} ${size.join("×")}`);
};

describe("weights", () => {
  test("of convolutions: places of a span of steps, mirrored", () => {
    expect(namesOf(sequence([6, 8], { span: 4 }), [10, 2])).toEqual([
      "encoder.start.weight 8×6",
      "encoder.start.bias 6",
      "encoder.0.weight 3×6×6",
      "encoder.0.bias 6",
      "encoder.1.weight 3×6×8",
      "encoder.1.bias 8",
      "encoder.code.weight 24×5",
      "encoder.code.bias 5",
      "decoder.start.weight 5×24",
      "decoder.start.bias 24",
      "decoder.0.weight 3×8×8",
      "decoder.0.bias 8",
      "decoder.1.weight 3×8×6",
      "decoder.1.bias 6",
      "decoder.output.weight 6×8",
      "decoder.output.bias 8",
    ]);
  });

  test("of recurrent units: three gates side by side, the same at every step", () => {
    const names = namesOf(sequence([6], { cell: "gru", span: 1 }), [9, 2]);
    expect(names).toContain("encoder.0.input.weight 6×18");
    expect(names).toContain("encoder.0.state.weight 6×18");
    expect(names).toContain("decoder.0.start.weight 5×6");
    expect(names).toContain("decoder.0.input.weight 5×18");
    expect(namesOf(sequence([6], { cell: "gru", span: 1 }), [20, 2])).toEqual(names);
  });
});

const cases: readonly (readonly [
  readonly [number, number],
  readonly number[],
  SequenceOptions,
  number,
])[] = [
  [[16, 2], [4, 4, 4], { span: 2 }, 3],
  [[11, 1], [3, 5], { span: 4, kernel: 5, activation: "tanh" }, 1],
  [[7, 3], [4, 4, 2, 3], { span: 1 }, 2],
  [[6, 2], [4], { span: 8 }, 2],
  [[10, 2], [4, 3], { span: 3, cell: "gru" }, 3],
  [[5, 1], [3], { span: 1, cell: "gru" }, 1],
];

test.each(cases)(
  "windows of %j through %j, %o, batch %i",
  async (shape, widths, options, batch) => {
    const body = sequence(widths, options);
    const x = input("x", "float32", ["batch", ...shape]);
    const weights = new Map<string, Value>();
    const scope = createScope({
      parameter: ({ name, shape: size, initial }) => {
        const value = constant(
          tensor("float32", initial(keyAt(1, weights.size), size), size),
          name,
        );
        weights.set(name, value);
        return value;
      },
      buffer: () => expect.fail("no buffers"),
      training: false,
    });
    const y = body.decode(
      scope.child("decoder"),
      body.encode(scope.child("encoder"), x, 5, 1),
      shape,
    );
    const loss = mean(sum(square(sub(y, x)), { axes: [1, 2] }));
    const outputs = [y, ...gradients(loss, [...weights.values()])];
    const numbers = normals(keyAt(2, 0), batch, shape[0] * shape[1]);
    const fed = new Map([[x, tensor("float32", numbers, [batch, ...shape])]]);
    const expected = evaluate(outputs, fed);
    for (const [i, got] of (await runGraph(outputs, fed)).entries())
      expectClose(got, expected[i] as (typeof expected)[number], 50 * FLOAT32, String(i));
    // Every parameter takes part.
    for (const [i, name] of [...weights.keys()].entries()) {
      const sizes = Array.from(expected[i + 1]?.data ?? [], (g) => Math.abs(Number(g)));
      expect(Math.max(...sizes), name).toBeGreaterThan(1e-9);
    }
  },
);

test("a code sees the whole window: three dilated layers reach over sixteen places", async () => {
  const x = input("x", "float32", ["batch", 16, 1]);
  const scope = createScope({
    parameter: ({ shape, initial }) =>
      constant(tensor("float32", initial(keyAt(3, 0), shape), shape)),
    buffer: () => expect.fail("no buffers"),
    training: false,
  });
  const body = sequence([4, 4, 4], { span: 1 });
  const code = body.encode(scope, x, 2);
  const [toX] = gradients(sum(code), [x]);
  const fed = new Map([[x, tensor("float32", normals(keyAt(4, 0), 1, 16), [1, 16, 1])]]);
  const [found] = evaluate([toX as Value], fed);
  expect(Array.from(found?.data ?? [], Number).every((g) => g !== 0)).toBe(true);
});

describe("refuses", () => {
  test.each([
    [{ kernel: 4 }, /option kernel: expected an odd number.*got 4/],
    [{ cell: "gru", kernel: 3 }, /option kernel: expected cell conv.*got 3/],
    [{ cell: "gru", activation: "relu" }, /option activation: expected cell conv.*got relu/],
  ] as const)("%j", (options, message) => {
    expect(() => sequence([4], options)).toThrow(message);
  });

  test("no layers", () => {
    expect(() => sequence([])).toThrow(/option channels: expected the width/);
  });

  test.each([[[30]], [[28, 28, 1]]])("samples of %j, with what to take", (shape) => {
    expect(() => namesOf(sequence([4]), shape)).toThrow(
      /expected windows of \[steps, channels\].*\n.*--as series/,
    );
  });
});
