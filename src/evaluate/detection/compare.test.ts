/** Controls beside a model's scores: who is measured, and what is said of it. */
import { expect, test } from "vitest";
import { keyAt } from "../../random/bits.ts";
import { normals } from "../../random/numbers.ts";
import { compareDetectors } from "./compare.ts";
import type { Points } from "./detector.ts";
import { detectionControls } from "./index.ts";
import { volumeUnderPr } from "./volume-under-pr.ts";

const COLUMNS = 4;
/** Usual rows lie near a plane, twenty unusual ones far off it. */
function rowsOf(count: number, unusual: number, seed: number): Points {
  const data = normals(keyAt(seed, 0), count, COLUMNS);
  for (let row = 0; row < count; row += 1) {
    const off = row < unusual ? 4 : 0;
    data[row * COLUMNS + 3] =
      (data[row * COLUMNS] as number) + 0.1 * (data[row * COLUMNS + 3] as number) + off;
  }
  return { rows: count, columns: COLUMNS, data };
}

const train = rowsOf(600, 0, 1);
const others = rowsOf(300, 20, 2);
const labels = Array.from({ length: others.rows }, (_, row) => Number(row < 20));

test("every control finds what lies far off, and the verdict says who won", () => {
  const perfect = labels.map((label, row) => label + row * 1e-6);
  const best = compareDetectors(train, others, labels, perfect);
  expect(Object.keys(best?.controls ?? {})).toEqual(Object.keys(detectionControls));
  for (const [name, { auroc }] of Object.entries(best?.controls ?? {}))
    expect(auroc, name).toBeGreaterThan(0.9);
  expect(best?.model).toEqual({ auroc: 1, averagePrecision: 1 });
  expect([best?.rows, best?.anomalies]).toEqual([300, 20]);
  expect(best?.verdict).toContain(
    "100.0 % of the time (AUROC), as often as by the strongest control",
  );

  const guess = normals(keyAt(5, 0), 1, others.rows);
  const worst = compareDetectors(train, others, labels, guess);
  expect(worst?.verdict).toContain("less often than by the strongest control");
});

test("labels that no score has to do with are called that", () => {
  const blind = Array.from({ length: others.rows }, (_, row) => Number(row > 20 && row % 5 === 0));
  const found = compareDetectors(train, others, blind, normals(keyAt(6, 0), 1, others.rows));
  expect(found?.verdict).toContain("not unusual to any of them");
});

test("labels of one kind are no labels", () => {
  const same = labels.map(() => 0);
  expect(compareDetectors(train, others, same, labels)).toBeUndefined();
});

test("same seed, same scores; another seed, other scores where there is chance", () => {
  for (const [name, { fit }] of Object.entries(detectionControls)) {
    const [first, again, other] = [3, 3, 4].map((seed) => fit(train, { seed }).score(others));
    expect(again, name).toEqual(first);
    if (name === "isolationForest") expect(other).not.toEqual(first);
  }
});

test("rows that are all alike, one column, a column that never varies", () => {
  const same: Points = { rows: 50, columns: 2, data: new Float32Array(100).fill(3) };
  const flat: Points = { ...train, data: train.data.map((x, i) => (i % COLUMNS === 1 ? 7 : x)) };
  const one: Points = { rows: 600, columns: 1, data: normals(keyAt(1, 1), 600, 1) };
  for (const points of [same, flat, one]) {
    for (const [name, { fit }] of Object.entries(detectionControls)) {
      const scores = fit(points).score(points);
      expect(scores.every(Number.isFinite), name).toBe(true);
    }
  }
});

test("numbers that are missing are refused", () => {
  const holed: Points = { ...train, data: train.data.with(5, NaN) };
  for (const { fit } of Object.values(detectionControls))
    expect(() => fit(holed)).toThrow(/row 1, column 1/);
});

test("a row among those searched is not its own neighbour", () => {
  const fitted = detectionControls.nearestNeighbours.fit(train);
  const fittedRow = Int32Array.from({ length: train.rows }, (_, row) => row);
  const own = fitted.score(train, { fittedRow });
  const counted = fitted.score(train);
  for (const [row, distance] of own.entries())
    expect(distance).toBeGreaterThan(counted[row] as number);
});

test("VUS-PR of 20,000 points and a hundred buffers takes no two seconds", () => {
  const points = 20_000;
  const scores = normals(keyAt(1, 0), 1, points);
  const marks = Array.from({ length: points }, (_, t) => Number(t % 400 < 40));
  const began = performance.now();
  const volume = volumeUnderPr(scores, marks, { buffer: 100 }) as number;
  expect(performance.now() - began).toBeLessThan(2000);
  // Chance finds as much as there is of labels and, by half, of ramps.
  expect(volume).toBeGreaterThan(0.1);
  expect(volume).toBeLessThan(0.4);
});
