import { describe, expect, test } from "vitest";
import { createFold, foldScores } from "./fold.ts";

const numbers = (values: Float64Array): number[] => [...values];

/** The rule, written the slow way. */
function slowly(
  points: number,
  steps: number,
  windows: readonly { readonly start: number; readonly score: number }[],
): number[] {
  return Array.from({ length: points }, (_, t) => {
    const own = windows.filter(({ start }) => start <= t && t < start + steps);
    return (own.reduce((sum, { score }) => sum + score ** 8, 0) / own.length) ** (1 / 8);
  });
}

function drawn(points: number, steps: number, channels: number, stride: number) {
  const noise = (i: number): number => Math.abs(Math.sin(12.9898 * i) * 43.7);
  const starts: number[] = [];
  for (let start = 0; start + steps <= points; start += stride) starts.push(start);
  if (starts.at(-1) !== points - steps) starts.push(points - steps);
  return starts.map((start, w) => {
    const parts = Array.from({ length: steps * channels }, (_, i) => noise(w * 97 + i));
    return { start, parts, score: parts.reduce((a, b) => a + b, 0) + noise(w) - 20 };
  });
}

describe("values", () => {
  test("of a point are the mean over the windows it is in", () => {
    const fold = createFold({ points: 4, steps: 2, width: 2 });
    fold.add(Int32Array.of(0, 1), [1, 10, 2, 20, 4, 40, 3, 30]);
    expect(numbers(fold.end())).toEqual([1, 10, 3, 30, 3, 30, Number.NaN, Number.NaN]);
  });

  test("do not depend on how windows come", () => {
    const windows = drawn(50, 8, 2, 3);
    const all = createFold({ points: 50, steps: 8, width: 2 });
    all.add(
      Int32Array.from(windows, ({ start }) => start),
      windows.flatMap(({ parts }) => parts),
    );
    const each = createFold({ points: 50, steps: 8, width: 2 });
    for (const { start, parts } of windows.toReversed()) each.add(Int32Array.of(start), parts);
    const [a, b] = [numbers(all.end()), numbers(each.end())];
    for (const [i, value] of a.entries()) expect(b[i]).toBeCloseTo(value, 10);
  });
});

describe("scores", () => {
  test.each([
    [40, 8, 3, 1],
    [41, 8, 1, 5],
    [30, 30, 2, 1],
  ])("of %i points by %i steps of %i channels, every %i, follow the rule", (...sizes) => {
    const [points, steps, channels, stride] = sizes;
    const windows = drawn(points, steps, channels, stride);
    const fold = foldScores({ points, steps, channels });
    for (let at = 0; at < windows.length; at += 3) {
      const some = windows.slice(at, at + 3);
      fold.add({
        starts: Int32Array.from(some, ({ start }) => start),
        scores: some.map(({ score }) => score),
        parts: Float32Array.from(some.flatMap(({ parts }) => parts)),
      });
    }
    const { scores } = fold.end();
    const expected = slowly(points, steps, windows);
    for (const [i, score] of scores.entries()) expect(score).toBeCloseTo(expected[i] as number, 9);
  });

  test("of a score that has no places are dealt out all the same", () => {
    const fold = foldScores({ points: 4, steps: 2, channels: 1 });
    fold.add({ starts: Int32Array.of(0, 1, 2), scores: [2, 4, 10], parts: [1, 0, 0, 0, 0, 3] });
    const { scores, shares } = fold.end();
    const mean = (a: number, b: number): number => ((a ** 8 + b ** 8) / 2) ** (1 / 8);
    for (const [i, score] of [2, mean(2, 4), mean(4, 10), 10].entries())
      expect(scores[i]).toBeCloseTo(score, 9);
    expect(numbers(shares)).toEqual([1, 0, 0, 3]);
  });

  test("are not known where no window is", () => {
    const fold = foldScores({ points: 7, steps: 2, channels: 1 });
    fold.add({ starts: Int32Array.of(0, 5), scores: [9, 2], parts: [1, 1, 1, 1] });
    const { scores } = fold.end();
    expect(numbers(scores).map(Math.round)).toEqual([
      9,
      9,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      2,
      2,
    ]);
  });

  test("lie around a spike, whose share is its own", () => {
    const [points, steps] = [60, 16];
    const fold = foldScores({ points, steps, channels: 1 });
    for (let start = 0; start + steps <= points; start += 1) {
      const parts = Array.from({ length: steps }, (_, i) => (start + i === 30 ? 50 : 0.1));
      const score = parts.reduce((a, b) => a + b, 0);
      fold.add({ starts: Int32Array.of(start), scores: [score], parts });
    }
    const { scores, shares } = fold.end();
    expect(scores.indexOf(Math.max(...scores))).toBe(30);
    expect(scores[30 - steps]).toBeCloseTo(1.6, 9);
    expect(scores[30 + steps]).toBeCloseTo(1.6, 9);
    for (const [i, share] of shares.entries()) expect(share).toBeCloseTo(i === 30 ? 50 : 0.1, 9);
  });
});
