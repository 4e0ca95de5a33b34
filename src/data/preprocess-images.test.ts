import { expect, test } from "vitest";
import { runModel } from "../../test/runtime.ts";
import { smallImages } from "../../test/support/small-data.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import { imagePreprocessing } from "./preprocess-images.ts";

const images = smallImages(12, 8, 3);
const preprocessing = imagePreprocessing({ kind: "images", height: 8, width: 8, channels: 3 });

test("bytes become numbers in [0, 1] and come back exactly", async () => {
  const inputs = preprocessing.inputs();
  const { x } = preprocessing.batch(preprocessing.compactFrom(inputs), { complete: false });
  const model = exportModel({
    name: "preprocessing",
    inputs: Object.values(inputs),
    outputs: { x, ...preprocessing.outputs(x) },
  });
  const every = { ...images, data: images.data.map((_, i) => i % 256) };
  const out = await runModel(model, preprocessing.feeds(every, "rows"));
  const { data, shape } = out["x"] as Tensor<"float32">;
  expect(shape).toEqual([12, 8, 8, 3]);
  for (const [i, value] of every.data.entries()) expect(data[i]).toBeCloseTo(value / 255, 6);
  expect(preprocessing.rows(out, 12)).toEqual(every);
});

test("a reconstruction outside the bytes is cut, and rounded, not wrapped", () => {
  const values = Float32Array.of(-3, -0.4, 0.4, 0.6, 254.6, 255.4, 300, Number.NaN);
  const data = new Float32Array(8 * 8 * 3);
  data.set(values);
  const { data: bytes } = preprocessing.rows(
    { reconstruction: tensor("float32", data, [1, 8, 8, 3]) },
    1,
  ) as { data: Uint8Array };
  expect(Array.from(bytes.slice(0, 8))).toEqual([0, 0, 0, 1, 255, 255, 255, 0]);
});

test("images of another size, and other kinds, are refused with the way out", () => {
  expect(() => preprocessing.feeds(smallImages(1, 9, 3), "faces/")).toThrow(
    /faces\/: expected images of 8 × 8 with 3 channels, got images of 9 × 9 with 3[^]*--size 8x8/,
  );
  expect(() => preprocessing.feeds(smallImages(1, 8, 1), "faces/")).toThrow(
    /got images of 8 × 8 with 1/,
  );
  const table = { kind: "table", rows: 0, columns: [] } as const;
  expect(() => preprocessing.feeds(table, "x.csv")).toThrow(/got a table/);
});
