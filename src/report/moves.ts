/** A column's move with a dimension of the code, in words. */
import { formatNumber } from "./format.ts";

/** As a model tells it. */
export interface MoveShown {
  readonly column: string;
  readonly size: number;
  readonly steady: boolean;
  readonly from?: number | string;
  readonly to?: number | string;
  readonly words?: readonly { readonly word: string; readonly from: number; readonly to: number }[];
  readonly step?: number;
}

/** `3,412 → 5,320`, `Gentoo 2% → 96%, Adelie 61% → 3%`. */
export function moveText({ from, to, words, step }: MoveShown): string {
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
