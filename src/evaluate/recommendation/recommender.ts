/** What recommends, fitted or not: the model's scores and the controls' look alike. */
import type { Interactions } from "../../data/source.ts";
import type { Engine } from "../../runtime/engine.ts";

/**
 * Scores all items for users by what is known of them; which of two is higher counts, nothing else.
 *
 * @returns `[rows of given, items]`
 */
export type Score = (given: Interactions) => Promise<Float32Array>;

export interface FittedRecommender {
  readonly score: Score;
  /** What was chosen, by name, to be shown. */
  readonly settings: Readonly<Record<string, number>>;
  readonly close?: () => Promise<void>;
}

export interface FitOptions {
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

export interface Recommender {
  readonly label: string;
  /** @returns words about why it was left out, where it was */
  fit(
    engine: Engine,
    train: Interactions,
    options: FitOptions,
  ): Promise<FittedRecommender | string>;
}
