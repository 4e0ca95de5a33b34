/** What training takes. */
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Epoch, Progress } from "../train/events.ts";
import type { Model } from "./types.ts";
import type { Data } from "./verb-options.ts";

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
  /**
   * An older model, or the path of its file, to begin from instead of random weights: also with other
   * columns, another size of the code or another family. What fits is taken.
   */
  readonly init?: string | Pick<Model, "bytes" | "info">;
  /**
   * `"layerwise"`: each layer of a dense body is first trained by itself, as an autoencoder of what
   * the layers below it say, for half of the epochs in all; then the whole.
   */
  readonly pretrain?: "layerwise";
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
  /**
   * Learn to predict the label from so many rows' labels, or from all that are known: the others are
   * learned from without. The rows are drawn by the seed, of each class in proportion.
   */
  readonly labelled?: number | "all";
  /**
   * What a label is. Default: words and few whole numbers are classes, other numbers numbers. Acts
   * with `labelled` alone.
   */
  readonly predicts?: "classes" | "numbers";
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
