import { describe, expect, test } from "vitest";
import type { PointOptions, RawSeries } from "./series-points.ts";
import { layPoints, stepText } from "./series-points.ts";

const MINUTE = 60_000;
const NAN = Number.NaN;

/** One channel whose values are the rows' numbers, at the given minutes. */
function at(minutes: readonly number[], more: Partial<RawSeries> = {}): RawSeries {
  return {
    name: "a",
    rows: Int32Array.from(minutes.keys()),
    times: Float64Array.from(minutes, (minute) => minute * MINUTE),
    values: Float64Array.from(minutes.keys()),
    ...more,
  };
}

function lay(series: RawSeries | readonly RawSeries[], options: Partial<PointOptions> = {}) {
  const all = Array.isArray(series) ? (series as readonly RawSeries[]) : [series as RawSeries];
  return layPoints(all, {
    place: "m.csv",
    window: 8,
    channels: 1,
    time: { name: "when", type: "datetime" },
    ...options,
  });
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe("regular rows", () => {
  test("stay as they are, and nothing is said", () => {
    const { values, points, pieces, notes } = lay(at(upTo(20)));
    expect([...values]).toEqual(upTo(20));
    expect([...points.rows]).toEqual(upTo(20));
    expect([...(points.times ?? [])]).toEqual(upTo(20).map((i) => i * MINUTE));
    expect(points.time).toEqual({ name: "when", type: "datetime", step: MINUTE });
    expect(pieces).toEqual([[0, 20]]);
    expect(notes).toEqual([]);
  });

  test("jitter of less than half a step changes nothing", () => {
    const { points, pieces, notes } = lay(at(upTo(20).map((i) => i + 0.2 * Math.sin(5 * i))));
    expect([...points.rows]).toEqual(upTo(20));
    expect(pieces).toEqual([[0, 20]]);
    expect(notes).toEqual([]);
  });

  test("in any order are sorted with values and labels, and it is said how many were not", () => {
    const minutes = [...upTo(10).map((i) => i + 10), ...upTo(10)];
    const labels = minutes.map((minute) => `m${minute}`);
    const { values, points, notes } = lay(at(minutes, { labels }));
    expect([...values]).toEqual([...upTo(10).map((i) => i + 10), ...upTo(10)]);
    expect([...points.rows]).toEqual([...values]);
    expect(points.labels).toEqual(upTo(20).map((i) => `m${i}`));
    expect(notes).toEqual(['rows sorted by "when": 1 time came before the time above']);
  });

  test("with equal times keep their order, one step each", () => {
    const minutes = upTo(20);
    minutes[5] = 4;
    minutes[6] = 4;
    const { points, notes, pieces } = lay(at(minutes));
    expect([...points.rows].filter((row) => row >= 0)).toEqual(upTo(20));
    expect(notes[0]).toBe("2 rows of 20 with the time of the row before: kept, one step each");
    expect(pieces).toHaveLength(1);
  });
});

describe("gaps", () => {
  test("of a quarter of a window at most are filled with missing values", () => {
    // Rows at 0–9, 12–30: two steps are missing, as many as fit into a window of 8.
    const minutes = [...upTo(10), ...upTo(19).map((i) => i + 12)];
    const { values, points, pieces, notes } = lay(at(minutes, { labels: minutes.map(String) }));
    expect([...points.rows].slice(8, 14)).toEqual([8, 9, -1, -1, 10, 11]);
    expect([...values].slice(8, 14)).toEqual([8, 9, NAN, NAN, 10, 11]);
    expect(points.labels?.slice(8, 14)).toEqual(["8", "9", null, null, "12", "13"]);
    expect([...(points.times ?? [])]).toEqual(upTo(31).map((i) => i * MINUTE));
    expect(pieces).toEqual([[0, 31]]);
    expect(notes).toEqual([
      "2 steps (1 min) without a row, in gaps of at most 2: taken as missing, which counts for nothing",
    ]);
  });

  test("that are longer cut", () => {
    const minutes = [...upTo(10), ...upTo(19).map((i) => i + 13)];
    const { points, pieces, notes } = lay(at(minutes));
    expect([...points.rows]).toEqual(upTo(29));
    expect(pieces).toEqual([
      [0, 10],
      [10, 29],
    ]);
    expect(notes).toEqual([
      "cut at 1 longer gap, the longest of 3 steps (1 min): no window spans them",
    ]);
  });

  test("leave pieces shorter than a window, filled up in front so that no row is lost", () => {
    const minutes = [...upTo(10), ...upTo(3).map((i) => i + 50), ...upTo(10).map((i) => i + 90)];
    const { values, points, pieces, notes } = lay(at(minutes));
    expect(pieces).toEqual([
      [0, 10],
      [10, 18],
      [18, 28],
    ]);
    expect([...points.rows].slice(10, 18)).toEqual([-1, -1, -1, -1, -1, 10, 11, 12]);
    expect([...values].slice(10, 18)).toEqual([NAN, NAN, NAN, NAN, NAN, 10, 11, 12]);
    expect(notes).toContain(
      "1 piece between gaps shorter than a window of 8: filled up in front with missing values",
    );
  });
});

describe("irregular times", () => {
  // Distances of 1, 1, 3 minutes, and a long one at the end: a third is not the usual step.
  const minutes = upTo(30).map((i) => Math.floor(i / 3) * 5 + (i % 3));

  test("are taken in their order, nothing filled", () => {
    const { points, pieces, notes } = lay(at(minutes));
    expect([...points.rows]).toEqual(upTo(30));
    expect(pieces).toEqual([[0, 30]]);
    expect(notes).toEqual([
      "times are irregular, more than one distance in ten is not the usual step (1 min): rows are taken in their order as if evenly spaced",
    ]);
  });

  test("cut only where more than a window is missing", () => {
    const near = lay(at([...minutes, ...minutes.map((m) => m + 55)]));
    expect(near.pieces).toEqual([[0, 60]]);
    const far = lay(at([...minutes, ...minutes.map((m) => m + 60)]));
    expect(far.pieces).toEqual([
      [0, 30],
      [30, 60],
    ]);
  });
});

describe("several series", () => {
  test("lie one after another, each by its own step", () => {
    const slow = at(
      upTo(10).map((i) => i * 10),
      { name: "slow" },
    );
    const { points, pieces, notes } = lay([at(upTo(12)), slow]);
    expect(points.names).toEqual(["a", "slow"]);
    expect([...points.series]).toEqual([...upTo(12).fill(0), ...upTo(10).fill(1)]);
    expect(pieces).toEqual([
      [0, 12],
      [12, 22],
    ]);
    expect(notes).toEqual([]);
  });

  test("shorter than a window are refused by name, with how far a window may go", () => {
    expect(() => lay([at(upTo(12)), at(upTo(5), { name: "b" })])).toThrow(
      /m\.csv: expected at least 8 rows a series.*got 5 in series "b".*\n.*--window 5/,
    );
    expect(() => lay(at(upTo(7)))).toThrow(/got 7/);
  });
});

test("rows without times are steps in their order", () => {
  const { times: _, ...rows } = at(upTo(9));
  const { points, pieces, notes } = lay(rows, { time: undefined });
  expect([...points.rows]).toEqual(upTo(9));
  expect(points.times).toBeUndefined();
  expect(points.time).toBeUndefined();
  expect(pieces).toEqual([[0, 9]]);
  expect(notes).toEqual([]);
});

test("several channels stay together", () => {
  const rows = at([2, 1, 0, 3, 4, 5, 6, 7], {
    values: Float64Array.from(upTo(16)),
  });
  const { values } = lay(rows, { channels: 2 });
  expect([...values].slice(0, 6)).toEqual([4, 5, 2, 3, 0, 1]);
});

test.each([
  [300_000, "datetime", "5 min"],
  [1000, "datetime", "1 s"],
  [90_000, "datetime", "1.5 min"],
  [86_400_000, "datetime", "1 d"],
  [20, "datetime", "20 ms"],
  [0.25, "number", "0.25"],
] as const)("a step of %f as %s reads %s", (step, type, text) => {
  expect(stepText(step, type)).toBe(text);
});
