/** What verbs of a fitted model take. */
import type { Source, Rows } from "../data/source.ts";
import type { CompressionShown } from "../report/report-data.ts";
import type { Model } from "./types.ts";

/** Data for a verb: something a reader gave, or rows in memory. */
export type Data = Source | Rows;

export interface VerbOptions {
  readonly signal?: AbortSignal;
  /** Rows at a time. Default: by size, at most a few MB. */
  readonly chunk?: number;
  readonly onProgress?: (done: { readonly rows: number; readonly of: number }) => void;
}

export interface ScoreOptions extends VerbOptions {
  /**
   * What the score is. `distance`, the default: how far the row lies from all that was learned from,
   * in the features and in the code and residual; 1 is a usual row, 2 lies twice as far out.
   * `reconstruction`: the family's own loss, in nats or squared error; several times as fast.
   */
  readonly by?: "distance" | "reconstruction";
  /** Also say which columns (or pixels) the score comes from: the K largest shares a row. */
  readonly explain?: number;
}

export interface EvaluateOptions extends VerbOptions {
  /**
   * Draws a row for the importance-sampled log-likelihood, of families that have a likelihood.
   * Not measured by default: each draw costs as much as decoding all rows once.
   */
  readonly samples?: number;
  /** Labels of the rows, one each, where the data bring none along. */
  readonly labels?: ArrayLike<string | number | null>;
  /** Labelled data that the linear probe is fitted on. Default: a half of the given rows. */
  readonly probeTrain?: Data;
  /** What the rows are known to vary by, a value a row: for the mutual information gap. */
  readonly factors?: Readonly<Record<string, ArrayLike<string | number | null>>>;
  /**
   * The model whose codes new samples are compared in. Default: the principal components in the
   * model file.
   */
  readonly encoder?: Pick<Model, "encode" | "info">;
  /**
   * The label that marks unusual rows: how well the score finds them is measured too, beside
   * isolation forest, nearest neighbours, PCA and robust covariance; of series, how well points are
   * found, beside sub-sequence PCA. Default: where labels are 0 and 1, or false and true, and the 1
   * is the rarer one, that.
   */
  readonly anomalies?: string | number;
  /**
   * What those controls learn from: the rows the model was trained on, for a fair comparison.
   * Default: the evaluated rows, without their labels. Without labels, or of a family that generates, its samples are
   * then judged too, beside controls that learn from these rows, and copies are looked for in them.
   */
  readonly controlsFrom?: Data;
  /**
   * The clean side of noisy images, row by row: how near to it denoising brings them (PSNR, SSIM),
   * beside median, Gaussian and non-local-means filters and PCA.
   */
  readonly clean?: Data;
  /**
   * Of tables, beside `controlsFrom`: the column that boosted trees learn from the samples, to be
   * tested on the given rows.
   */
  readonly target?: string;
  /**
   * Of interactions with times: what came after the last moment of the model's training data is asked
   * for, by all that came before. The model has to be trained on the earlier part alone, as with
   * `until` of `readInteractions`.
   */
  readonly byTime?: boolean;
}

export interface RecommendOptions extends VerbOptions {
  /** How many items a user; fewer where the user has nearly all. Default 10. */
  readonly k?: number;
  /**
   * Ranks by chance / popularity^diversity: 0, the default, the likeliest; 1 what the user likes more
   * than others do, however few they are.
   */
  readonly diversity?: number;
  /** Items of the history to name for each recommendation, as what it rests on. Default 0. */
  readonly because?: number;
}

export interface MapOptions extends VerbOptions {
  /** Which rows are arranged, and how UMAP draws. Default 0. */
  readonly seed?: number;
  /** Most rows that UMAP arranges; the others lie where their nearest codes lie. Default 3,000. */
  readonly limit?: number;
  /** While UMAP moves the points, several hundred times. */
  readonly onArrange?: (done: { readonly step: number; readonly of: number }) => void;
}

export interface DimensionsOptions extends Pick<VerbOptions, "signal"> {
  /** Most columns named for each dimension. Default 5. */
  readonly top?: number;
  /** After each dimension, counted from 1. */
  readonly onDimension?: (done: { readonly dimension: number; readonly of: number }) => void;
}

export interface DenoiseOptions extends VerbOptions {
  /**
   * Tables: a cell is replaced where it is so far off that less than this share of usual cells are;
   * `false` replaces none. Default 0.0001.
   */
  readonly repair?: number | false;
  /** Tables: how often filled-in values are used to expect the others, and filled in anew. Default 2. */
  readonly rounds?: number;
  /**
   * Standard deviation of the noise, of images as a share of the range from black to white, of arrays in
   * their unit: for models that learned from noisy data alone. Default: estimated; 0 mixes none of the
   * noisy values in.
   */
  readonly noise?: number;
  /** What was found out about the noise, a sentence each. */
  readonly onNote?: (note: string) => void;
}

export interface ReportOptions
  extends
    VerbOptions,
    Pick<EvaluateOptions, "anomalies" | "byTime" | "clean" | "controlsFrom" | "target"> {
  /** Which rows are shown, and what is generated. Default 0. */
  readonly seed?: number;
  /** How small these data get, as `examineCompression` tells. */
  readonly compression?: CompressionShown;
  /** Of interactions: what items are called, as `readTitles` gives it. */
  readonly titles?: ReadonlyMap<string, string>;
}

export interface GenerateOptions {
  readonly seed?: number;
  /**
   * Where codes are drawn from: the `prior` that training pulled them to, or a `mixture` of Gaussians
   * fitted to the codes of the training rows. Default: the first of the model's `origins`.
   */
  readonly from?: "prior" | "mixture";
  /** Spread of the draws: 1 as trained, less for more typical samples. */
  readonly temperature?: number;
  /** The class of all samples, for families that take labels. Default: as often as in training. */
  readonly label?: string;
  readonly signal?: AbortSignal;
}

export interface InterpolateOptions extends Pick<VerbOptions, "signal"> {
  /** Rows on the way, both ends among them. Default 8. */
  readonly steps?: number;
  /**
   * `linear`, the default: straight through the codes. `spherical`: along the arc around the middle of
   * the codes, which keeps as far out as the ends are; for families whose codes fill a ball.
   */
  readonly path?: "linear" | "spherical";
  /** The row of the first data and that of the second, from 0. Default: the first of each. */
  readonly rows?: readonly [from: number, to: number];
}

export interface TraverseOptions extends Pick<VerbOptions, "signal"> {
  /** Values that each dimension goes through. Default 9. */
  readonly steps?: number;
  /** Of the data, the row whose code all starts from, from 0. Default: the most typical one. */
  readonly row?: number;
  /** The class that codes are read with, for families that take labels. Default: the row's own. */
  readonly label?: string;
  /** The dimensions to go through, from 0. Default: all. */
  readonly dimensions?: readonly number[];
}

/** How alarms are to be set: one of these. */
export type AlarmRule =
  /** At most this share of usual rows raises one. */
  | { readonly falseAlarms: number }
  /** This share of the given rows is taken to be unusual. */
  | { readonly contamination: number }
  /** Above this quantile of the given rows' scores. */
  | { readonly quantile: number }
  /** Above this score. */
  | { readonly score: number };
