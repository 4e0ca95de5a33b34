/** How exact the data shall come back: what was asked for, and the bounds that this makes. */
import { inputError } from "../../base/errors.ts";
import type { CompressOptions } from "./options.ts";

export type Asked =
  | { readonly kind: "bound"; readonly value: number; readonly relative: boolean }
  | { readonly kind: "psnr"; readonly value: number };

/** @throws `compression.bound` where it is not exactly one of the three, or makes no sense */
export function askedOf(options: CompressOptions): Asked {
  const { errorBound, psnr, relative = false, lossless = false } = options;
  const given = [
    errorBound === undefined ? "" : `an error bound of ${errorBound}`,
    psnr === undefined ? "" : `a PSNR of ${psnr}`,
    lossless ? "lossless" : "",
  ].filter((word) => word !== "");
  if (given.length === 0) {
    throw wrong(
      "the largest error that an element may have",
      "none",
      "give an error bound (--error-bound 0.01), a PSNR (--psnr 40), or --lossless to keep every bit",
    );
  }
  if (given.length > 1) {
    throw wrong("one of error bound, PSNR and lossless", given.join(" and "), "leave out the rest");
  }
  if (relative && errorBound === undefined) {
    throw wrong(
      "an error bound where it is relative to the range",
      given.join(""),
      lossless ? "leave out --relative" : "a PSNR is relative anyway: leave out --relative",
    );
  }
  if (psnr !== undefined) {
    if (psnr > 0 && psnr < Infinity) return { kind: "psnr", value: psnr };
    throw wrong("a PSNR above 0 dB", String(psnr), "40 is hard to tell from the original");
  }
  if (errorBound === undefined) return { kind: "bound", value: 0, relative: false };
  if (!(errorBound >= 0) || errorBound === Infinity) {
    throw wrong("a number of at least 0", String(errorBound), "0 keeps every bit");
  }
  return { kind: "bound", value: errorBound, relative };
}

function wrong(expected: string, got: string, hint: string): Error {
  return inputError("compression.bound", { place: "the error bound", expected, got, hint });
}

/** Least and largest of what is finite. */
export class Extent {
  low = Infinity;
  high = -Infinity;

  add(values: Iterable<number>): void {
    for (const value of values) {
      if (value < this.low && value > -Infinity) this.low = value;
      if (value > this.high && value < Infinity) this.high = value;
    }
  }
}

/** `share` of the range; of none, 0. */
export function shareOf({ low, high }: Pick<Extent, "low" | "high">, share: number): number {
  if (!(high > low)) return 0;
  const range = high - low;
  const part = range < Infinity ? share * range : share * high - share * low;
  return Math.min(part, Number.MAX_VALUE);
}
