import { expect, test } from "vitest";
import type { Mixture } from "../evaluate/mixture.ts";
import { mixtureFromJson, mixtureToJson } from "./mixture-json.ts";

const mixture: Mixture = {
  size: 2,
  weights: Float32Array.of(0.25, 0.75),
  means: Float32Array.of(1, -2, Math.fround(1e-20), 3e8),
  factors: Float32Array.of(1, 0, Math.fround(-0.3), 2, 0.5, 0, 0, Math.fround(1e-12)),
};

test("a mixture comes back to the last bit, from a part of a larger buffer too", () => {
  expect(mixtureFromJson(mixtureToJson(mixture), "m.onnx")).toEqual(mixture);
  const byClass = { ...mixture, classes: Int32Array.of(1, 0) };
  expect(mixtureFromJson(mixtureToJson(byClass), "m.onnx")).toEqual(byClass);
  const means = Float32Array.of(9, ...mixture.means, 9).subarray(1, 5);
  expect(mixtureFromJson(mixtureToJson({ ...mixture, means }), "m.onnx")).toEqual(mixture);
});

test.each<[string, string]>([
  ["no JSON", "{"],
  ["another value", "null"],
  ["nothing in it", "{}"],
  ["a size that does not fit", mixtureToJson({ ...mixture, size: 3 })],
  ["no size", mixtureToJson({ ...mixture, size: 0 })],
  ["fewer means", mixtureToJson({ ...mixture, means: Float32Array.of(1, 2) })],
  ["fewer factors", mixtureToJson({ ...mixture, factors: Float32Array.of(1, 2) })],
  ["a weight below 0", mixtureToJson({ ...mixture, weights: Float32Array.of(-1, 2) })],
  ["no weight at all", mixtureToJson({ ...mixture, weights: Float32Array.of(0, 0) })],
  ["fewer classes than components", mixtureToJson({ ...mixture, classes: Int32Array.of(1) })],
  ["a class below 0", mixtureToJson({ ...mixture, classes: Int32Array.of(-1, 0) })],
  ["classes that are words", mixtureToJson(mixture).replace("}", ',"classes":["a","b"]}')],
  ["NaN", mixtureToJson({ ...mixture, weights: Float32Array.of(Number.NaN, 1) })],
])("%s is refused by the file's name", (_, text) => {
  expect(() => mixtureFromJson(text, "m.onnx")).toThrow(/m\.onnx, metadata: expected a mixture/);
});
