/** Judging samples against scipy, numpy and scikit-learn (synthesis.py). */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import type { Matrix } from "../../src/base/tensor.ts";
import { areaUnderRoc } from "../../src/evaluate/detection/ranking.ts";
import {
  associationDistance,
  associationMatrix,
} from "../../src/evaluate/synthesis/associations.ts";
import type { Target } from "../../src/evaluate/synthesis/boosting.ts";
import { fitBoosting } from "../../src/evaluate/synthesis/boosting.ts";
import { fitCopula } from "../../src/evaluate/synthesis/copula.ts";
import type { CategoryField, Fields, NumberField } from "../../src/evaluate/synthesis/fields.ts";
import { columnDistances } from "../../src/evaluate/synthesis/marginals.ts";
import type { Nearest } from "../../src/evaluate/synthesis/nearest-records.ts";
import {
  nearestRows,
  nearestFigures,
  rememberedShare,
} from "../../src/evaluate/synthesis/nearest-records.ts";
import { normalQuantile } from "../../src/evaluate/synthesis/normal-quantile.ts";
import { createEngine } from "../../src/runtime/node.ts";

type Numbers = readonly (number | null)[];

interface Recording {
  readonly quantiles: readonly (readonly [number, number])[];
  readonly tables: {
    readonly words: Readonly<Record<string, number>>;
    readonly real: Readonly<Record<string, Numbers>>;
    readonly made: Readonly<Record<string, Numbers>>;
    readonly distances: readonly number[];
    readonly associations: Readonly<Record<"real" | "made", readonly number[]>>;
  };
  readonly copula: Readonly<Record<"x" | "y" | "k" | "ratios", readonly number[]>> & {
    readonly spearman: number;
  };
  readonly nearest: Readonly<
    Record<"train" | "heldOut" | "samples" | "distances", readonly number[]>
  > &
    Readonly<Record<"nearest" | "near" | "remembered" | "chance", number>>;
  readonly boosting: Readonly<
    Record<"fit" | "test", { readonly x: readonly Numbers[]; readonly k: readonly number[] }>
  > &
    Readonly<
      Record<
        "two" | "three",
        Readonly<Record<"fit" | "test", readonly number[]>> & { auroc: number }
      >
    > & { readonly number: Readonly<Record<"fit" | "test", readonly number[]>> & { r2: number } };
}

const recording = JSON.parse(
  readFileSync(new URL("./recorded/synthesis.json", import.meta.url), "utf8"),
) as Recording;

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

function numbers(name: string, values: Numbers): NumberField {
  return { kind: "number", name, values: Float64Array.from(values, (x) => x ?? Number.NaN) };
}

function category(name: string, codes: readonly number[], words: number): CategoryField {
  return { kind: "category", name, codes: Int32Array.from(codes), words };
}

test("normal quantiles", () => {
  for (const [p, wanted] of recording.quantiles)
    expect(Math.abs(normalQuantile(p) - wanted)).toBeLessThan(1e-13 * Math.max(1, -wanted));
});

describe("tables", () => {
  const { words, real, made, distances, associations } = recording.tables;
  const fieldsOf = (columns: Readonly<Record<string, Numbers>>): Fields => ({
    rows: Object.values(columns)[0]?.length ?? 0,
    fields: Object.entries(columns).map(([name, values]) => {
      const size = words[name];
      return size === undefined
        ? numbers(name, values)
        : category(name, values as readonly number[], size);
    }),
  });
  const [one, other] = [fieldsOf(real), fieldsOf(made)];

  test("columns lie as far apart", () => {
    const found = columnDistances(one, other);
    expect(found).toHaveLength(distances.length);
    for (const [i, x] of found.entries()) expect(x).toBeCloseTo(distances[i] as number, 12);
  });

  test("columns hang together as much", () => {
    const sides = { real: associationMatrix(one), made: associationMatrix(other) };
    for (const side of ["real", "made"] as const)
      for (const [i, x] of sides[side].entries())
        expect(x).toBeCloseTo(associations[side][i] as number, 10);
    const size = one.fields.length;
    const total = associations.real.reduce(
      (sum, x, i) => sum + Math.abs(x - (associations.made[i] as number)),
      0,
    );
    expect(associationDistance(sides.real, sides.made)).toBeCloseTo(
      total / (size * (size - 1)),
      10,
    );
  });
});

test("a copula's draws hang together as its rows do", () => {
  const { x, y, k, spearman, ratios } = recording.copula;
  const train: Fields = {
    rows: x.length,
    fields: [numbers("x", x), numbers("y", y), category("k", k, 4)],
  };
  const drawn = fitCopula(train).draw(20_000, 3);
  const found = associationMatrix(drawn);
  // 4,000 rows tell a correlation to about .01; the column's own order of categories is found.
  expect(Math.abs((found[1] as number) - spearman)).toBeLessThan(0.02);
  expect(Math.abs((found[2] as number) - (ratios[0] as number))).toBeLessThan(0.03);
  expect(Math.abs((found[5] as number) - (ratios[1] as number))).toBeLessThan(0.03);
  for (const distance of columnDistances(train, drawn)) expect(distance).toBeLessThan(0.02);
});

test("nearest records", async () => {
  const { train, heldOut, samples, distances, ...wanted } = recording.nearest;
  const [a, b, c] = [train, heldOut, samples].map((data): Matrix => ({
    rows: data.length / 3,
    columns: 3,
    data: Float32Array.from(data),
  })) as [Matrix, Matrix, Matrix];
  const [own, usual] = (await nearestRows(engine, a, [c, b])) as [Nearest, Nearest];
  const [toHeldOut] = (await nearestRows(engine, b, [c])) as [Nearest];
  for (const [i, x] of own.distances.entries()) expect(x).toBeCloseTo(distances[i] as number, 5);
  // The first twenty are copies: at no distance, not nearly none.
  expect(Math.max(...own.distances.subarray(0, 20))).toBe(0);
  const figures = nearestFigures(usual.distances, own.distances);
  expect(figures.nearest).toBeCloseTo(wanted.nearest, 4);
  expect(figures.near).toBeCloseTo(wanted.near, 12);
  const found = rememberedShare(own, toHeldOut, { train: 60, heldOut: 40 });
  expect(found.remembered).toBeCloseTo(wanted.remembered, 12);
  expect(found.chance).toBeCloseTo(wanted.chance, 2);
});

describe("gradient boosting is as good as scikit-learn's", () => {
  const { fit, test: judged, two, three, number } = recording.boosting;
  const fieldsOf = ({ x, k }: typeof fit): Fields => ({
    rows: k.length,
    fields: [...x.map((values, i) => numbers(String(i), values)), category("k", k, 6)],
  });
  const [rows, others] = [fieldsOf(fit), fieldsOf(judged)];
  const chances = (codes: readonly number[], classes: number): readonly Float64Array[] => {
    const target: Target = { kind: "class", codes: Int32Array.from(codes), classes };
    return fitBoosting(rows, target).predict(others);
  };

  test("two classes", () => {
    const [chance] = chances(two.fit, 2);
    expect(Math.abs((areaUnderRoc(chance ?? [], two.test) ?? 0) - two.auroc)).toBeLessThan(0.01);
  });

  test("three classes", () => {
    const found = chances(three.fit, 3);
    const areas = found.map(
      (chance, own) =>
        areaUnderRoc(
          chance,
          three.test.map((code) => Number(code === own)),
        ) ?? 0,
    );
    expect(Math.abs(areas.reduce((a, b) => a + b, 0) / 3 - three.auroc)).toBeLessThan(0.01);
    for (let row = 0; row < 20; row += 1)
      expect(found.reduce((sum, chance) => sum + (chance[row] as number), 0)).toBeCloseTo(1, 12);
  });

  test("numbers", () => {
    const [found] = fitBoosting(rows, {
      kind: "number",
      values: Float64Array.from(number.fit),
    }).predict(others);
    const mean = number.test.reduce((a, b) => a + b, 0) / number.test.length;
    const [error, spread] = [
      number.test.reduce((sum, y, i) => sum + (y - (found?.[i] as number)) ** 2, 0),
      number.test.reduce((sum, y) => sum + (y - mean) ** 2, 0),
    ];
    expect(Math.abs(1 - error / spread - number.r2)).toBeLessThan(0.02);
  });
});
