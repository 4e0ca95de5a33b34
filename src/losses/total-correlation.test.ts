/** Codes of which the total correlation is known. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { gradients } from "../autodiff/gradients.ts";
import { tensor } from "../base/tensor.ts";
import { input } from "../graph/value.ts";
import { mean } from "../ops/index.ts";
import { totalCorrelation } from "./total-correlation.ts";

const z = input("z", "float64", ["batch", 2]);
const mu = input("mu", "float64", ["batch", 2]);
const logVar = input("logVar", "float64", ["batch", 2]);
const value = totalCorrelation(z, mu, logVar);
const outputs = [value, ...gradients(mean(value), [mu, logVar])];

function valuesAt(codes: readonly number[], centers: readonly number[], spread: number) {
  const matrix = (data: readonly number[]) =>
    tensor("float64", Float64Array.from(data), [data.length / 2, 2]);
  const [values, ...found] = evaluate(
    outputs,
    new Map([
      [z, matrix(codes)],
      [mu, matrix(centers)],
      [logVar, matrix(centers.map(() => spread))],
    ]),
  );
  return { values: Array.from(values?.data ?? [], Number), found };
}

describe("is", () => {
  test("0 where all rows have one posterior, whose dimensions are independent", () => {
    const { values } = valuesAt([0.3, -2, 1, 1, 0, 5], [1, -1, 1, -1, 1, -1], 0.4);
    for (const value of values) expect(value).toBeCloseTo(0, 12);
  });

  test("0 for sharp codes on the corners of a square", () => {
    const corners = [1, 1, 1, -1, -1, 1, -1, -1];
    for (const value of valuesAt(corners, corners, -12).values) expect(value).toBeCloseTo(0, 12);
  });

  test("log 2 for sharp codes on two ends of a diagonal: each dimension tells the other", () => {
    const ends = [1, 1, -1, -1];
    for (const value of valuesAt(ends, ends, -12).values)
      expect(value).toBeCloseTo(Math.log(2), 12);
  });
});

test("has a gradient for batches of any size", () => {
  const { found } = valuesAt([1, 1, -1, -0.5, 0.2, 0.1], [1, 0.7, -1, -0.5, 0, 0.4], -1);
  for (const gradient of found) {
    expect(gradient.shape).toEqual([3, 2]);
    expect(Array.from(gradient.data, Number).some((x) => Math.abs(x) > 1e-3)).toBe(true);
  }
});
