/** A column's move with a dimension of the code, in words. */
import { formatNumber } from "./format.ts";

/**
 * How a column changes when one dimension of the code goes from its 5 % to its 95 % quantile and
 * all else of a row's code stays: a mean over rows.
 */
export interface Move {
  /** As in `Blame`; for series the channel. */
  readonly column: string;
  /**
   * Of numbers the root mean square of the change, in the column's spread; of pixels too, in [0, 1].
   * Of words the mean change of all their chances together: 2 is another word in every row.
   */
  readonly size: number;
  /** Whether rows go the same way; else some go up and others down. */
  readonly steady: boolean;
  /** Numbers, in raw units; dates as ISO text. */
  readonly from?: number | string;
  readonly to?: number | string;
  /** Categories: the words whose chances change most. */
  readonly words?: readonly { readonly word: string; readonly from: number; readonly to: number }[];
  /** Series: the step of the window, from 0, where the change is largest and `from` and `to` are. */
  readonly step?: number;
}

/** `3,412 → 5,320`, `Gentoo 2% → 96%, Adelie 61% → 3%`. */
export function moveText({ from, to, words, step }: Move): string {
  if (words !== undefined) {
    return words
      .map((one) => `${one.word} ${shareText(one.from)} → ${shareText(one.to)}`)
      .join(", ");
  }
  const where = step === undefined ? "" : `, most at step ${step + 1}`;
  return `${endText(from)} → ${endText(to)}${where}`;
}

function endText(value: number | string | undefined): string {
  if (typeof value === "number") return formatNumber(value);
  // Of a date in ISO text, the day says enough.
  return value?.slice(0, 10) ?? "–";
}

/** Whole per cents: a mean over rows has no more digits. */
function shareText(share: number): string {
  return `${Math.round(100 * share)}%`;
}
