/** How the numbers of one sample are laid out for the network, and so for its loss. */

/**
 * A run of features along the last axis.
 * - `numbers`: real values, about standard normal, or in [0, 1] where `bounded`
 * - `flags`: 0 or 1, each on its own
 * - `category`: one-hot, one of `size`
 * - `counts`: how often each of `size` things was taken
 */
export interface Segment {
  readonly kind: "numbers" | "flags" | "category" | "counts";
  readonly start: number;
  readonly size: number;
}

/** A column of a table as something that takes one of a few values; places are of features. */
export type Variable =
  | {
      readonly kind: "number";
      readonly at: number;
      /** Of its missing-or-not flag. */
      readonly flag?: number | undefined;
      /** Ends of its bins, as the network sees numbers, rising. */
      readonly low: readonly number[];
      readonly high: readonly number[];
    }
  /** One-hot; the last slot stands for words without one. */
  | { readonly kind: "category"; readonly start: number; readonly size: number };

export interface Layout {
  /** Shape of a sample: `[features]`, or `[height, width, channels]`. */
  readonly shape: readonly number[];
  /** Covers the last axis without gaps. An image is one segment of numbers. */
  readonly segments: readonly Segment[];
  /** Numbers lie in [0, 1], as pixels do. */
  readonly bounded: boolean;
  /**
   * For each part of a sample (a number, a flag or a category, in the order of the segments) the
   * column of the user's that it tells of: a number and its missing-or-not flag are two parts of
   * one column. Absent: each part is its own.
   */
  readonly columns?: readonly number[];
  /** Of tables: their columns in the user's order, all of them. */
  readonly variables?: readonly Variable[];
}

/** Numbers in a sample. */
export function featuresOf(layout: Layout): number {
  return layout.shape.reduce((product, n) => product * n, 1);
}

/** For each feature of a flattened sample, its part: one a number, one a flag, one a category. */
export function partOfFeature(layout: Layout): readonly number[] {
  const { shape, segments } = layout;
  // Samples with axes are one segment of numbers.
  if (shape.length > 1) return Array.from({ length: featuresOf(layout) }, (_, i) => i);
  let part = -1;
  return segments.flatMap(({ kind, size }) =>
    Array.from({ length: size }, (_, i) => (kind === "category" && i > 0 ? part : (part += 1))),
  );
}

/** A layout of one segment of numbers. */
export function numbersLayout(shape: readonly number[], bounded: boolean): Layout {
  return {
    shape,
    bounded,
    segments: [{ kind: "numbers", start: 0, size: shape.at(-1) as number }],
  };
}
