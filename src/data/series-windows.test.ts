import { describe, expect, test } from "vitest";
import { concatRows, sliceRows, takeRows } from "./rows.ts";
import {
  defaultStride,
  seriesFrom,
  startsOf,
  windowValues,
  windowsFrom,
  windowsSource,
} from "./series-windows.ts";
import { collect } from "./memory.ts";
import { splitWindows } from "./split.ts";
import type { SeriesWindows } from "./source.ts";

const count = (rows: number): number[][] => Array.from({ length: rows }, (_, i) => [i, 10 * i]);

describe("where windows begin", () => {
  test.each([
    [[[0, 10]], 4, 1, [0, 1, 2, 3, 4, 5, 6]],
    [[[0, 10]], 4, 3, [0, 3, 6]],
    [[[0, 11]], 4, 3, [0, 3, 6, 7]],
    [[[0, 4]], 4, 4, [0]],
    [
      [
        [0, 5],
        [5, 11],
      ],
      4,
      4,
      [0, 1, 5, 7],
    ],
  ] as const)("%j by %i, every %i", (pieces, window, stride, starts) => {
    expect([...startsOf(pieces, window, stride)]).toEqual(starts);
  });

  test("every point is in a window, and none spans a cut, at any stride", () => {
    for (const [first, second, window] of [
      [7, 9, 3],
      [20, 31, 8],
      [8, 8, 8],
    ] as const) {
      for (let stride = 1; stride <= window; stride += 1) {
        const covered = new Uint8Array(first + second);
        const pieces = [
          [0, first],
          [first, first + second],
        ] as const;
        for (const start of startsOf(pieces, window, stride)) {
          covered.fill(1, start, start + window);
          expect(start >= first || start + window <= first).toBe(true);
        }
        expect(covered.every((one) => one === 1)).toBe(true);
      }
    }
  });

  test("the stride grows only where windows would be too many, to a window at most", () => {
    expect(defaultStride([[0, 200_063]], 64)).toBe(1);
    expect(defaultStride([[0, 200_064]], 64)).toBe(2);
    expect(defaultStride([[0, 1e9]], 64)).toBe(64);
  });
});

describe("a source", () => {
  const source = seriesFrom(count(10), { window: 4, stride: 3, channels: ["a", "b"] });

  test("gives windows a chunk at a time, cut from the points when they are asked for", async () => {
    expect([source.rows, source.window, source.stride]).toEqual([3, 4, 3]);
    const chunks: SeriesWindows[] = [];
    for await (const part of source.read({ chunk: 2 })) chunks.push(part);
    expect(chunks.map(({ rows }) => rows)).toEqual([2, 1]);
    // No copies: all chunks look at the same points.
    for (const { values } of chunks) expect(values).toBe(source.values);
    expect([...windowValues(chunks[1] as SeriesWindows)]).toEqual([6, 60, 7, 70, 8, 80, 9, 90]);
    expect(concatRows(chunks)).toEqual(await collect(source));
  });

  test("windows are picked and cut like rows", async () => {
    const rows = await collect(source);
    expect([...takeRows(rows, Int32Array.of(2, 0, 2)).starts]).toEqual([6, 0, 6]);
    expect([...sliceRows(rows, 1, 3).starts]).toEqual([3, 6]);
  });

  test("windows of different points are joined with their points, each once", () => {
    const a = windowsFrom(Float64Array.from([1, 2, 3, 4]), { window: 2, channels: ["x"] });
    const b = windowsFrom(Float64Array.from([5, 6]), { window: 2, channels: ["x"] });
    const joined = concatRows([a, b, sliceRows(a, 1, 2)]);
    expect([...windowValues(joined)]).toEqual([1, 2, 3, 4, 5, 6, 3, 4]);
    expect(joined.values).toHaveLength(6);
  });

  test("labels are those of points; a window with an anomaly is one", async () => {
    const numbers = seriesFrom(count(6), { window: 3, labels: [0, 0, 0, 1, 0, null] });
    expect(await numbers.labels?.()).toEqual(["0", "1", "1", "1"]);
    const words = seriesFrom(count(5), { window: 3, labels: ["on", "off", "off", null, "on"] });
    expect(await words.labels?.()).toEqual(["off", "off", "off"]);
    const none = seriesFrom(count(4), { window: 3, labels: [null, null, null, "x"] });
    expect(await none.labels?.()).toEqual([null, "x"]);
  });

  test("windows that were made elsewhere are a series of their own", () => {
    const made = windowsFrom(new Float64Array(12), { window: 3, channels: ["a", "b"] });
    const { points, rows } = windowsSource(made);
    expect(rows).toBe(2);
    expect([...points.rows]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test.each([
    [{ window: 1 }, /--window: expected a whole number of at least 2/],
    [{ window: 2.5 }, /--window/],
    [{ window: 4, stride: 5 }, /--stride: expected a whole number from 1 to 4/],
    [{ window: 4, stride: 0 }, /--stride/],
    [{ window: 11 }, /expected at least 11 rows.*got 10/],
    [{ window: 4, times: [1, 2] }, /times: expected 10.*got 2/],
    [{ window: 4, labels: [1] }, /labels: expected 10.*got 1/],
    [{ window: 4, channels: ["a"] }, /row 1: expected 1 numbers.*got 2/],
  ])("%j is refused", (options, message) => {
    expect(() => seriesFrom(count(10), options)).toThrow(message);
  });

  test("infinite numbers are refused, by row and column", () => {
    expect(() => seriesFrom([[1], [Infinity], [2]], { window: 2 })).toThrow(/row 2, column 1/);
  });
});

describe("held-out windows", () => {
  const windows = (points: number, window: number): SeriesWindows => ({
    ...windowsFrom(new Float64Array(window), { window, channels: ["x"] }),
    rows: points - window + 1,
    values: new Float64Array(points),
    starts: Int32Array.from({ length: points - window + 1 }, (_, i) => i),
  });

  test("share no point with those that are trained on", () => {
    for (const [points, window, share, seed] of [
      [1000, 16, 0.1, 0],
      [1000, 16, 0.2, 1],
      [4000, 64, 0.1, 2],
      [400, 8, 0.3, 3],
    ] as const) {
      const rows = windows(points, window);
      const { training, validation } = splitWindows(rows, share, seed);
      expect(validation).toHaveLength(Math.floor(rows.rows * share));
      const held = new Uint8Array(points);
      for (const row of validation) held.fill(1, row, row + window);
      for (const row of training) expect(held.subarray(row, row + window).includes(1)).toBe(false);
      // Only windows that overlap are lost, and they are few.
      expect(training.length).toBeGreaterThan(0.5 * rows.rows);
      const runs = validation.filter((row, i) => row !== (validation[i - 1] ?? -9) + 1).length;
      expect(training.length + validation.length).toBeGreaterThanOrEqual(
        rows.rows - 2 * runs * (window - 1),
      );
    }
  });

  test("come from other places with another seed, and the same with the same", () => {
    const rows = windows(1000, 16);
    expect(splitWindows(rows, 0.1, 1)).toEqual(splitWindows(rows, 0.1, 1));
    expect(splitWindows(rows, 0.1, 1)).not.toEqual(splitWindows(rows, 0.1, 2));
  });

  test("are none where they would say nothing or leave too little", () => {
    expect(splitWindows(windows(100, 64), 0.3, 0)).toMatchObject({ validation: new Int32Array(0) });
    expect(splitWindows(windows(60, 4), 0.1, 0).validation).toHaveLength(0);
    expect(splitWindows(windows(60, 4), 0.1, 0).training).toHaveLength(57);
  });
});
