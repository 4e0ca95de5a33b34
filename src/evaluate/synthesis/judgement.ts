/** What a judgement of samples is asked for, and what it says. */
import type { Rows } from "../../data/source.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Encoder } from "../metrics/metric.ts";

/** Simple ways to make new rows: what a model has to beat. `bootstrap` gives training rows again. */
export type SampleControl = "copula" | "pcaGaussian" | "pixelMixture" | "bootstrap";

export interface JudgeRequest {
  readonly engine: Engine;
  /** What the model learned from: the controls learn from it, and copies are looked for in it. */
  readonly train: Rows;
  /** Real rows that nobody learned from. */
  readonly heldOut: Rows;
  readonly samples: Rows;
  /**
   * Of tables: the column that a classifier (of numbers: a regression) learns from samples, to be
   * tested on held-out rows.
   */
  readonly target?: string | undefined;
  /**
   * The space of Fréchet distance, density and coverage. Default: of tables, their columns, each
   * number by its rank; of anything else it must be given.
   */
  readonly encoder?: Encoder | undefined;
  /** Of the controls' draws and the classifiers' folds. Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Figures of one maker of rows; each is there where it means something. */
export interface SampleFigures {
  /** Distance of samples and held-out rows as two Gaussians of the space. */
  readonly frechet?: number;
  readonly density?: number;
  readonly coverage?: number;
  /** Median distance to the nearest training row, over that of held-out rows: copies have 0. */
  readonly nearest?: number;
  /** Share nearer to a training row than 95 of 100 held-out rows are: 0.05 where nothing is copied. */
  readonly near?: number;
  /**
   * How much more often than by chance the nearest row is one of training rather than a held-out
   * one: 0 where nothing is remembered, 1 where all are copies.
   */
  readonly remembered?: number;
  /** Share equal to a training row, cell by cell. */
  readonly duplicates?: number;
  /** Of tables: mean over columns of the distance of their distributions, 0 to 1. */
  readonly marginals?: number;
  /** Of tables: mean over pairs of columns of the difference of their association. */
  readonly associations?: number;
  /**
   * Of tables with a target: AUROC on held-out rows of a classifier that learned from the samples
   * (of more classes the mean over them, one against the others; of numbers R²).
   */
  readonly predictive?: number;
  /** AUROC of a classifier that tells samples from held-out rows: 0.5 where it cannot. */
  readonly detection?: number;
}

export interface Judgement {
  /** How many there were of each. */
  readonly rows: { readonly train: number; readonly heldOut: number; readonly samples: number };
  /** The space of Fréchet distance, density and coverage, in words. */
  readonly space: string | undefined;
  readonly target: string | undefined;
  readonly model: SampleFigures;
  readonly controls: Readonly<Partial<Record<SampleControl, SampleFigures>>>;
  /**
   * Of real rows: held-out ones for `near` and `duplicates`, and `predictive` of a classifier that
   * learned from as many training rows as there are samples.
   */
  readonly real: Pick<SampleFigures, "near" | "duplicates" | "predictive">;
  /** The deviation that chance alone gives the model's `remembered`. */
  readonly chance: number;
  /** Whether the samples repeat training rows more than held-out rows do. */
  readonly copies: boolean;
  readonly notes: readonly string[];
  /** Who won on what, and whether rows were copied: a sentence each. */
  readonly findings: readonly string[];
  readonly verdict: string;
}
