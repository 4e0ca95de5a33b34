/** Scores of points beside sub-sequence PCA: what is judged, what is left out, who is said to win. */
import { expect, test } from "vitest";
import { keyAt } from "../../random/bits.ts";
import { normals } from "../../random/numbers.ts";
import type { Lanes } from "./compare-series.ts";
import { compareSeries } from "./compare-series.ts";
import { areaUnderRoc, averagePrecision } from "./ranking.ts";
import { fitSubsequencePca } from "./subsequence-pca.ts";
import { volumeUnderPr } from "./volume-under-pr.ts";

const POINTS = 600;
const ODD = [380, 400] as const;

/** A wave of period 25 and its shadow; in one stretch the shadow stands still. */
function wave(seed: number, odd: boolean): Float64Array {
  const noise = normals(keyAt(seed, 0), POINTS, 2);
  return Float64Array.from({ length: POINTS * 2 }, (_, i) => {
    const t = i >> 1;
    const still = odd && t >= ODD[0] && t < ODD[1] && i % 2 === 1;
    return Math.sin((2 * Math.PI * (still ? ODD[0] : t)) / 25 + (i % 2)) + 0.05 * (noise[i] ?? 0);
  });
}

function lanes(...values: readonly Float64Array[]): Lanes {
  return {
    values: Float64Array.from(values.flatMap((one) => [...one])),
    channels: 2,
    series: Int32Array.from({ length: values.length * POINTS }, (_, i) => Math.floor(i / POINTS)),
  };
}

const marks = Int8Array.from({ length: POINTS }, (_, t) => Number(t >= ODD[0] && t < ODD[1]));
const perfect = Float64Array.from(marks, (mark, t) => mark + t * 1e-6);
const usual = lanes(wave(1, false));
const judged = { lanes: lanes(wave(2, true)), marks, scores: perfect };

test("figures are those of the metrics, of the model and of sub-sequence PCA", () => {
  const found = compareSeries(usual, judged, { curves: true });
  expect(found?.of).toBe("points");
  expect([found?.rows, found?.anomalies]).toEqual([POINTS, 20]);
  expect(found?.model.auroc).toBe(1);
  const pca = fitSubsequencePca({ rows: POINTS, columns: 2, data: usual.values });
  const theirs = pca.score({ rows: POINTS, columns: 2, data: judged.lanes.values });
  const control = found?.controls.subsequencePca;
  expect(control?.auroc).toBe(areaUnderRoc(theirs, marks));
  expect(control?.averagePrecision).toBe(averagePrecision(theirs, marks));
  expect(control?.vusPr).toBeCloseTo(volumeUnderPr(theirs, marks, { buffer: 25 }) as number, 12);
  expect(control?.auroc).toBeGreaterThan(0.9);
  expect(found?.notes).toEqual([`Windows of sub-sequence PCA have ${pca.window} points.`]);
  expect(found?.curves?.model?.at(-1)).toEqual([1, 1]);
});

test("the verdict says who has the larger VUS-PR", () => {
  expect(compareSeries(usual, judged)?.verdict).toMatch(/: as much as .*simpler choice/);
  // Labels that no stretch shows, and a score that knows them.
  const hidden = Int8Array.from({ length: POINTS }, (_, t) => Number(t % 120 === 60));
  const told = { ...judged, marks: hidden, scores: Float64Array.from(hidden) };
  expect(compareSeries(usual, told)?.verdict).toMatch(/: more than sub-sequence PCA, \d/);
  const blind = { ...judged, scores: normals(keyAt(3, 0), 1, POINTS) };
  expect(compareSeries(usual, blind)?.verdict).toMatch(/: less than .*Use that/);
});

test("points without a label or a score are left out; with one kind left there is nothing to say", () => {
  const some = marks.map((mark, t) => (t < 50 ? -1 : mark));
  const scores = perfect.map((score, t) => (t === 300 ? Number.NaN : score));
  expect(compareSeries(usual, { ...judged, marks: some, scores })?.rows).toBe(POINTS - 51);
  const none = marks.map(() => 0);
  expect(compareSeries(usual, { ...judged, marks: none })).toBeUndefined();
});

test("no window of several series has points of two of them", () => {
  const far = wave(4, false).map((x) => x + 100);
  const both = lanes(wave(1, false), far);
  const twice = Int8Array.from({ length: 2 * POINTS }, (_, t) => marks[t % POINTS] as number);
  const found = compareSeries(both, {
    lanes: lanes(wave(2, true), far),
    marks: twice.fill(0, POINTS),
    scores: Float64Array.from(twice),
  });
  // A window over the jump would be far off, and the highest score of all.
  const pca = fitSubsequencePca(
    { rows: 2 * POINTS, columns: 2, data: both.values },
    { series: both.series },
  );
  const alone = pca.score({ rows: POINTS, columns: 2, data: wave(2, true) });
  const other = pca.score({ rows: POINTS, columns: 2, data: far });
  const expected = areaUnderRoc([...alone, ...other], twice);
  expect(found?.controls.subsequencePca?.auroc).toBe(expected);
});

test("missing values lie on straight lines, and a series shorter than a window has scores", () => {
  const whole = lanes(Float64Array.from({ length: 2 * POINTS }, (_, i) => (i >> 1) % 50));
  const holed = { ...whole, values: whole.values.slice() };
  holed.values[2 * 110] = Number.NaN;
  holed.values[2 * 111] = Number.NaN;
  const asked = { marks, scores: perfect };
  expect(compareSeries(whole, { ...asked, lanes: holed })).toEqual(
    compareSeries(whole, { ...asked, lanes: whole }),
  );
  const short: Lanes = {
    values: judged.lanes.values,
    channels: 2,
    series: Int32Array.from({ length: POINTS }, (_, t) => (t < POINTS - 5 ? 0 : 1)),
  };
  expect(compareSeries(usual, { ...asked, lanes: short })?.rows).toBe(POINTS);
});
