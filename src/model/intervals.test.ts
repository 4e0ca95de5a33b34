import { describe, expect, test } from "vitest";
import type { SeriesPoints } from "../data/source.ts";
import { intervalsIn } from "./intervals.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

function scored(scores: readonly number[], points: Partial<SeriesPoints> = {}) {
  const rows = Int32Array.from(scores.keys());
  return {
    scores: Float64Array.from(scores),
    shares: Float64Array.from(scores.flatMap((score, i) => [score / 4, i === 3 ? 9 : score / 2])),
    channels: ["heat", "load"],
    window: 4,
    points: { rows, series: new Int32Array(scores.length), names: ["m"], ...points },
  };
}

describe("runs above the threshold", () => {
  test("are one where few points are between them", () => {
    const scores = [0, 0, 5, 7, 0, 6, 0, 0, 0, 8, 5, 0];
    const found = intervalsIn(scored(scores), { threshold: 4, gap: 1 });
    expect(found.map(({ rows, above }) => [...rows, above])).toEqual([
      [2, 5, 3],
      [9, 10, 2],
    ]);
    expect(intervalsIn(scored(scores), { threshold: 4, gap: 3 }).map(({ rows }) => rows)).toEqual([
      [2, 10],
    ]);
    expect(intervalsIn(scored(scores), { threshold: 4, gap: 0 })).toHaveLength(3);
  });

  test("have a peak and channels to blame, by the mean share of the points above", () => {
    const [found] = intervalsIn(scored([0, 0, 4, 8, 0, 0]), { threshold: 3, gap: 0 });
    expect(found?.peak).toEqual({ score: 8, row: 3 });
    expect(found?.channels).toEqual([
      { name: "load", share: (2 + 9) / 2 },
      { name: "heat", share: (1 + 2) / 2 },
    ]);
  });

  test("are none where no score is above; a score at the threshold or not known is not", () => {
    expect(intervalsIn(scored([1, 2, 3, Number.NaN]), { threshold: 3, gap: 2 })).toEqual([]);
    expect(intervalsIn(scored([1, 2]), { threshold: Infinity, gap: 2 })).toEqual([]);
  });

  test("reach the ends of the series", () => {
    const found = intervalsIn(scored([9, 0, 0, 9]), { threshold: 3, gap: 0 });
    expect(found.map(({ rows }) => rows)).toEqual([
      [0, 0],
      [3, 3],
    ]);
  });
});

describe("ends", () => {
  const smeared = (errors: readonly number[], window: number) => ({
    ...scored(errors.map(() => 9)),
    shares: Float64Array.from(errors.flatMap((error) => [error, 0])),
    window,
  });

  test("lie where the points' own errors do, not where windows reach to", () => {
    const errors = [0.1, 0.1, 0.1, 8, 0.1, 9, 7, 0.1, 0.1];
    const [found] = intervalsIn(smeared(errors, 5), { threshold: 3, gap: 0 });
    expect([found?.rows, found?.above]).toEqual([[3, 6], 4]);
  });

  test("are cut by less than a window", () => {
    const errors = [0.1, 0.1, 0.1, 8, 9, 0.1, 0.1, 0.1];
    const [found] = intervalsIn(smeared(errors, 3), { threshold: 3, gap: 0 });
    expect(found?.rows).toEqual([2, 5]);
  });

  test("stay where errors are alike throughout", () => {
    const [found] = intervalsIn(smeared([2, 1, 3, 2, 2, 1], 5), { threshold: 3, gap: 0 });
    expect(found?.rows).toEqual([0, 5]);
  });

  test("stay where no share is above zero", () => {
    for (const errors of [
      [0, 0, 0],
      [-3, -1, -2],
    ]) {
      const [found] = intervalsIn(smeared(errors, 5), { threshold: 3, gap: 0 });
      expect(found?.rows).toEqual([0, 2]);
    }
  });
});

test("an interval is of one series", () => {
  const rows = Int32Array.of(0, 1, 2, 0, 1, 2);
  const series = Int32Array.of(0, 0, 0, 1, 1, 1);
  const two = scored([0, 0, 9, 9, 0, 0], { rows, series, names: ["a", "b"] });
  const found = intervalsIn(two, { threshold: 3, gap: 4 });
  expect(found.map(({ series: name, rows: [row] }) => [name, row])).toEqual([
    ["a", 2],
    ["b", 0],
  ]);
});

test("filled gaps are neither above nor in the way", () => {
  const rows = Int32Array.of(0, 1, -1, 2, 3, -1);
  const found = intervalsIn(scored([0, 9, 99, 9, 0, 99], { rows }), { threshold: 3, gap: 1 });
  expect(found.map((one) => [...one.rows, one.above, one.peak.score])).toEqual([[1, 2, 2, 9]]);
});

test("times say when; a long time without rows ends an interval", () => {
  const time = { name: "t", type: "datetime", step: 10 } as const;
  const times = Float64Array.from(upTo(6), (i) => 10 * i + (i > 3 ? 1000 : 0));
  const found = intervalsIn(scored([0, 9, 8, 9, 9, 0], { times, time }), { threshold: 3, gap: 2 });
  expect(found.map((one) => [one.times, one.peak.time])).toEqual([
    [[10, 30], 10],
    [[1040, 1040], 1040],
  ]);
});
