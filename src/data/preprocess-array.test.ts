import { describe, expect, test } from "vitest";
import { runModel } from "../../test/runtime.ts";
import { expectClose } from "../../test/support/compare.ts";
import { smallGrids, smallVectors } from "../../test/support/small-data.ts";
import type { Tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import { arrayPreprocessing, fitArray } from "./preprocess-array.ts";
import type { NumericArray } from "./source.ts";

/** Raw rows → features and raw rows again, by the graph of the saved model. */
async function throughGraph(rows: NumericArray, trained = rows) {
  const preprocessing = arrayPreprocessing(fitArray(trained, "rows"));
  const inputs = preprocessing.inputs();
  const compact = preprocessing.compactFrom(inputs);
  const { x, observed } = preprocessing.batch(compact, { complete: false });
  const model = exportModel({
    name: "preprocessing",
    inputs: Object.values(inputs),
    outputs: {
      x,
      ...(observed === undefined ? {} : { observed }),
      "compact.values": compact["values"] as NonNullable<typeof observed>,
      ...preprocessing.outputs(x),
    },
  });
  const out = await runModel(model, preprocessing.feeds(rows, "rows"));
  return { preprocessing, out, back: preprocessing.rows(out, rows.rows) as NumericArray };
}

describe("vectors", () => {
  const rows = smallVectors();

  test("come back from their features, gaps included", async () => {
    const { preprocessing, out, back } = await throughGraph(rows);
    // Six numbers and a flag for the third, which has gaps.
    expect(preprocessing.layout.shape).toEqual([7]);
    expect(preprocessing.partColumns).toEqual([0, 1, 2, 3, 4, 5, 2]);
    expect(out["compact.values"]).toEqual(preprocessing.ingest(rows, "rows")["values"]);
    const features = (out["x"] as Tensor<"float32">).data;
    for (const [i, value] of rows.data.entries()) {
      const [row, at] = [Math.floor(i / 6), i % 6];
      const found = back.data[i] as number;
      expect(Number.isNaN(found), `row ${row}, ${at}`).toBe(Number.isNaN(value));
      expect(features[row * 7 + 6]).toBe(Number(Number.isNaN(rows.data[row * 6 + 2])));
      if (Number.isNaN(value)) expect(features[row * 7 + at]).toBe(0);
      else
        expect(Math.abs(found - value)).toBeLessThanOrEqual(2e-5 * Math.max(1e-4, Math.abs(value)));
    }
  });

  test("with a feature that is always missing, or always the same", async () => {
    const data = Float64Array.from({ length: 90 }, (_, i) =>
      i % 3 === 0 ? Number.NaN : i % 3 === 1 ? 0.1 : i,
    );
    const { preprocessing, back } = await throughGraph({
      kind: "array",
      rows: 30,
      shape: [3],
      data,
    });
    expect(JSON.parse(JSON.stringify(preprocessing.schema))).toEqual(preprocessing.schema);
    expectClose({ shape: [90], data: back.data }, { shape: [90], data }, 1e-5);
  });

  test("of whole numbers come back whole", async () => {
    const data = Float32Array.from({ length: 60 }, (_, i) => (i * 7) % 23);
    const { back } = await throughGraph({ kind: "array", rows: 20, shape: [3], data });
    expect(Array.from(back.data, (x) => x + 0)).toEqual([...data]);
  });
});

describe("samples with axes", () => {
  test("come back in their shape, by one scale; gaps are filled and not counted", async () => {
    const rows = smallGrids();
    const holed = { ...rows, data: rows.data.map((x, i) => (i % 17 === 0 ? Number.NaN : x)) };
    const { preprocessing, out, back } = await throughGraph(holed);
    expect(preprocessing.layout.shape).toEqual([6, 5, 1]);
    expect((out["x"] as Tensor).shape).toEqual([rows.rows, 6, 5, 1]);
    expect((out["reconstruction"] as Tensor).shape).toEqual([rows.rows, 6, 5]);
    const observed = (out["observed"] as Tensor<"float32">).data;
    for (const [i, value] of holed.data.entries()) {
      expect(observed[i]).toBe(Number(!Number.isNaN(value)));
      if (!Number.isNaN(value)) expect(back.data[i]).toBeCloseTo(value, 3);
    }
  });

  test("of three axes are images of channels", async () => {
    const data = Float32Array.from({ length: 10 * 24 }, (_, i) => Math.sin(i));
    const rows: NumericArray = { kind: "array", rows: 10, shape: [4, 3, 2], data };
    const { preprocessing, back } = await throughGraph(rows);
    expect(preprocessing.layout.shape).toEqual([4, 3, 2]);
    expect(back.shape).toEqual([4, 3, 2]);
    for (const [i, value] of data.entries()) expect(back.data[i]).toBeCloseTo(value, 5);
  });
});

test("arrays of another kind or shape are refused", () => {
  const preprocessing = arrayPreprocessing(fitArray(smallVectors(), "rows"));
  expect(() => preprocessing.feeds(smallGrids(), "x.npy")).toThrow(
    /x\.npy: expected an array with 6 numbers a row, got 6 × 5 a row/,
  );
  const table = { kind: "table", rows: 0, columns: [] } as const;
  expect(() => preprocessing.feeds(table, "x.csv")).toThrow(/x\.csv: .*got a table/);
});
