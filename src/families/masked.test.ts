/** What the oracle and the contract suite do not see: how many are hidden, in any layout; refusals. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Body } from "../bodies/body.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf, numbersLayout } from "../losses/layout.ts";
import { createScope } from "../nn/scope.ts";
import { mul } from "../ops/arithmetic.ts";
import { slice } from "../ops/select.ts";
import { concat, flatten, reshape } from "../ops/shape.ts";
import { partsOf } from "./family.ts";
import type { MaskedOptions } from "./masked.ts";
import { masked } from "./masked.ts";

const ROWS = 50;
/** Two numbers, the second's missing-or-not, a category of three. */
const table: Layout = {
  shape: [6],
  bounded: false,
  columns: [4, 7, 7, 2],
  segments: [
    { kind: "numbers", start: 0, size: 2 },
    { kind: "flags", start: 2, size: 1 },
    { kind: "category", start: 3, size: 3 },
  ],
};

/** What the encoder sees of rows of ones, a row each, and the loss and score of a decoder of zeros. */
function run(options: MaskedOptions, layout: Layout) {
  const inputs: Value[] = [];
  const body: Body = {
    name: "spy",
    options: {},
    encode: (_scope, x) => {
      inputs.push(x);
      return slice(flatten(x), 0, 2);
    },
    decode: (_scope, z, shape) => {
      // Zeros, whatever the code.
      const nothing = mul(slice(z, 0, 1), 0);
      return reshape(
        concat(
          Array.from({ length: featuresOf(layout) }, () => nothing),
          1,
        ),
        [-1, ...shape],
      );
    },
  };
  const key = input("key", "uint32", [2]);
  const scope = createScope({
    training: false,
    key,
    parameter: ({ name, shape }) => input(name, "float32", shape),
    buffer: ({ name, shape }) => input(name, "float32", shape),
  });
  const x = input("x", "float32", ["batch", ...layout.shape]);
  const family = masked(options);
  const parts = partsOf(scope, body, layout, 2);
  const { reconstruction } = family.loss(parts, { x });
  const { score } = family.score(parts, { x });
  const size = ROWS * featuresOf(layout);
  const feeds = new Map<Value, Tensor>([
    [key, tensor("uint32", Uint32Array.of(5, 9), [2])],
    [x, tensor("float32", new Float32Array(size).fill(1), [ROWS, ...layout.shape])],
  ]);
  const [seen, loss, scores] = evaluate(
    [flatten(inputs[0] as Value), reconstruction.value, score],
    feeds,
  );
  const all = Array.from(seen?.data ?? []);
  const width = all.length / ROWS;
  return {
    seen: Array.from({ length: ROWS }, (_, row) => all.slice(row * width, (row + 1) * width)),
    loss: Array.from(loss?.data ?? []),
    scores: Array.from(scores?.data ?? []),
  };
}

test.each([
  [0.3, 1],
  [0.5, 2],
  [0.9, 2],
])(
  "ratio %d of three columns hides %d, a number with its flag, a category whole",
  (ratio, hidden) => {
    const { seen } = run({ ratio }, table);
    const boost = Math.fround(3 / (3 - hidden));
    const patterns = new Set<string>();
    for (const row of seen) {
      const [first, second, flag, ...rest] = row as [number, number, number, ...number[]];
      expect(flag).toBe(second);
      expect(new Set(rest.slice(0, 3)).size).toBe(1);
      const shown = [first, second, rest[0]];
      expect(shown.filter((value) => value === 0).length).toBe(hidden);
      for (const value of shown) expect([0, boost]).toContain(value);
      // Beside them, what is hidden: columns in the order of the features.
      expect(rest.slice(3)).toEqual(shown.map((value) => (value as number) - 1));
      patterns.add(shown.join());
    }
    expect(patterns.size).toBe(3);
  },
);

describe("images", () => {
  const layout = numbersLayout([5, 7, 2], true);

  test("hide whole patches, all channels of them, and say so in a channel more", () => {
    // 2 × 3 patches of 3 × 3, smaller at the edge, of which 0.75 are 5 (4.5 rounded).
    for (const row of run({ patch: 3 }, layout).seen) {
      const hidden = new Set<string>();
      const places = new Map<string, Set<number>>();
      for (let y = 0; y < 5; y += 1) {
        for (let x = 0; x < 7; x += 1) {
          const [red, green, sign] = row.slice((y * 7 + x) * 3) as [number, number, number];
          expect(green).toBe(red);
          expect(sign).toBe(red - 1);
          const patch = `${Math.floor(y / 3)},${Math.floor(x / 3)}`;
          places.set(patch, (places.get(patch) ?? new Set()).add(red));
          if (red === 0) hidden.add(patch);
        }
      }
      expect(hidden.size).toBe(5);
      for (const values of places.values()) expect(values.size).toBe(1);
    }
  });

  test("have a loss of a whole row's scale, and a score that sees every part once", () => {
    // Guessing 0 for ones costs 1 a pixel: 70 a row, and on average as much for what is hidden.
    const { loss, scores } = run({ ratio: 0.4, patch: 2 }, layout);
    const mean = loss.reduce((sum, value) => sum + value, 0) / ROWS;
    expect(Math.abs(mean - 70)).toBeLessThan(5);
    for (const score of scores) expect(score).toBeCloseTo(70, 4);
  });

  test.each([0.05, 0.3, 0.5, 0.55, 0.8, 0.99])(
    "are scored by every part alike at ratio %d",
    (ratio) => {
      for (const score of run({ ratio }, layout).scores) expect(score).toBeCloseTo(70, 4);
    },
  );
});

test("refuses what it cannot hide by name", () => {
  expect(() => run({ patch: 2 }, table)).toThrow(
    /masked, option patch: expected images .*got rows/,
  );
  const image = numbersLayout([4, 4, 1], true);
  expect(() => run({ patch: 4 }, image)).toThrow(/option patch: expected patches smaller .*4 × 4/);
  expect(() => run({}, numbersLayout([1], false))).toThrow(/masked: expected at least 2 columns/);
  expect(() => masked({ ratio: 1 })).toThrow(/masked, option ratio: .*got 1/);
  expect(() => masked({ patch: 1.5 })).toThrow(/masked, option patch: .*got 1\.5/);
});
