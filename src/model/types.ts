/** What a fitted model is to its user. */
import type { Matrix } from "../base/tensor.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { LabelSchema, Labels } from "../data/labels.ts";
import type { Rows, Source } from "../data/source.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Epoch, Progress } from "../train/events.ts";

/** Data for a verb: something a reader gave, or rows in memory. */
export type Data = Source | Rows;

export interface VerbOptions {
  readonly signal?: AbortSignal;
  /** Rows at a time. Default: by size, at most a few MB. */
  readonly chunk?: number;
  readonly onProgress?: (done: { readonly rows: number; readonly of: number }) => void;
}

export interface ScoreOptions extends VerbOptions {
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
}

/** A share of a row's score. */
export interface Blame {
  /** Column name, or `"y,x"` / `"y,x,c"` of a pixel, or the index of a feature. */
  readonly column: string;
  /** Its part of the reconstruction loss, in the score's unit. */
  readonly share: number;
  /** What was there and what the model expected, in raw units; null is missing. */
  readonly actual: string | number | boolean | null;
  readonly expected: string | number | boolean | null;
}

export interface Scores {
  /** One a row; higher = more unusual. */
  readonly scores: Float32Array;
  /** With `explain`: for each row, the largest shares first. */
  readonly blame?: readonly (readonly Blame[])[];
}

export interface GenerateOptions {
  readonly seed?: number;
  /** Spread of the draws from the prior: 1 as trained, less for more typical samples. */
  readonly temperature?: number;
  /** The class of all samples, for families that take labels. Default: as often as in training. */
  readonly label?: string;
  readonly signal?: AbortSignal;
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
    readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
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
  /** Codes, `[rows, latent]`. */
  encode(data: Data, options?: VerbOptions): Promise<Matrix>;
  /** Codes a chunk at a time, for data larger than memory. */
  encodeBatches(data: Data, options?: VerbOptions): AsyncIterable<Matrix>;
  /** The rows as the model sees them, in raw units. */
  reconstruct(data: Data, options?: VerbOptions): Promise<Rows>;
  reconstructBatches(data: Data, options?: VerbOptions): AsyncIterable<Rows>;
  /** How unusual each row is. */
  score(data: Data, options?: ScoreOptions): Promise<Scores>;
  scoreBatches(data: Data, options?: ScoreOptions): AsyncIterable<Scores>;
  /**
   * Codes → rows in raw units.
   *
   * @param options.labels one a row, for families that take labels
   */
  decode(codes: Matrix, options?: { readonly labels?: Labels }): Promise<Rows>;
  /** The class of each row, for families that predict labels. Given labels are not looked at. */
  predict?(data: Data, options?: VerbOptions): Promise<Predictions>;
  /** Metrics on data, with controls beside. */
  evaluate(data: Data, options?: EvaluateOptions): Promise<Evaluation>;
  /** A self-contained HTML page about the model on data. */
  report(data: Data, options?: VerbOptions & { readonly seed?: number }): Promise<string>;
  /** The `.onnx` file. */
  bytes(): Uint8Array;
  /** Writes the `.onnx` file; an existing one is replaced only when the new one is complete. */
  save(path: string): Promise<void>;
  /** Frees the engine. A model that is not closed does not keep the process alive. */
  close(): Promise<void>;
}

/** A model whose family has a prior to draw from. */
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
