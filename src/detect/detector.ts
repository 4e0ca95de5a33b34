/**
 * How far a row lies from all that was learned from: one rule for rows, one for windows of series,
 * both fixed in advance. Distances, each divided by what is usual for rows like those of training:
 *
 * - `global`: in the features, from the nearest of 12 random training rows; the mean over many such
 *   draws. So few rows show where rows lie at all, and hardly ever hold an anomaly, so that
 *   anomalies among the training rows do no harm even where they flock together.
 * - `local`, of rows: in the code and the residual x − decode(encode(x)) side by side, each number
 *   divided by its spread, from the nearest of up to 512 training rows; the mean over four disjoint
 *   sets, so that a training row is not at no distance from itself. This sees what is odd although
 *   it lies among the others.
 * - `spread`, of windows: how long the residual is, whitened by its covariance (Mahalanobis distance).
 *   Steps of a window go together closely, and an odd one differs where they hardly ever do.
 *
 * Of rows, score = global^0.7 · local^0.3: 1 is a usual row, 2 lies twice as far out. Of windows,
 * score⁸ = (global⁸ + spread⁸) / 2, and of a point score⁸ is the mean over its windows: an oddity
 * tends to show in one of the distances only, and in some of the windows.
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
}

export const RULES = {
  rows: { weights: { global: 0.7, local: 0.3 }, power: 0 },
  series: { weights: { global: 0.5, spread: 0.5 }, power: 8 },
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

/** What the local distance is taken in, and from. */
export interface Local {
  readonly code: Whitening;
  readonly residual: Whitening;
  readonly references: References;
}

/** What is there before it is known what is usual: of distances, those that the rule has. */
export interface Measure {
  readonly rule: Rule;
  readonly global: References;
  readonly local?: Local | undefined;
  /** Of the residual. */
  readonly spread?: Whitening | undefined;
}

/** What the rule learned from training rows. */
export interface Detector extends Measure {
  /** Distances that count as 1. */
  readonly usual: Readonly<Partial<Record<Distance, number>>>;
  /** What each part of a row adds to the global distance, on average, by the layout's order; of series none. */
  readonly usualParts: Float32Array;
}

/** Numbers of all references of a space, 2 MB: wide rows have fewer of them. */
export const REFERENCE_NUMBERS = 2 ** 19;

/** Distances below this part of the usual count as this: a copy of a reference is no minus infinity. */
export const FLOOR = 1e-3;

export const SCORE_UNIT = "times the usual distance";
