/** The first book, restarts and refusals; the oracle has the formulas. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { tensor } from "../base/tensor.ts";
import type { Body } from "../bodies/body.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { numbersLayout } from "../losses/layout.ts";
import { createScope } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { partsOf } from "./family.ts";
import type { VectorQuantizedOptions } from "./vector-quantized.ts";
import { vectorQuantized } from "./vector-quantized.ts";

/** What goes in comes out: the vectors are the rows' own numbers. */
const through: Body = {
  name: "through",
  options: {},
  encode: (_scope, x) => x,
  decode: (_scope, z) => z,
};

interface Buffers {
  readonly counts: Float32Array;
  readonly sums: Float32Array;
}

/** The loss of rows, and the buffers after it, by the evaluator. */
function stepOf(
  options: VectorQuantizedOptions,
  rows: Float32Array,
  latent: number,
  buffers?: Buffers,
  { training = true, draws }: { readonly training?: boolean; readonly draws?: Float32Array } = {},
) {
  const feeds = new Map<Value, ReturnType<typeof tensor>>();
  const updates = new Map<string, Value>();
  const base = createScope({
    training,
    ...(training ? { key: input("key", "uint32", [2]) } : {}),
    parameter: (spec) => input(spec.name, "float32", spec.shape),
    buffer: ({ name, shape, initial }) => {
      const value = input(name, "float32", shape);
      const held = name === "book.counts" ? buffers?.counts : buffers?.sums;
      feeds.set(
        value,
        tensor("float32", held ?? initial(atSite(keyAt(1, 0), feeds.size), shape), shape),
      );
      return value;
    },
    update: (name, value) => updates.set(name, value),
  });
  const scope: typeof base = {
    ...base,
    uniform: (x) => {
      const value = input("draws", "float32", x.shape);
      const count = x.shape[0] as number;
      const evenly = Float32Array.from({ length: count }, (_, i) => (i + 0.5) / count);
      feeds.set(value, tensor("float32", draws ?? evenly, [count]));
      return value;
    },
  };
  const count = rows.length / latent;
  const x = input("x", "float32", ["batch", latent]);
  feeds.set(x, tensor("float32", rows, [count, latent]));
  const parts = partsOf(scope, through, numbersLayout([latent], false), latent);
  const family = vectorQuantized(options);
  const { reconstruction, commitment } = family.loss(parts, { x });
  const names = [...updates.keys()].sort();
  const wanted = [
    reconstruction.value,
    commitment.value,
    family.encode(parts, { x }),
    ...names.map((name) => updates.get(name) as Value),
  ];
  const [error, distance, code, counts, sums] = evaluate(wanted, feeds).map(({ data }) => data);
  return { error, distance, code, counts, sums, names };
}

describe("the first batch", () => {
  const rows = normals(keyAt(1, 0), 8, 2);

  test("is the first book: with an entry a row nothing is lost", () => {
    const { error, distance, counts } = stepOf({ codes: 8, dimension: 2 }, rows, 2);
    // Smoothing moves entries by a hundred-thousandth.
    for (const value of [...(error ?? []), ...(distance ?? [])]) expect(value).toBeLessThan(1e-6);
    // Each entry was used once, which is its fair share.
    for (const count of counts ?? []) expect(count).toBeCloseTo(0.05 * 0.99 + 0.01, 6);
  });

  test("is not needed: before it the book is of random entries, used as they are", () => {
    const { code, names } = stepOf({ codes: 8, dimension: 2 }, rows, 2, undefined, {
      training: false,
    });
    expect(names).toEqual([]);
    expect(code?.every(Number.isFinite)).toBe(true);
    expect(new Set(code).size).toBeGreaterThan(2);
  });
});

describe("a dead entry", () => {
  const rows = Float32Array.of(1, 2, 3, 4);
  const buffers: Buffers = {
    counts: Float32Array.of(2, 0.01, 1),
    sums: Float32Array.of(0.8, 0.5, 3.5),
  };
  const options = { codes: 3, dimension: 1, restart: 0.1, decay: 0.5 };

  test.each([
    [2 ** -24, 1],
    [0.49, 2],
    [0.51, 3],
    [1 - 2 ** -24, 4],
  ])("goes to the vector that the draw %f points at, the others stay", (draw, vector) => {
    const draws = Float32Array.of(0.3, draw, 0.9);
    const { sums, counts } = stepOf(options, rows, 1, buffers, { draws });
    const entries = [0.4, vector, 3.5];
    // By hand: each row moves its nearest entry; an even use is 4 rows for 3 entries.
    const after = [2, 0.1, 1].map((count) => ({ count: count / 2, sum: 0 }));
    for (const [k, at] of after.entries()) at.sum = at.count * (entries[k] as number);
    for (const x of rows) {
      const distances = entries.map((entry) => (x - entry) ** 2);
      const at = after[distances.indexOf(Math.min(...distances))];
      if (at === undefined) continue;
      at.count += 0.5 * (3 / 4);
      at.sum += 0.5 * (3 / 4) * x;
    }
    for (const [k, { count, sum }] of after.entries()) {
      expect(counts?.[k]).toBeCloseTo(count, 6);
      expect(sums?.[k]).toBeCloseTo(sum, 5);
    }
  });

  test("stays dead outside training, where nothing may be drawn", () => {
    const { code, names } = stepOf(options, rows, 1, buffers, { training: false });
    expect(names).toEqual([]);
    // The dead one is at 50.
    for (const [row, entry] of [0.4, 3.5, 3.5, 3.5].entries())
      expect(code?.[row]).toBeCloseTo(entry, 2);
  });
});

describe("the size of a vector", () => {
  const symbolsOf = (latent: number, options: VectorQuantizedOptions = {}) => {
    const scope = createScope({
      training: false,
      parameter: (spec) => input(spec.name, "float32", spec.shape),
      buffer: (spec) => input(spec.name, "float32", spec.shape),
    });
    const x = input("x", "float32", ["batch", latent]);
    const parts = partsOf(scope, through, numbersLayout([latent], false), latent);
    return vectorQuantized(options).symbols?.(parts, { x }).index.shape[1];
  };

  test.each([
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 1],
    [5, 5],
    [6, 2],
    [8, 2],
    [10, 5],
    [32, 8],
  ])("makes of a latent of %i numbers %i symbols", (latent, positions) => {
    expect(symbolsOf(latent)).toBe(positions);
  });

  test("is what was asked for where it divides the latent, and refused where not", () => {
    expect(symbolsOf(12, { dimension: 6 })).toBe(2);
    const message =
      /vector-quantized, option dimension: expected a divisor of the latent, 10.*got 4.*latent of 12/s;
    expect(() => symbolsOf(10, { dimension: 4 })).toThrow(message);
    expect(() => vectorQuantized({ latent: 10, dimension: 4 })).toThrow(message);
  });
});

test.each<[object, RegExp]>([
  [{ codes: 1 }, /vector-quantized, option codes: .*got 1/],
  [{ decay: 1 }, /vector-quantized, option decay: .*got 1/],
  [{ restart: 0 }, /vector-quantized, option restart: .*got 0/],
  [{ commitment: -1 }, /vector-quantized, option commitment: .*got -1/],
])("%o is refused by name", (options, message) => {
  expect(() => vectorQuantized(options)).toThrow(message);
});
