/**
 * How far a row lies from all that was learned from: one rule for rows, one for windows of series,
 * both fixed in advance. Distances, each divided by what is usual for rows like those of training:
 *
 * - `global`: in the features, from the nearest of 12 random training rows; the mean over many such
 *   draws. So few rows show where rows lie at all, and hardly ever hold an anomaly, so that
 *   anomalies among the training rows do no harm even where they flock together.
 * - `local`: in the code and the residual x − decode(encode(x)) side by side, both whitened, from
 *   the nearest of up to 512 training rows; the mean over four disjoint sets, so that a training row
 *   is not at no distance from itself. This sees what is odd although it lies among the others.
 * - `spread`, of series alone: Mahalanobis distance of the features. Steps of a window go together
 *   closely, and an odd one differs where they hardly ever do.
 *
 * Of rows, score = global^0.7 · local^0.3: 1 is a usual row, 2 lies twice as far out. Of windows,
 * score⁴ = 0.12 global⁴ + 0.22 local⁴ + 0.66 spread⁴: an oddity tends to show in one of them only.
 *
 * docs/decisions/detection.md has the measurements behind the rules.
 *
 * @see Sugiyama and Borgwardt, "Rapid distance-based outlier detection via sampling" (2013)
 * @see Pang, Ting and Albrecht, "LeSiNN: detecting anomalies by identifying least similar nearest
 *   neighbours" (2015)
 * @see Mahalanobis, "On the generalised distance in statistics" (1936)
 */

export type Distance = "global" | "local" | "spread";

/** What a rule is made of; nothing here is set by the data. */
export interface Rule {
  readonly weights: Readonly<Partial<Record<Distance, number>>>;
  /** Of the mean that joins the distances; 0 is the geometric one. */
  readonly power: number;
  /** Whether whitening sees how numbers go together, or takes each by itself. */
  readonly together: boolean;
}

export const RULES = {
  rows: { weights: { global: 0.7, local: 0.3 }, power: 0, together: false },
  series: { weights: { global: 0.12, local: 0.22, spread: 0.66 }, power: 4, together: true },
} as const satisfies Record<string, Rule>;

/** How many references there are, in sets of how many. */
export const SETS = {
  global: { sets: 96, perSet: 12 },
  local: { sets: 4, perSet: 512 },
} as const;

/** References in a space of `size` numbers a row: `sets` times `perSet` rows. */
export interface References {
  /** `[sets · perSet, size]`, the rows of a set after each other. */
  readonly rows: Float32Array;
  readonly size: number;
  readonly sets: number;
  readonly perSet: number;
}

/** (x − center) · matrix, block by block: afterwards all numbers have a variance of about 1. */
export interface Whitening {
  readonly center: Float32Array;
  readonly blocks: readonly WhiteningBlock[];
}

export interface WhiteningBlock {
  /** Which numbers of a row. */
  readonly features: Int32Array;
  /** `[features, features]`; or one factor a feature, where each is taken by itself. */
  readonly matrix: Float32Array;
}

/** What is there before it is known what is usual. */
export interface Measure {
  readonly rule: Rule;
  readonly code: Whitening;
  readonly residual: Whitening;
  /** Of the features, where the rule has a `spread`. */
  readonly spread?: Whitening | undefined;
  readonly global: References;
  readonly local: References;
}

/** What the rule learned from training rows. */
export interface Detector extends Measure {
  /** Median distances of rows like those of training. */
  readonly usual: Readonly<Partial<Record<Distance, number>>>;
  /** What each part of a row adds to the global distance, on average, by the layout's order; of series none. */
  readonly usualParts: Float32Array;
}

/** Numbers of all references of a space, 2 MB: wide rows have fewer of them. */
export const REFERENCE_NUMBERS = 2 ** 19;

/** Distances below this part of the usual count as this: a copy of a reference is no minus infinity. */
export const FLOOR = 1e-3;

export const SCORE_UNIT = "times the usual distance";
