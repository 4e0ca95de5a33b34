/** The way between two codes: exact ends, even steps, an arc that keeps its distance. */
import { describe, expect, test } from "vitest";
import { between } from "./interpolate.ts";

const row = (codes: ReturnType<typeof between>, i: number): number[] =>
  Array.from(codes.data.subarray(i * codes.columns, (i + 1) * codes.columns));
const a = Float32Array.of(3, 0, 0.1);
const b = Float32Array.of(0, 2, -0.3);

describe.each(["linear", "spherical"] as const)("%s", (path) => {
  test("begins and ends exactly at the two", () => {
    const codes = between(a, b, 5, path);
    expect([codes.rows, codes.columns]).toEqual([5, 3]);
    expect([row(codes, 0), row(codes, 4)]).toEqual([Array.from(a), Array.from(b)]);
  });
});

test("a straight way has even steps", () => {
  const codes = between(a, b, 5, "linear");
  for (const step of [1, 2, 3])
    for (const [i, x] of row(codes, step).entries())
      expect(x).toBeCloseTo(((4 - step) * (a[i] as number) + step * (b[i] as number)) / 4, 5);
});

test("an arc turns by even angles, and its length goes evenly from one to the other", () => {
  const codes = between(a, b, 7, "spherical");
  const lengths = Array.from({ length: 7 }, (_, i) => Math.hypot(...row(codes, i)));
  const [first = 0] = lengths;
  const last = lengths.at(-1) as number;
  for (const [i, length] of lengths.entries())
    expect(length).toBeCloseTo(first + ((last - first) * i) / 6, 5);
  const turns = Array.from({ length: 6 }, (_, i) => {
    const [x, y] = [row(codes, i), row(codes, i + 1)];
    const dot = x.reduce((sum, value, k) => sum + value * (y[k] as number), 0);
    return Math.acos(dot / (Math.hypot(...x) * Math.hypot(...y)));
  });
  for (const turn of turns) expect(turn).toBeCloseTo(turns[0] as number, 4);
});

test("where there is no one arc, it goes straight", () => {
  const opposite = between(
    a,
    a.map((x) => -x),
    3,
    "spherical",
  );
  for (const x of row(opposite, 1)) expect(x).toBeCloseTo(0, 6);
  const same = between(
    a,
    a.map((x) => 2 * x),
    3,
    "spherical",
  );
  for (const [i, x] of row(same, 1).entries()) expect(x).toBeCloseTo(1.5 * (a[i] as number), 5);
  const zero = between(new Float32Array(3), b, 3, "spherical");
  expect(row(zero, 1).every(Number.isFinite)).toBe(true);
});
