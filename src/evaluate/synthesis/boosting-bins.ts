/** Columns as small whole numbers, for histograms: a bin a quantile, or a bin a category. */
import type { Field, Fields } from "./fields.ts";

/** The bin of missing values, of categories beyond the most frequent, and of words not known. */
export const OTHER = 255;

/** How a column is put into bins, as training rows say. */
export type Binning =
  /** Bin i holds numbers above cut i − 1 and up to cut i. */
  | { readonly kind: "number"; readonly cuts: Float64Array }
  | { readonly kind: "category"; readonly bins: Uint8Array };

export interface Bins {
  readonly rows: number;
  /** A bin a row. */
  readonly columns: readonly Uint8Array[];
}

export function fitBins({ fields }: Fields): readonly Binning[] {
  return fields.map((field) =>
    field.kind === "number"
      ? { kind: "number", cuts: cutsOf(field.values) }
      : { kind: "category", bins: binsOf(field) },
  );
}

export function binned({ fields, rows }: Fields, binnings: readonly Binning[]): Bins {
  return {
    rows,
    columns: fields.map((field, i) => {
      const binning = binnings[i] as Binning;
      if (field.kind === "category")
        return Uint8Array.from(field.codes, (code) =>
          code < 0 || binning.kind === "number" ? OTHER : (binning.bins[code] ?? OTHER),
        );
      if (binning.kind === "category") return new Uint8Array(rows).fill(OTHER);
      return Uint8Array.from(field.values, (value) => binOf(binning.cuts, value));
    }),
  };
}

/** Halfway between neighbours where there are few values, else at quantiles. */
function cutsOf(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const distinct = sorted.filter((value, i) => i === 0 || value !== sorted[i - 1]);
  const between = (a: number, b: number): number => a + (b - a) / 2;
  if (distinct.length <= OTHER)
    return Float64Array.from({ length: Math.max(0, distinct.length - 1) }, (_, i) =>
      between(distinct[i] as number, distinct[i + 1] as number),
    );
  const cuts = Array.from({ length: OTHER - 1 }, (_, i) => {
    const at = Math.floor(((i + 1) * sorted.length) / OTHER);
    return between(sorted[at - 1] as number, sorted[at] as number);
  });
  return Float64Array.from(new Set(cuts));
}

function binOf(cuts: Float64Array, value: number): number {
  if (Number.isNaN(value)) return OTHER;
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (cuts[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The most frequent words have a bin each. */
function binsOf({ codes, words }: Extract<Field, { kind: "category" }>): Uint8Array {
  const counts = new Float64Array(words);
  for (const code of codes) if (code >= 0) counts[code] = (counts[code] as number) + 1;
  const order = Int32Array.from(counts.keys()).sort(
    (a, b) => (counts[b] as number) - (counts[a] as number) || a - b,
  );
  const bins = new Uint8Array(words).fill(OTHER);
  for (const [bin, code] of order.subarray(0, OTHER).entries())
    if ((counts[code] as number) > 0) bins[code] = bin;
  return bins;
}
