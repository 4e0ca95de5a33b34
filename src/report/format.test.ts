import { describe, expect, test } from "vitest";
import {
  formatCount,
  formatDate,
  formatDuration,
  formatLarge,
  formatNumber,
  formatOption,
  formatShare,
  formatTick,
} from "./format.ts";

describe("numbers", () => {
  test.each([
    [0, "0"],
    [12, "12"],
    [-3, "−3"],
    [0.0071234, "0.00712"],
    [0.5, "0.500"],
    [99.96, "100"],
    [999.49, "999"],
    [999.6, "1,000"],
    [-104321.7, "−104,322"],
    [1_128_404, "1,128,404"],
    [3.2e-7, "3.20 × 10⁻⁷"],
    [-1.5e12, "−1.50 × 10¹²"],
    [NaN, "not a number"],
    [-Infinity, "−∞"],
  ])("%d reads %s", (value, text) => expect(formatNumber(value)).toBe(text));

  test.each([
    [0.0008, "0.0008"],
    [-0.5, "−0.5"],
    [0.30000000000000004, "0.3"],
    [2500, "2,500"],
    [40_000, "40,000"],
    [0.00002, "2 × 10⁻⁵"],
    [-1e7, "−10⁷"],
  ])("as a tick mark %d reads %s", (value, text) => expect(formatTick(value)).toBe(text));

  test("counts agree with their noun", () => {
    expect(formatCount(1, "row")).toBe("1 row");
    expect(formatCount(12_000, "row")).toBe("12,000 rows");
    expect(formatLarge(1_128_404)).toBe("1.13 million");
    expect(formatLarge(23_916)).toBe("23,916");
  });

  test("shares keep the nines that tell them apart", () => {
    expect([0.5, 0.95, 0.999, 0.9999, 1].map(formatShare)).toEqual([
      "50%",
      "95%",
      "99.9%",
      "99.99%",
      "100%",
    ]);
  });
});

test.each([
  [0.42, "0.420 s"],
  [48.13, "48.1 s"],
  [59.96, "1 min 00 s"],
  [71.6, "1 min 12 s"],
  [3599.7, "1 h 00 min"],
  [7501, "2 h 05 min"],
  [NaN, "unknown"],
])("%d seconds read %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));

test("dates are in words and UTC; what is none stays as it was", () => {
  expect(formatDate("2026-11-20T14:32:10Z")).toBe("20 November 2026, 14:32 UTC");
  expect(formatDate("2026-11-20T23:30:00-05:00")).toBe("21 November 2026, 04:30 UTC");
  expect(formatDate("yesterday")).toBe("yesterday");
});

test("option values are exact, and no value breaks the report", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;
  expect(formatOption(0.001)).toBe("0.001");
  expect(formatOption(12345.678)).toBe("12,345.678");
  expect(formatOption([64, 32])).toBe("64, 32");
  expect(formatOption({ a: [1] })).toBe('{"a":[1]}');
  expect(formatOption(true)).toBe("true");
  expect(formatOption(null)).toBe("null");
  expect(formatOption(undefined)).toBe("not set");
  expect(formatOption(10n)).toBe("10");
  expect(formatOption(circular)).toBe("a value that has no text");
});
