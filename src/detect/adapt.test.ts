import { expect, test } from "vitest";
import { keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { adaptiveAlarms } from "./adapt.ts";
import { alarmsOf, thresholdOf } from "./calibration.ts";

const scoresOf = (seed: number, rows: number, level = 1): Float32Array =>
  normals(keyAt(seed, 0), rows, 1).map((x) => level * Math.exp(0.4 * x));
const RULE = { by: "false-alarms", at: 0.01 } as const;
const calibration = scoresOf(1, 2000).sort();

const sum = (values: Uint8Array): number => values.reduce((total, one) => total + one, 0);

test("begins where the model's own threshold is", () => {
  const own = thresholdOf(calibration, RULE).value;
  expect(adaptiveAlarms(calibration, RULE, 2000).threshold()).toBe(own);
  expect(adaptiveAlarms(calibration, RULE, 500).threshold()).toBeCloseTo(own, 0);
});

test("scores come one at a time or all at once: the same alarms", () => {
  const scores = scoresOf(2, 3000, 1.4);
  const whole = adaptiveAlarms(calibration, RULE, 400);
  const all = whole.judge(scores);
  const single = adaptiveAlarms(calibration, RULE, 400);
  const parts = [7, 1, 250, 1000, 1742];
  const alarms: number[] = [];
  const pValues: number[] = [];
  let from = 0;
  for (const size of parts) {
    const judged = single.judge(scores.subarray(from, from + size));
    alarms.push(...judged.alarms);
    pValues.push(...judged.pValues);
    from += size;
  }
  expect(alarms).toEqual([...all.alarms]);
  expect(pValues).toEqual([...all.pValues]);
  expect(single.threshold()).toBe(whole.threshold());
});

test("after the level has changed, alarms come back to the promised share", () => {
  const adaptive = adaptiveAlarms(calibration, RULE, 1000);
  const shifted = scoresOf(3, 21_000, 3);
  const first = sum(adaptive.judge(shifted.subarray(0, 50)).alarms);
  adaptive.judge(shifted.subarray(50, 1000));
  const later = sum(adaptive.judge(shifted.subarray(1000)).alarms) / 20_000;
  expect(first).toBeGreaterThan(20);
  expect(later).toBeGreaterThan(0.007);
  expect(later).toBeLessThan(0.013);
  const fixed = sum(alarmsOf(shifted, calibration, thresholdOf(calibration, RULE)).alarms);
  expect(fixed / 21_000).toBeGreaterThan(0.3);
});

test("where nothing changes the share stays, over many refits: the threshold does not sink", () => {
  const adaptive = adaptiveAlarms(calibration, RULE, 500);
  const rates = Array.from(
    { length: 4 },
    (_, part) => sum(adaptive.judge(scoresOf(10 + part, 20_000)).alarms) / 20_000,
  );
  for (const rate of rates) {
    expect(rate).toBeGreaterThan(0.007);
    expect(rate).toBeLessThan(0.014);
  }
});

test("a single burst raises alarms, and does not move the threshold far", () => {
  const adaptive = adaptiveAlarms(calibration, RULE, 1000);
  const before = adaptive.threshold();
  expect(sum(adaptive.judge(new Float32Array(5).fill(40)).alarms)).toBe(5);
  adaptive.judge(scoresOf(4, 500));
  expect(adaptive.threshold()).toBeLessThan(2 * before);
});

test("a score that is none is no alarm, and is not remembered", () => {
  const adaptive = adaptiveAlarms(calibration, RULE, 100);
  const { pValues, alarms } = adaptive.judge(new Float32Array(300).fill(Number.NaN));
  expect(sum(alarms)).toBe(0);
  expect(pValues.every(Number.isNaN)).toBe(true);
  expect(Number.isFinite(adaptive.threshold())).toBe(true);
});

test("too few scores for the rule are refused at the start", () => {
  expect(() => adaptiveAlarms(calibration, RULE, 50)).toThrow("at least 99 rows");
});
