/** Moments in time as people write them, for columns of dates and of numbers. */
import { inputError } from "../base/errors.ts";

/** A point in time, or the earliest share of all. */
export type Moment = { readonly at: number } | { readonly share: number };

/** Numbers of this size are taken for seconds since 1970, and larger ones for milliseconds. */
const SECONDS = [1e8, 1e11] as const;
const MILLISECONDS = 1e14;

/**
 * @param given a date, a number as the column has them, or a share as `"80%"`
 * @param times `dates`: of a column of dates, milliseconds; else `latest` says what its numbers mean
 * @throws `options.invalid`
 */
export function momentFrom(
  given: string | number,
  times: { readonly dates: boolean; readonly latest: number },
  place: string,
): Moment {
  const text = String(given).trim();
  if (/^[\d.]+\s*%$/.test(text)) {
    const share = Number.parseFloat(text) / 100;
    if (share > 0 && share < 1) return { share };
    throw invalid(place, "a share above 0% and below 100%, as 80%", text);
  }
  const number = text === "" ? NaN : Number(text);
  // 2017 is a year in a column of dates, and 2017 in one of numbers.
  if (Number.isFinite(number) && (!times.dates || typeof given === "number")) return { at: number };
  // A time without a zone is taken as the dates of a table are: as UTC.
  const zoned = /[T ]\d/.test(text) && !/(?:Z|[+-]\d\d:?\d\d)$/i.test(text);
  const date = /^\d{4}/.test(text) ? Date.parse(zoned ? `${text.replace(" ", "T")}Z` : text) : NaN;
  const unit = times.dates ? 1 : unitOf(times.latest);
  if (Number.isFinite(date) && unit !== undefined) return { at: date / unit };
  throw Number.isFinite(date)
    ? invalid(place, `a number as the column of times has them, up to ${times.latest}`, text)
    : invalid(
        place,
        "a date as 2024-01-31, a number as the column has them, or a share as 80%",
        text,
      );
}

/** Milliseconds that 1 stands for, in a column of numbers. */
function unitOf(latest: number): number | undefined {
  if (latest >= SECONDS[0] && latest < SECONDS[1]) return 1000;
  return latest >= SECONDS[1] && latest < MILLISECONDS ? 1 : undefined;
}

/** As a person reads it: a date where the number can only be one. */
export function momentText(at: number): string {
  const unit = unitOf(at);
  if (unit === undefined) return String(at);
  const date = new Date(at * unit);
  const day = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeZone: "UTC" }).format(date);
  const clock = date.toISOString().slice(11, 16);
  return clock === "00:00" ? day : `${day}, ${clock} UTC`;
}

function invalid(place: string, expected: string, got: string): Error {
  return inputError("options.invalid", { place, expected, got });
}
