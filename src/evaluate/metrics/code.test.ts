/** Metrics of codes, on a stub whose codes and symbols are the rows themselves. */
import { describe, expect, test } from "vitest";
import { runModel } from "../../../test/runtime.ts";
import { tensor } from "../../base/tensor.ts";
import type { Family, Parts } from "../../families/family.ts";
import { vanilla } from "../../families/vanilla.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { cast, square } from "../../ops/index.ts";
import { addSums } from "../program.ts";
import { activity } from "./activity.ts";
import { codeBook } from "./code-book.ts";
import type { Figures, MetricGroup, Sums, Totals } from "./metric.ts";
import { prediction } from "./prediction.ts";
import { sparsity } from "./sparsity.ts";

const WIDTH = 4;
const layout = { shape: [WIDTH], bounded: false, segments: [] };

/** What a group says of rows, and of their dimensions. */
async function measured(
  group: MetricGroup,
  rows: readonly (readonly number[])[],
  more: Partial<Family> = {},
  labels?: readonly (readonly number[])[],
): Promise<{ readonly figures: Figures; readonly dimensions: Readonly<Record<string, unknown>> }> {
  const x = input("x", "float32", ["batch", WIDTH]);
  const label = input("label", "float32", ["batch", 3]);
  const key = input("key", "uint32", [2]);
  const family: Family = { ...vanilla(), ...more };
  const parts = {} as Parts;
  const batch = labels === undefined ? { x } : { x, label };
  const network = { family, parts, key, partsAt: () => parts };
  const subject = { name: "model", layout, batch, codes: x, shown: x, network } as const;
  const outputs = Object.entries(group.measure?.(subject, {}) ?? {});
  const fed = (values: readonly (readonly number[])[], width: number) =>
    tensor("float32", Float32Array.from(values.flat()), [values.length, width]);
  const sums: Record<string, Record<string, number[]>> = {};
  // In two blocks, as the sums of blocks must add up.
  for (const [from, to] of outputs.length === 0
    ? []
    : ([
        [0, 2],
        [2, rows.length],
      ] as const)) {
    const out = await runModel(
      exportModel({
        name: "metric",
        inputs: [x, ...(labels === undefined ? [] : [label])],
        outputs: Object.fromEntries(outputs.map(([name, value]) => [`model.${name}`, value])),
      }),
      {
        x: fed(rows.slice(from, to), WIDTH),
        ...(labels === undefined ? {} : { label: fed(labels.slice(from, to), 3) }),
      },
    );
    addSums(sums, out as Parameters<typeof addSums>[1]);
  }
  const totals: Totals = {
    sums: (sums["model"] ?? {}) as Sums,
    rows: rows.length,
    latent: WIDTH,
    layout,
    family,
  };
  return {
    figures: group.figures?.(totals, {}) ?? {},
    dimensions: group.dimensions?.(totals) ?? {},
  };
}

/** Deviations 0.2, 0.05, 0, and one far from 0 that would drown in float32 squares. */
const ROWS = [
  [0.2, 0.05, 1, 5000.5],
  [-0.2, -0.05, 1, 5000],
  [0.2, 0.05, 1, 5000.5],
  [-0.2, -0.05, 1, 5000],
];

describe("active units", () => {
  test("are those whose variance over rows is above 0.01", async () => {
    const { figures, dimensions } = await measured(activity, ROWS, { can: { generate: true } });
    expect(figures).toEqual({ activeUnits: 2 });
    const deviation = dimensions["deviation"] as readonly number[];
    for (const [i, wanted] of [0.2, 0.05, 0, 0.25].entries())
      expect(deviation[i]).toBeCloseTo(wanted, 5);
  });

  test("are not counted where no prior gives a code its scale", async () => {
    const { figures, dimensions } = await measured(activity, ROWS);
    expect(figures).toEqual({});
    expect(dimensions).not.toHaveProperty("kl");
  });

  test("come with the mean divergence of each dimension", async () => {
    const { dimensions } = await measured(activity, ROWS, {
      divergence: (_parts, { x }) => square(x),
    });
    const kl = dimensions["kl"] as readonly number[];
    for (const [i, wanted] of [0.04, 0.0025, 1].entries()) expect(kl[i]).toBeCloseTo(wanted, 6);
  });
});

describe("sparsity", () => {
  const sparse = [
    [1, 0, 0, 0],
    [0, 2, 0, 0],
    [3, 1, 0, 0],
    [0, 0, 0, -1],
  ];

  test("counts units that are not 0, a row, and units that never are", async () => {
    expect((await measured(sparsity, sparse)).figures).toEqual({ l0: 5 / 4, deadUnits: 1 / 4 });
  });

  test("is not told of dense codes, nor of symbols", async () => {
    expect((await measured(sparsity, ROWS)).figures).toEqual({});
    const symbols: Family["symbols"] = (_parts, { x }) => ({ index: cast(x, "int64"), size: 4 });
    expect((await measured(sparsity, sparse, { symbols })).figures).toEqual({});
  });
});

test("a code book's use and perplexity", async () => {
  // Symbols 0 to 7: half of all are 0, a quarter 1, an eighth each 2 and 5.
  const { figures } = await measured(
    codeBook,
    [
      [0, 0, 0, 0],
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [2, 2, 5, 5],
    ],
    { symbols: (_parts, { x }) => ({ index: cast(x, "int64"), size: 8 }) },
  );
  expect(figures["codesUsed"]).toBe(0.5);
  expect(figures["perplexity"]).toBeCloseTo(2 ** 1.75, 6);
  expect((await measured(codeBook, ROWS)).figures).toEqual({});
});

describe("labels predicted", () => {
  const rows = [
    [9, 1, 1, 0],
    [1, 9, 1, 0],
    [1, 9, 1, 0],
    [1, 1, 9, 0],
  ];
  const labels = [
    [1, 0, 0],
    [0, 1, 0],
    [1, 0, 0],
    [0, 0, 0],
  ];

  test("are judged on the rows whose label is known, unseen by the classifier", async () => {
    const seen: unknown[] = [];
    const classify: Family["classify"] = (_parts, { x, label }) => {
      seen.push(label?.node.op.name);
      return x;
    };
    expect((await measured(prediction, rows, { classify }, labels)).figures).toEqual({
      labelAccuracy: 2 / 3,
    });
    expect(seen).toEqual(["Mul"]);
  });

  test("give no figure without labels or without a classifier", async () => {
    const none = labels.map((row) => row.map(() => 0));
    const classify: Family["classify"] = (_parts, { x }) => x;
    expect((await measured(prediction, rows, { classify }, none)).figures).toEqual({});
    expect((await measured(prediction, rows, { classify })).figures).toEqual({});
    expect((await measured(prediction, rows, {}, labels)).figures).toEqual({});
  });
});
