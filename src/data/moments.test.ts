/** Moments as people write them. */
import { describe, expect, test } from "vitest";
import { momentFrom, momentText } from "./moments.ts";

const dates = { dates: true, latest: Date.UTC(2024, 5, 1) };
const seconds = { dates: false, latest: 1_537_799_250 };
const milliseconds = { dates: false, latest: 1_537_799_250_000 };
const years = { dates: false, latest: 2018 };
const day = Date.UTC(2017, 0, 2);

test.each([
  ["a date in a column of dates", "2017-01-02", dates, day],
  ["a year in a column of dates", "2017", dates, Date.UTC(2017, 0, 1)],
  ["a time without a zone is UTC", "2017-01-02 06:00", dates, day + 6 * 3_600_000],
  ["a time with one", "2017-01-02T06:00:00+02:00", dates, day + 4 * 3_600_000],
  ["a date in seconds", "2017-01-02", seconds, day / 1000],
  ["a date in milliseconds", "2017-01-02", milliseconds, day],
  ["a number as the column has them", "1483315200", seconds, 1_483_315_200],
  ["a year in a column of years", "2017", years, 2017],
  ["a number in code", day, dates, day],
] as const)("%s", (_, given, times, at) => {
  expect(momentFrom(given, times, "here")).toEqual({ at });
});

test("a share is one", () => {
  expect(momentFrom("80%", seconds, "here")).toEqual({ share: 0.8 });
  expect(momentFrom("12.5 %", dates, "here")).toEqual({ share: 0.125 });
});

test.each([
  ["tomorrow", seconds, /a date as 2024-01-31, a number as the column has them, or a share as 80%/],
  ["", seconds, /got/],
  ["100%", seconds, /above 0% and below 100%/],
  ["0%", dates, /above 0% and below 100%/],
  ["2017-01-02", years, /a number as the column of times has them, up to 2018/],
  ["2017-13-40", dates, /a date as/],
] as const)("%j is refused in words", (given, times, message) => {
  expect(() => momentFrom(given, times, "ratings.csv, --until")).toThrow(message);
});

describe("as a person reads it", () => {
  test.each([
    [day, "2 January 2017"],
    [day / 1000 + 90 * 60, "2 January 2017, 01:30 UTC"],
    [2018, "2018"],
    [-3.5, "-3.5"],
  ])("%d", (at, words) => {
    expect(momentText(at)).toBe(words);
  });
});
