import { expect, test } from "vitest";
import { keyAt } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";
import {
  CALIBRATION_ROWS,
  alarmsOf,
  calibrationOf,
  expectedShare,
  falseAlarmsFor,
  pValueOf,
  thresholdOf,
  watchDrift,
} from "./calibration.ts";

/** Scores of one kind: skewed, as distances are. */
const scoresOf = (seed: number, rows: number, scale = 1): Float32Array =>
  normals(keyAt(seed, 0), rows, 1).map((x) => Math.exp(scale * x));

const rising = (...values: number[]): Float32Array => Float32Array.from(values);

test("thresholds by hand", () => {
  const scores = Float32Array.from({ length: 999 }, (_, i) => i + 1);
  // The 10th largest of 999: of 1,000 exchangeable rows at most 9 others lie above it.
  expect(thresholdOf(scores, { by: "false-alarms", at: 0.01 }).value).toBe(990);
  expect(thresholdOf(scores, { by: "false-alarms", at: 0.001 }).value).toBe(999);
  expect(thresholdOf(scores.slice(0, 99), { by: "false-alarms", at: 0.01 }).value).toBe(99);
  expect(thresholdOf(rising(1, 2, 3, 4, 5), { by: "quantile", at: 0.75 }).value).toBe(4);
  expect(thresholdOf(rising(1, 2, 4), { by: "quantile", at: 0.75 }).value).toBe(3);
  expect(thresholdOf(rising(1, 2, 4), { by: "contamination", at: 0.25 }).value).toBe(3);
  expect(thresholdOf(scores, { by: "score", at: 2.5 })).toEqual({
    by: "score",
    at: 2.5,
    value: 2.5,
  });
});

test.each([
  [{ by: "false-alarms", at: 0.001 }, 998, "at least 999 rows to promise at most 0.001"],
  [{ by: "false-alarms", at: 0.01 }, 98, "at least 99 rows"],
  [{ by: "false-alarms", at: 0 }, 10, "between 0 and 1"],
  [{ by: "contamination", at: 1 }, 10, "between 0 and 1"],
  [{ by: "quantile", at: Number.NaN }, 10, "between 0 and 1"],
  [{ by: "score", at: Infinity }, 10, "a number"],
] as const)("%o of %d rows is refused", (rule, rows, words) => {
  expect(() => thresholdOf(scoresOf(1, rows).sort(), rule)).toThrow(words);
});

test("as strict as few rows allow, and no stricter than 1 %", () => {
  expect(falseAlarmsFor(34)).toBe(1 / 35);
  expect(falseAlarmsFor(5000)).toBe(0.01);
  for (const rows of [1, 7, 34, 98, 99, 3000]) {
    const scores = scoresOf(rows, rows).sort();
    expect(() =>
      thresholdOf(scores, { by: "false-alarms", at: falseAlarmsFor(rows) }),
    ).not.toThrow();
  }
});

test("over 200 draws of calibration and new rows the mean rate of false alarms keeps the promise", () => {
  const rate = (rows: number, at: number): number => {
    let sum = 0;
    for (let draw = 0; draw < 200; draw += 1) {
      const calibration = scoresOf(2 * draw, rows).sort();
      const { value } = thresholdOf(calibration, { by: "false-alarms", at });
      const fresh = scoresOf(2 * draw + 1, 2000);
      sum += fresh.filter((score) => score > value).length / fresh.length / 200;
    }
    return sum;
  };
  // The mean over all draws is ⌊α(n + 1)⌋ / (n + 1): .01 for 999 and .0099 for 100; a mean of 200
  // draws is off by about .0002 and .0007.
  expect(rate(999, 0.01)).toBeGreaterThan(0.0092);
  expect(rate(999, 0.01)).toBeLessThan(0.0108);
  expect(rate(100, 0.01)).toBeGreaterThan(0.0072);
  expect(rate(100, 0.01)).toBeLessThan(0.0126);
  // Steps of 1/21: 5 % becomes 1/21, and never 2/21.
  expect(rate(20, 0.05)).toBeGreaterThan(0.04);
  expect(rate(20, 0.05)).toBeLessThan(0.055);
});

test("p-values of usual rows are uniform at the level of every threshold", () => {
  let [below1, below10] = [0, 0];
  for (let draw = 0; draw < 100; draw += 1) {
    const calibration = scoresOf(1000 + draw, 499).sort();
    for (const score of scoresOf(5000 + draw, 500)) {
      const p = pValueOf(calibration, score);
      if (p <= 0.01) below1 += 1 / 50_000;
      if (p <= 0.1) below10 += 1 / 50_000;
    }
  }
  expect(below1).toBeCloseTo(0.01, 2.5);
  expect(below10).toBeCloseTo(0.1, 2);
});

test("an alarm is a p-value of at most the share that was promised", () => {
  const calibration = scoresOf(3, 700).sort();
  for (const at of [0.002, 0.01, 0.0333, 0.2]) {
    const threshold = thresholdOf(calibration, { by: "false-alarms", at });
    const scores = Float32Array.from([...scoresOf(4, 500), ...calibration]);
    const { pValues, alarms } = alarmsOf(scores, calibration, threshold);
    expect([...alarms]).toEqual([...pValues].map((p) => (p <= at ? 1 : 0)));
  }
});

test("ties, the ends, and what has no score", () => {
  const calibration = rising(1, 2, 2, 3);
  const { pValues, alarms } = alarmsOf([0, 2, 2.5, 3, 4, Number.NaN], calibration, { value: 2.5 });
  expect([...pValues]).toEqual([1, 4 / 5, 2 / 5, 2 / 5, 1 / 5, Number.NaN]);
  expect([...alarms]).toEqual([0, 0, 0, 1, 1, 0]);
  // 2.1 is no float32: a score that is its nearest one lies not above it, as in the graph.
  expect(alarmsOf(rising(2.1), calibration, { value: 2.1 }).alarms[0]).toBe(0);
});

test("a calibration of many scores keeps their distribution", () => {
  const all = scoresOf(6, 50_000);
  const kept = calibrationOf(all);
  expect(kept.length).toBe(CALIBRATION_ROWS);
  expect([...kept]).toEqual(Array.from(kept.toSorted()));
  const sorted = all.toSorted();
  for (const at of [0.001, 0.01, 0.2]) {
    const { value } = thresholdOf(kept, { by: "false-alarms", at });
    const above = sorted.filter((score) => score > value).length / sorted.length;
    // The kept scores stand for 12 each.
    expect(Math.abs(above - at)).toBeLessThan(2 / CALIBRATION_ROWS);
  }
  expect(calibrationOf([2, Number.NaN, 1, Infinity])).toEqual(rising(1, 2));
});

test("how many alarms to expect where nothing is odd", () => {
  const calibration = rising(1, 2, 3, 4);
  const share = (by: "false-alarms" | "contamination" | "quantile" | "score", at: number) =>
    expectedShare({ by, at, value: 2 }, calibration);
  expect(share("false-alarms", 0.01)).toBe(0.01);
  expect(share("contamination", 0.02)).toBe(0.02);
  expect(share("quantile", 0.75)).toBe(0.25);
  expect(share("score", 2)).toBe(0.5);
});

function driftOf(calibration: Float32Array, scores: Float32Array, alike = 1) {
  const watch = watchDrift(calibration, { alike });
  for (const score of scores) watch.add(pValueOf(calibration, score));
  return watch.drift();
}

test("drift: silent on rows of the same kind, whatever their number", () => {
  for (let draw = 0; draw < 60; draw += 1) {
    const calibration = scoresOf(100 + draw, [30, 300, 4096][draw % 3] as number).sort();
    const found = driftOf(
      calibration,
      scoresOf(900 + draw, [50, 2048, 20_000][draw % 3] as number),
    );
    expect(found.drifted).toBe(false);
    expect(found.chance).toBeGreaterThan(1e-5);
  }
});

test("drift: told when scores rise or spread, not when they fall, and of how many rows half lie above", () => {
  const calibration = scoresOf(1, 2000).sort();
  const risen = driftOf(
    calibration,
    scoresOf(2, 2048).map((score) => 1.6 * score),
  );
  expect(risen.drifted).toBe(true);
  // log 1.6 = 0.47 standard deviations: above 68 % of what was usual.
  expect(risen.middle).toBeCloseTo(0.68, 1);
  const fallen = driftOf(
    calibration,
    scoresOf(3, 2048).map((score) => score / 1.6),
  );
  // Rows that the model was trained on lie nearer.
  expect(fallen.drifted).toBe(false);
  expect(fallen.middle).toBeCloseTo(0.32, 1);
  const spread = driftOf(calibration, scoresOf(4, 4000, 2));
  expect(spread).toMatchObject({ drifted: true });
  expect(spread.middle).toBeCloseTo(0.5, 1);
  const far = driftOf(
    calibration,
    scoresOf(5, 500).map((score) => 1000 * score),
  );
  expect(far.middle).toBeGreaterThan(0.99);
});

test("drift: a gap that is sure but small is none; a few rows prove nothing; points of a window count once", () => {
  const calibration = scoresOf(1, 4000).sort();
  const slight = driftOf(
    calibration,
    scoresOf(2, 100_000).map((score) => 1.15 * score),
  );
  expect(slight.gap).toBeLessThan(0.1);
  expect(slight.drifted).toBe(false);
  expect(
    driftOf(
      calibration,
      scoresOf(3, 5).map((score) => 9 * score),
    ).drifted,
  ).toBe(false);
  const shifted = scoresOf(4, 1000).map((score) => 1.5 * score);
  expect(driftOf(calibration, shifted).drifted).toBe(true);
  expect(driftOf(calibration, shifted, 64).drifted).toBe(false);
});

test("drift: the chance of a gap is Smirnov's", () => {
  // Chances of gaps from one sample of 400 against 4,000, over many draws, against their share.
  const calibration = uniforms(keyAt(7, 0), 4000).sort();
  const chances = Array.from(
    { length: 300 },
    (_, draw) => driftOf(calibration, uniforms(keyAt(8, draw), 400)).chance,
  );
  const below = chances.filter((chance) => chance < 0.2).length / 300;
  expect(below).toBeGreaterThan(0.1);
  expect(below).toBeLessThan(0.3);
});
