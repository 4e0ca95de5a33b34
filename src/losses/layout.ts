/** How the numbers of one sample are laid out for the network, and so for its loss. */

/**
 * A run of features along the last axis.
 * - `numbers`: real values, about standard normal, or in [0, 1] where `bounded`
 * - `flags`: 0 or 1, each on its own
 * - `category`: one-hot, one of `size`
 */
export interface Segment {
  readonly kind: "numbers" | "flags" | "category";
  readonly start: number;
  readonly size: number;
}

export interface Layout {
  /** Shape of a sample: `[features]`, or `[height, width, channels]`. */
  readonly shape: readonly number[];
  /** Covers the last axis without gaps. An image is one segment of numbers. */
  readonly segments: readonly Segment[];
  /** Numbers lie in [0, 1], as pixels do. */
  readonly bounded: boolean;
}

/** Numbers in a sample. */
export function featuresOf(layout: Layout): number {
  return layout.shape.reduce((product, n) => product * n, 1);
}

/** A layout of one segment of numbers. */
export function numbersLayout(shape: readonly number[], bounded: boolean): Layout {
  return {
    shape,
    bounded,
    segments: [{ kind: "numbers", start: 0, size: shape.at(-1) as number }],
  };
}
