/** What a fitted model is to its user. */
import type { Matrix } from "../base/tensor.ts";
import type { Threshold } from "../detect/calibration.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { LabelSchema, Labels } from "../data/labels.ts";
import type { Rows, Source } from "../data/source.ts";
import type { Move } from "../report/moves.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Epoch, Progress } from "../train/events.ts";
import type { PointScores } from "./score-points.ts";

export type { Move };

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
   * Default: the evaluated rows, without their labels. Of a family that generates, its samples are
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
}

/** A share of a row's score. */
export interface Blame {
  /** Column name, or `"y,x"` / `"y,x,c"` of a pixel, or the index of a feature. */
  readonly column: string;
  /**
   * What it adds to the distance beyond the usual, in usual distances; below 0 where it is more usual
   * than most. By reconstruction: its part of that loss.
   */
  readonly share: number;
  /**
   * What was there and what was expected, in raw units; null is missing. Expected is what the training
   * rows have that this one is nearest to, on average; by reconstruction, and of series, what the model
   * gives back.
   */
  readonly actual: string | number | boolean | null;
  readonly expected: string | number | boolean | null;
}

export interface Scores {
  /** One a row; higher = more unusual. */
  readonly scores: Float32Array;
  /**
   * The chance that a usual row scores as high, one a row; small is unusual. Only of scores by
   * distance, and not of windows of series: see `scorePoints`.
   */
  readonly pValues?: Float64Array;
  /** 1 for each row whose score lies above the threshold, else 0; where there are `pValues`. */
  readonly alarms?: Uint8Array;
  /** With `explain`: for each row, the largest shares first. */
  readonly blame?: readonly (readonly Blame[])[];
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

/** Where in each image the score comes from. */
export interface Heat {
  readonly rows: number;
  readonly height: number;
  readonly width: number;
  /** `[rows, height, width]`: 1 is as far off as usual at that pixel, 2 twice as far. */
  readonly data: Float32Array;
}

export interface MapOptions extends VerbOptions {
  /** Which rows are arranged, and how UMAP draws. Default 0. */
  readonly seed?: number;
  /** Most rows that UMAP arranges; the others lie where their nearest codes lie. Default 3,000. */
  readonly limit?: number;
  /** While UMAP moves the points, several hundred times. */
  readonly onArrange?: (done: { readonly step: number; readonly of: number }) => void;
}

/** Two numbers a row, to look at. */
export interface LatentMap {
  /** `[rows, 2]`; NaN for a row whose code is not finite. Of one dimension the second is 0. */
  readonly points: Matrix;
  /** The latent itself, UMAP of it, or, of too few rows for that, its principal components. */
  readonly how: "latent" | "umap" | "pca";
  /** The rows that were arranged, and that a picture shows. */
  readonly shown: Int32Array;
  /**
   * Whether neighbours on the map are neighbours in the data, 1 at best; beside it the same of the
   * first two principal components of the data. Absent for fewer than 20 rows and one dimension.
   */
  readonly trustworthiness?: { readonly map: number; readonly pca?: number };
  /** What must be known to read it, a sentence each. */
  readonly notes: readonly string[];
  /** Codes of other rows → where they lie, `[rows, 2]`. */
  place(codes: Matrix): Promise<Matrix>;
  /** The file of a picture: points coloured by their label, or by their score where there is none. */
  picture(options?: { readonly format?: "svg" | "png" }): Promise<Uint8Array>;
}

export interface DimensionsOptions extends Pick<VerbOptions, "signal"> {
  /** Most columns named for each dimension. Default 5. */
  readonly top?: number;
  /** After each dimension, counted from 1. */
  readonly onDimension?: (done: { readonly dimension: number; readonly of: number }) => void;
}

export interface Dimension {
  /** From 0. */
  readonly dimension: number;
  /** Its 5 % and 95 % quantiles over rows; silence and its median elsewhere if it is mostly silent. */
  readonly low: number;
  readonly high: number;
  /** Its part of the reconstruction: of the rise in error when each is held at its mean alone. */
  readonly share: number;
  /** Squared error a row with it held at its mean, summed over features. */
  readonly error: number;
  /** The columns that move with it, the largest change first. */
  readonly moves: readonly Move[];
}

export interface Dimensions {
  /** In the order of the code. */
  readonly dimensions: readonly Dimension[];
  /** Rows that all is a mean over, picked at random, and how many there were. */
  readonly rows: number;
  readonly of: number;
  /** Squared error a row with the codes as they are, summed over features. */
  readonly error: number;
  /**
   * The most typical row with each dimension at its low and its high end: row 2d and row 2d + 1.
   */
  readonly ends: Rows;
  /** Mean change of each number, `[latent, …]` as a row is laid out, raw units. Not for tables. */
  readonly changes?: Float32Array;
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

export interface Denoised {
  readonly rows: Rows;
  /** Of tables and vectors. */
  readonly changes?: {
    /** The columns of the marks. */
    readonly columns: readonly string[];
    /** `[rows, columns]`: 0 kept, 1 was missing and is filled in, 2 was implausible and is replaced. */
    readonly marks: Uint8Array;
  };
}

export interface ReportOptions
  extends VerbOptions, Pick<EvaluateOptions, "anomalies" | "clean" | "controlsFrom" | "target"> {
  /** Which rows are shown, and what is generated. Default 0. */
  readonly seed?: number;
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

export interface Traversal {
  /** `dimensions · steps` rows: of the first dimension its lowest value to its highest, then the next. */
  readonly rows: Rows;
  readonly dimensions: readonly {
    readonly dimension: number;
    /** The quantiles of the dimension that it went through, rising. */
    readonly values: readonly number[];
  }[];
  /** The shares of codes below those values. */
  readonly quantiles: readonly number[];
  /** The code that all started from, `[1, latent]`. */
  readonly start: Matrix;
}

/** What a model file tells about itself. */
export interface ModelInfo {
  /** Version of this description. */
  readonly format: 1;
  readonly version: string;
  readonly created: string;
  readonly family: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly body: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly latent: number;
  readonly can: { readonly generate: boolean };
  readonly terms: Readonly<Record<string, string>>;
  readonly parameters: number;
  readonly schema: Schema;
  /** Of families that take labels. */
  readonly label?: LabelSchema | undefined;
  readonly training: {
    readonly data: string;
    readonly rows: number;
    readonly validationRows: number;
    readonly seed: number;
    readonly batch: number;
    readonly epochs: number;
    readonly bestEpoch: number;
    readonly stopped: string;
    readonly seconds: number;
    readonly learningRate: number;
    readonly optimizer: string;
    readonly history: readonly Epoch[];
    /** What the doctor saw; empty when all is well. */
    readonly warnings: readonly Diagnosis[];
  };
  /** Scores of held-out rows (of training rows where none were held out), rising. */
  readonly scores: {
    readonly heldOut: boolean;
    readonly unit: string;
    /** Of `score(data, { by: "reconstruction" })`. */
    readonly reconstruction: {
      readonly unit: string;
      readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    };
    readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    /** Of the points of series, by `scorePoints`. */
    readonly points?: readonly { readonly quantile: number; readonly value: number }[] | undefined;
  };
  /** Above which score a row (of series, a point) raises an alarm, and how that was set. */
  readonly alarms: Threshold & {
    /** Rows whose scores it was set by. */
    readonly rows: number;
    readonly data: string;
    /** Whether training did not see them: only then is a share of false alarms a promise. */
    readonly heldOut: boolean;
  };
}

export interface Predictions {
  /** The classes that training saw, the most frequent first. */
  readonly classes: readonly string[];
  /** The likeliest class of each row. */
  readonly labels: readonly string[];
  /** The chance of each class, `[rows, classes]`. */
  readonly chances: Matrix;
}

export interface Model {
  readonly info: ModelInfo;
  /** Scores of usual rows (of series, of points) that p-values and alarms rest on, rising. */
  readonly calibration: Float32Array;
  /** Codes, `[rows, latent]`. */
  encode(data: Data, options?: VerbOptions): Promise<Matrix>;
  /** Codes a chunk at a time, for data larger than memory. */
  encodeBatches(data: Data, options?: VerbOptions): AsyncIterable<Matrix>;
  /** The rows as the model sees them, in raw units. */
  reconstruct(data: Data, options?: VerbOptions): Promise<Rows>;
  reconstructBatches(data: Data, options?: VerbOptions): AsyncIterable<Rows>;
  /**
   * A map of the rows in two dimensions.
   *
   * @example
   * const map = await model.map(rows, { seed: 1 });
   * await writeFile("map.svg", await map.picture());
   */
  map(data: Data, options?: MapOptions): Promise<LatentMap>;
  /**
   * What each dimension of the code does: its share of the reconstruction, and the columns or
   * pixels that move with it.
   *
   * @example
   * const { dimensions } = await model.dimensions(rows, { top: 3 });
   * for (const { share, moves } of dimensions) console.log(share, moves[0]?.column);
   */
  dimensions(data: Data, options?: DimensionsOptions): Promise<Dimensions>;
  /**
   * Rows without their noise. Images and arrays with axes may be of any height and width; of tables and
   * vectors missing cells are filled in and implausible ones replaced, all others kept.
   *
   * @throws `data.kind` for series: see `denoisePoints`
   * @example
   * const { rows, changes } = await model.denoise(await readTable("patients.csv"));
   */
  denoise(data: Data, options?: DenoiseOptions): Promise<Denoised>;
  denoiseBatches(data: Data, options?: DenoiseOptions): AsyncIterable<Denoised>;
  /** Series without noise and without holes, `[points, channels]` in raw units. */
  denoisePoints(data: Data, options?: VerbOptions): Promise<Float64Array>;
  /** How unusual each row is. */
  score(data: Data, options?: ScoreOptions): Promise<Scores>;
  scoreBatches(data: Data, options?: ScoreOptions): AsyncIterable<Scores>;
  /**
   * A model of the same weights whose alarms are set anew, by the scores of rows that training did
   * not see: p-values and alarms, in its file's graph too, `info.alarms` and `info.scores`. This one
   * stays as it is; each is closed by itself.
   *
   * @param data usual rows, or absent: only the rule changes, and the scores stay those from before
   * @param rule absent: the rule from before
   * @throws `threshold.rows` where there are too few rows for so few false alarms
   * @example
   * const strict = await model.recalibrate(lastWeek, { falseAlarms: 0.001 });
   * await strict.save("strict.onnx");
   */
  recalibrate(
    data?: Data,
    rule?: AlarmRule,
    options?: VerbOptions,
  ): Promise<Model & Partial<Generative>>;
  /**
   * Where in each image the score comes from.
   *
   * @throws `data.kind` for models of anything but images
   */
  heatmap(data: Data, options?: VerbOptions): Promise<Heat>;
  /**
   * How unusual each point of series is, folded back from the windows that cover it; in the order
   * of `points`.
   */
  scorePoints(data: Data, options?: VerbOptions): Promise<PointScores>;
  /** Series as the model sees them, `[points, channels]` in raw units: means over the windows. */
  reconstructPoints(data: Data, options?: VerbOptions): Promise<Float64Array>;
  /**
   * Codes → rows in raw units.
   *
   * @param options.labels one a row, for families that take labels
   */
  decode(codes: Matrix, options?: { readonly labels?: Labels }): Promise<Rows>;
  /** What `generate` can draw codes from, the usual one first; empty: it cannot. */
  readonly origins: readonly ("prior" | "mixture")[];
  /**
   * New rows in raw units.
   *
   * @throws `model.cannot-generate` where the family has no prior, and the codes are too wide for a
   *   mixture
   * @example
   * const madeUp = await model.generate(1000, { seed: 7, from: "mixture" });
   */
  generate(count: number, options?: GenerateOptions): Promise<Rows>;
  /**
   * The way from one row to another through the codes: `steps` rows, the first and the last of them
   * the two as the model sees them.
   *
   * @param a data where the way begins, by default at their first row
   * @param b data where it ends; may be the same
   * @example
   * const between = await model.interpolate(digits, digits, { rows: [3, 17], path: "spherical" });
   */
  interpolate(a: Data, b: Data, options?: InterpolateOptions): Promise<Rows>;
  /**
   * What happens to a row when one dimension of its code after another goes through the values it
   * has in the data.
   *
   * @param data rows whose codes say where each dimension goes. Default: the mixture in the file
   * @example
   * const { rows, dimensions } = await model.traverse(digits, { steps: 9 });
   */
  traverse(data?: Data, options?: TraverseOptions): Promise<Traversal>;
  /** The class of each row, for families that predict labels. Given labels are not looked at. */
  predict?(data: Data, options?: VerbOptions): Promise<Predictions>;
  /** Metrics on data, with controls beside. */
  evaluate(data: Data, options?: EvaluateOptions): Promise<Evaluation>;
  /** A self-contained HTML page about the model on data. */
  report(data: Data, options?: ReportOptions): Promise<string>;
  /** The `.onnx` file. */
  bytes(): Uint8Array;
  /** Writes the `.onnx` file; an existing one is replaced only when the new one is complete. */
  save(path: string): Promise<void>;
  /** Frees the engine. A model that is not closed does not keep the process alive. */
  close(): Promise<void>;
}

/** What a model is beyond `Model` where its family has a prior of its own to draw from. */
export interface Generative {
  /** New rows in raw units. */
  generate(count: number, options?: GenerateOptions): Promise<Rows>;
}

/** How far a walk over the data is. */
export interface Reading {
  readonly rows: number;
  readonly of: number;
  /** `copying`: to the shuffled blocks on disk that data stream from. */
  readonly doing: "reading" | "copying";
}

export interface TrainOptions<T extends string = string> {
  readonly epochs?: number;
  readonly batch?: number;
  readonly learningRate?: number;
  readonly optimizer?: "adam" | "adamw" | "sgd";
  /** Largest Euclidean length of a gradient; unlimited by default. */
  readonly clip?: number;
  /**
   * Share of each batch left out of its step, below ½: the rows with the largest losses. For data
   * with anomalies among them, a little more than the share of those. None by default.
   */
  readonly trim?: number;
  /** Any safe integer from 0. Default 0. Same seed, same machine: same bytes. */
  readonly seed?: number;
  /**
   * The clean side of noisy/clean pairs, for families that learn from pairs: as many rows as the
   * data, each the clean side of the row at its place.
   */
  readonly clean?: Data;
  /** Share of the rows held out, in [0, 1). Default 0.1. */
  readonly validation?: number;
  /** Epochs without improvement on held-out rows before training ends. */
  readonly patience?: number;
  /** Seconds after which training ends with what it has. */
  readonly time?: number;
  /**
   * Threads of one operator. Default: all cores, or one for a step so small that sharing it out
   * takes longer.
   */
  readonly threads?: number;
  /**
   * Memory of the whole process, in bytes or as `"2GB"`. Data that do not fit beside the model
   * stream: from a shuffled copy on disk, a block at a time. Default: half of what there is.
   */
  readonly memory?: number | string;
  readonly signal?: AbortSignal;
  /** While the data are read, before training: again for each time that they are walked. */
  readonly onRead?: (done: Reading) => void;
  /** After each epoch. */
  readonly on?: (epoch: Epoch<T>) => void;
  /** Several times a second. */
  readonly onProgress?: (progress: Progress<T>) => void;
  /**
   * What the run decided by itself, a sentence each: sizes chosen, columns left out. At the end,
   * what the doctor saw, with the diagnosis beside the words.
   */
  readonly onNote?: (note: string, diagnosis?: Diagnosis) => void;
  /** File that the state is kept in while training; removed at the end. */
  readonly checkpoint?: string;
  /** Seconds between writes of the checkpoint. Default 30, more where writing takes its time. */
  readonly checkpointEvery?: number;
  /** Go on from `checkpoint` if it is there. */
  readonly resume?: boolean;
}
