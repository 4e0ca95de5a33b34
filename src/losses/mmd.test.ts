/** The discrepancy is unbiased, sees what differs, and stands extremes. */
import { describe, expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { runGraph } from "../../test/runtime.ts";
import { gradients } from "../autodiff/gradients.ts";
import { tensor } from "../base/tensor.ts";
import { input } from "../graph/value.ts";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { squaredMmd } from "./mmd.ts";

const DIMENSIONS = 3;
const x = input("x", "float32", ["batch", DIMENSIONS]);
const y = input("y", "float32", ["batch", DIMENSIONS]);
const value = squaredMmd(x, y);
const cloud = (seed: number, rows: number, change: (z: number, i: number) => number = (z) => z) =>
  tensor("float32", normals(keyAt(seed, 0), rows, DIMENSIONS).map(change), [rows, DIMENSIONS]);

function distances(rows: number, runs: number, change?: (z: number, i: number) => number) {
  const found = Array.from({ length: runs }, (_, run) => {
    const feeds = new Map([
      [x, cloud(2 * run, rows, change)],
      [y, cloud(2 * run + 1, rows)],
    ]);
    return Number(evaluate([value], feeds)[0]?.data[0]);
  });
  const center = found.reduce((a, b) => a + b, 0) / runs;
  const error = Math.sqrt(found.reduce((a, b) => a + (b - center) ** 2, 0) / (runs * (runs - 1)));
  return { center, error };
}

describe("between clouds of eight points", () => {
  const { center, error } = distances(8, 200);

  test("of one distribution it is 0 in the mean, and not above it", () => {
    // With the pairs of a point and itself it would be about 0.9.
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(center)).toBeLessThan(3 * error);
  });

  test.each<[string, (z: number, i: number) => number]>([
    ["another place", (z) => z + 1],
    ["another width", (z) => 0.3 * z],
    ["another width of one dimension", (z, i) => (i % DIMENSIONS === 0 ? 3 * z : z)],
  ])("of %s it is clearly more", (_, change) => {
    const other = distances(8, 60, change);
    expect(other.center).toBeGreaterThan(center + 4 * (error + other.error));
  });
});

test("one row has a distance and a gradient, and both are numbers", () => {
  const feeds = new Map([
    [x, cloud(1, 1)],
    [y, cloud(2, 1)],
  ]);
  for (const { data } of evaluate([value, ...gradients(value, [x])], feeds))
    for (const number of data) expect(Number(number)).toSatisfy(Number.isFinite);
});

test("points far out and close together stay within bounds in float32", async () => {
  const far = new Map([
    [x, cloud(1, 16, (z) => 1e4 + 1e-3 * z)],
    [y, cloud(2, 16, (z) => 1e4 + 1e-3 * z)],
  ]);
  const [distance, slope] = await runGraph([value, ...gradients(value, [x])], far);
  // Seven kernels of at most 1: near, far and across.
  expect(Math.abs(Number(distance?.data[0]))).toBeLessThanOrEqual(14);
  for (const number of slope?.data ?? []) expect(Number(number)).toSatisfy(Number.isFinite);
});
