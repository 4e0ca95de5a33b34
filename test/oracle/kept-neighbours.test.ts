/** Trustworthiness and continuity against scikit-learn (kept-neighbours.py). */
import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import type { Matrix } from "../../src/base/tensor.ts";
import { neighboursKept } from "../../src/evaluate/metrics/kept-neighbours.ts";
import { createEngine } from "../../src/runtime/node.ts";

interface Recorded {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

type Case = Readonly<Record<"rows" | "view", Recorded>> &
  Readonly<Record<"trustworthiness" | "continuity", number>>;

const recording = JSON.parse(
  readFileSync(new URL("./recorded/kept-neighbours.json", import.meta.url), "utf8"),
) as Readonly<Record<string, Case>>;

const engine = createEngine({ threads: 1 });
afterAll(() => engine.close());

function matrixOf({ shape: [rows = 0, columns = 0], data }: Recorded): Matrix {
  return { rows, columns, data: Float32Array.from(data) };
}

test.each(Object.entries(recording))("%s: as scikit-learn", async (_, case_) => {
  const rows = matrixOf(case_.rows);
  const [found, itself] = await neighboursKept(engine, rows, [matrixOf(case_.view), rows]);
  // A pair of distances that float32 cannot tell apart may swap ranks.
  expect(found?.trustworthiness).toBeCloseTo(case_.trustworthiness, 3);
  expect(found?.continuity).toBeCloseTo(case_.continuity, 3);
  expect(itself).toEqual({ trustworthiness: 1, continuity: 1 });
});

test("rows that are all alike lose no neighbours, and what is no number has none", async () => {
  const same: Matrix = { rows: 30, columns: 3, data: new Float32Array(90).fill(2) };
  const line: Matrix = {
    rows: 30,
    columns: 1,
    data: Float32Array.from({ length: 30 }, (_, i) => i),
  };
  const broken: Matrix = { ...line, data: line.data.map((x) => (x === 7 ? NaN : x)) };
  const [kept] = await neighboursKept(engine, same, [line]);
  expect(kept?.trustworthiness).toBe(1);
  const [holed] = await neighboursKept(engine, line, [broken]);
  expect(holed?.trustworthiness).toBeGreaterThan(0.9);
  expect(holed?.trustworthiness).toBeLessThanOrEqual(1);
});
