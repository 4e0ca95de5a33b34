/** The grid itself, which the oracle sees only a few points of, and refusals. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { tensor } from "../base/tensor.ts";
import type { Body } from "../bodies/body.ts";
import { input } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope } from "../nn/scope.ts";
import { partsOf } from "./family.ts";
import { finiteScalar } from "./finite-scalar.ts";

/** What goes in comes out: the code is that of the numbers themselves. */
const through: Body = {
  name: "through",
  options: {},
  encode: (_scope, x) => x,
  decode: (_scope, z) => z,
};

/** Codes and symbols of rows of `latent` numbers. */
function quantize(levels: readonly number[], rows: readonly (readonly number[])[]) {
  const latent = rows[0]?.length ?? 0;
  const scope = createScope({
    training: false,
    parameter: (spec) => input(spec.name, "float32", spec.shape),
    buffer: (spec) => input(spec.name, "float32", spec.shape),
  });
  const family = finiteScalar({ levels: [...levels] });
  const x = input("x", "float32", ["batch", latent]);
  const parts = partsOf(scope, through, numbersLayout([latent], false), latent);
  const symbols = family.symbols?.(parts, { x });
  const feeds = new Map([
    [x, tensor("float32", Float32Array.from(rows.flat()), [rows.length, latent])],
  ]);
  const [code, index] = evaluate(
    [family.encode(parts, { x }), ...(symbols ? [symbols.index] : [])],
    feeds,
  );
  return { code: [...(code?.data ?? [])], index: [...(index?.data ?? [])], size: symbols?.size };
}

describe.each([2, 3, 4, 5, 6, 7, 8, 9, 16])("%i levels", (count) => {
  const sweep = Array.from({ length: 4001 }, (_, i) => [(i - 2000) / 200]);
  const { code, index, size } = quantize([count], sweep);

  test("are all reached, in order, and no other, however far out", () => {
    expect(size).toBe(count);
    expect([...new Set(index)]).toEqual(Array.from({ length: count }, (_, i) => i));
    const half = Math.floor(count / 2);
    for (const [i, value] of code.entries())
      expect(value).toBeCloseTo(((index[i] as number) - half) / half, 6);
    expect(Math.min(...code)).toBe(-1);
    expect(Math.max(...code)).toBeCloseTo(count % 2 === 1 ? 1 : 1 - 2 / count, 6);
    const far = quantize([count], [[-1e30], [1e30]]);
    expect(far.index).toEqual([0, count - 1]);
  });

  test("have zero at zero", () => {
    expect(Math.abs(code[2000] as number)).toBe(0);
  });
});

test("every combination of levels is a symbol of its own", () => {
  // Far out to either side, and at zero: each number takes its first, middle and last level.
  const ends = [-9, 0, 9];
  const rows = ends.flatMap((a) => ends.flatMap((b) => ends.map((c) => [a, b, c])));
  const { index, size } = quantize([3, 3, 3], rows);
  expect(size).toBe(27);
  expect([...index].sort((a, b) => a - b)).toEqual(Array.from({ length: 27 }, (_, i) => i));
});

test("a code longer than its levels is several symbols, the last of them maybe short", () => {
  const { index, size } = quantize([3, 5], [[9, 9, -9, 9, 9]]);
  expect(size).toBe(15);
  expect(index).toEqual([14, 12, 2]);
});

test.each<[object, RegExp]>([
  [{ levels: [] }, /finite-scalar, option levels/],
  [{ levels: [5, 1] }, /finite-scalar, option levels\.1: .*got 1/],
  [{ levels: [2.5] }, /finite-scalar, option levels\.0: .*got 2\.5/],
  [{ levels: Array.from({ length: 9 }, () => 8) }, /number of symbols, is at most 16777216/],
  [{ level: [5] }, /finite-scalar: expected options among levels, got level/],
])("%o is refused by name", (options, message) => {
  expect(() => finiteScalar(options)).toThrow(message);
});
