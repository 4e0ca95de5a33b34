import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import type { Matrix } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { input } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Measure, Rule } from "./detector.ts";
import { FLOOR, RULES, SETS } from "./detector.ts";
import type { SeenRows } from "./fit.ts";
import { fitDetector } from "./fit.ts";
import { distancesInGraph, nearestInGraph, scoreInGraph } from "./graph.ts";

const [STEPS, CHANNELS, LATENT] = [6, 2, 3];
const SIZE = STEPS * CHANNELS;

const layout = {
  shape: [STEPS, CHANNELS],
  segments: [{ kind: "numbers", start: 0, size: CHANNELS }],
  bounded: false,
} as const satisfies Layout;

function matrixOf(rows: readonly (readonly number[])[]): Matrix {
  return { rows: rows.length, columns: rows[0]?.length ?? 0, data: Float32Array.from(rows.flat()) };
}

/** Windows whose second channel follows the first; a network that gives back half. */
function windows(count: number, stream = 0, follow = 1): SeenRows {
  const noise = normals(keyAt(7, stream), count, SIZE + 1 + LATENT);
  const at = (row: number, i: number): number => noise[row * (SIZE + 1 + LATENT) + i] as number;
  const x = Array.from({ length: count }, (_, row) =>
    Array.from({ length: SIZE }, (_, i) => {
      const height = Math.exp(0.7 * at(row, SIZE + 1));
      const first = height * Math.sin(at(row, SIZE) + Math.floor(i / CHANNELS));
      return (i % CHANNELS === 0 ? first : follow * first) + 0.05 * at(row, i);
    }),
  );
  const code = Array.from({ length: count }, (_, row) =>
    Array.from({ length: LATENT }, (_, i) => at(row, SIZE + 1 + i)),
  );
  return {
    x: matrixOf(x),
    code: matrixOf(code),
    shown: matrixOf(x.map((row) => row.map((value) => value / 2))),
  };
}

const fed = ({ data, rows, columns }: Matrix) => tensor("float32", data, [rows, columns]);

function distancesBy(measure: Measure, seen: SeenRows): Record<string, Float64Array> {
  const values = {
    x: input("x", "float32", ["batch", seen.x.columns]),
    code: input("code", "float32", ["batch", seen.code.columns]),
    shown: input("shown", "float32", ["batch", seen.x.columns]),
  };
  const found = distancesInGraph(measure, values, nearestInGraph(measure, values));
  const names = Object.keys(found) as (keyof typeof found)[];
  const out = evaluate(
    names.map((name) => found[name] as NonNullable<(typeof found)[typeof name]>),
    new Map([
      [values.x, fed(seen.x)],
      [values.code, fed(seen.code)],
      [values.shown, fed(seen.shown)],
    ]),
  );
  return Object.fromEntries(
    names.map((name, i) => [name, Float64Array.from(out[i]?.data as ArrayLike<number>)]),
  );
}

function scoreBy(rule: Rule, usual: Record<string, number>, given: Record<string, number[]>) {
  const names = Object.keys(given);
  const values = names.map((name) => input(name, "float32", ["batch"]));
  const score = scoreInGraph(
    { rule, usual },
    Object.fromEntries(names.map((name, i) => [name, values[i] as never])),
  );
  const feeds = values.map((value, i) => {
    const own = Float32Array.from(given[names[i] as string] as number[]);
    return [value, tensor("float32", own, [own.length])] as const;
  });
  const [found] = evaluate([score], new Map(feeds));
  return Array.from((found as NonNullable<typeof found>).data, Number);
}

/** a⁻¹ b by elimination. */
function solved(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const rows = a.map((row, i) => [...row, b[i] as number]);
  const n = b.length;
  for (let i = 0; i < n; i += 1) {
    const pivot = rows[i] as number[];
    for (let j = 0; j < n; j += 1) {
      if (i === j) continue;
      const row = rows[j] as number[];
      const factor = (row[i] as number) / (pivot[i] as number);
      for (let k = i; k <= n; k += 1) row[k] = (row[k] as number) - factor * (pivot[k] as number);
    }
  }
  return rows.map((row, i) => (row[n] as number) / (row[i] as number));
}

describe("of windows", () => {
  const fitted = windows(300);
  const measure = fitDetector(RULES.series, fitted, layout, keyAt(1, 0));
  const some = windows(5, 1);
  const found = distancesBy(measure, some);

  test("the spread is the Mahalanobis length of the residual", () => {
    const residual = (rows: SeenRows, row: number): number[] =>
      Array.from({ length: SIZE }, (_, i) => {
        const at = row * SIZE + i;
        return (rows.x.data[at] as number) - (rows.shown.data[at] as number);
      });
    const all = Array.from({ length: fitted.x.rows }, (_, row) => residual(fitted, row));
    const mean = all[0]?.map((_, i) => all.reduce((sum, row) => sum + (row[i] as number), 0) / 300);
    const covariance = Array.from({ length: SIZE }, (_, i) =>
      Array.from({ length: SIZE }, (_, j) =>
        all.reduce(
          (sum, row) =>
            sum +
            (((row[i] as number) - (mean?.[i] as number)) *
              ((row[j] as number) - (mean?.[j] as number))) /
              300,
          0,
        ),
      ),
    );
    const ridge = (0.01 * covariance.reduce((sum, row, i) => sum + (row[i] as number), 0)) / SIZE;
    const held = covariance.map((row, i) => row.map((one, j) => one + (i === j ? ridge : 0)));
    for (let row = 0; row < some.x.rows; row += 1) {
      const off = residual(some, row).map((value, i) => value - (mean?.[i] as number));
      const square = solved(held, off).reduce(
        (sum, value, i) => sum + value * (off[i] as number),
        0,
      );
      expect(found["spread"]?.[row]).toBeCloseTo(Math.sqrt(square / SIZE), 4);
    }
  });

  test("the global distance is the mean over draws of that to the nearest", () => {
    const { rows, sets, perSet } = measure.global;
    expect(sets * perSet).toBe(SETS.global.sets * SETS.global.perSet);
    for (let row = 0; row < some.x.rows; row += 1) {
      let total = 0;
      for (let set = 0; set < sets; set += 1) {
        let least = Infinity;
        for (let at = set * perSet; at < (set + 1) * perSet; at += 1) {
          let square = 0;
          for (let i = 0; i < SIZE; i += 1)
            square +=
              ((some.x.data[row * SIZE + i] as number) - (rows[at * SIZE + i] as number)) ** 2;
          least = Math.min(least, Math.sqrt(square));
        }
        total += least;
      }
      expect(found["global"]?.[row]).toBeCloseTo(total / sets, 3);
    }
  });

  test("the spread tells a window whose channels no longer go together", () => {
    const apart = distancesBy(measure, windows(15, 2, 0.7));
    const usual = distancesBy(measure, windows(15, 3));
    const middle = (values: Float64Array | undefined): number =>
      [...(values ?? [])].toSorted((a, b) => a - b)[7] as number;
    const [near, odd] = (["global", "spread"] as const).map(
      (name) => middle(apart[name]) / middle(usual[name]),
    ) as [number, number];
    expect(odd).toBeGreaterThan(2);
    expect(odd).toBeGreaterThan(1.5 * near);
  });

  test("a network that loses nothing leaves no noise to be blown up", () => {
    const perfect = { ...fitted, shown: fitted.x };
    const calm = fitDetector(RULES.series, perfect, layout, keyAt(1, 0));
    const rounded = { ...some, shown: { ...some.x, data: some.x.data.map((x) => x * (1 + 1e-6)) } };
    for (const distance of distancesBy(calm, rounded)["spread"] ?? [])
      expect(distance).toBeLessThan(0.01);
  });

  test("wide ones are whitened in blocks of whole channels that hold each number once", () => {
    const [steps, channels] = [40, 30];
    const wide = matrixOf(
      Array.from({ length: 20 }, (_, row) => [...normals(keyAt(3, row), 1, steps * channels)]),
    );
    const shape: Layout = { ...layout, shape: [steps, channels] };
    const { spread } = fitDetector(
      RULES.series,
      { x: wide, code: wide, shown: { ...wide, data: new Float32Array(wide.data.length) } },
      shape,
      keyAt(1, 0),
    );
    const blocks = spread?.blocks ?? [];
    const all = blocks.flatMap(({ features }) => [...features]);
    expect(all.toSorted((a, b) => a - b)).toEqual(all.map((_, i) => i));
    expect(all).toHaveLength(steps * channels);
    for (const { features } of blocks) {
      expect(features.length).toBeLessThanOrEqual(512);
      const owners = new Set(features.map((at) => at % channels));
      expect(features.length).toBe(owners.size * steps);
    }
  });
});

describe("the score", () => {
  const usual = { global: 2, spread: 0.5, local: 3 };

  test("of windows is the mean of eighth powers of ratios to the usual", () => {
    const [one, two] = scoreBy(RULES.series, usual, { global: [2, 6], spread: [0.5, 0.4] });
    expect(one).toBeCloseTo(1 + FLOOR, 5);
    expect(two).toBeCloseTo((((3 + FLOOR) ** 8 + (0.8 + FLOOR) ** 8) / 2) ** (1 / 8), 5);
  });

  test("of a window far beyond all is no infinity, also where numbers are single", () => {
    const [far] = scoreBy(RULES.series, usual, { global: [2e12], spread: [0.5] });
    expect(far).toBeCloseTo(1e12 * 2 ** (-1 / 8), -8);
    // What the graph raises to the power lies between 0 and 1.
    expect(Math.fround(1e12 ** 8)).toBe(Infinity);
  });

  test("of rows is the weighted geometric mean", () => {
    const [one, two] = scoreBy(RULES.rows, usual, { global: [2, 8], local: [3, 3] });
    expect(one).toBeCloseTo(1 + FLOOR, 5);
    expect(two).toBeCloseTo((4 + FLOOR) ** 0.7 * (1 + FLOOR) ** 0.3, 5);
  });
});
