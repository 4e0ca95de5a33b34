/** A run's options, checked and filled in. */
import { z } from "zod";
import { parseOptions } from "../families/options.ts";
import { adam, adamW } from "../optim/adam.ts";
import { clipByGlobalNorm } from "../optim/clip.ts";
import { cosine } from "../optim/schedules.ts";
import { sgd } from "../optim/sgd.ts";
import type { Transform } from "../optim/transform.ts";
import { chain } from "../optim/transform.ts";
import type { RunSettings } from "../train/run.ts";
import { defaultBatch, defaultEpochs, defaultPatience } from "./defaults.ts";
import type { TrainOptions } from "./types.ts";

/**
 * Optimizers by name, with the learning rate a row of the batch that suits each: larger
 * batches take fewer steps an epoch and bear longer ones (Goyal et al., "Accurate, large
 * minibatch SGD", 2017), up to a point.
 */
const optimizers = {
  adam: { make: () => adam(), rate: 1e-3 / 32, most: 4e-3 },
  adamw: { make: () => adamW(), rate: 1e-3 / 32, most: 4e-3 },
  sgd: { make: () => sgd({ momentum: 0.9 }), rate: 1e-4 / 32, most: 4e-4 },
} as const;

function defaultLearningRate(name: keyof typeof optimizers, batch: number): number {
  const { rate, most } = optimizers[name];
  return Math.min(most, rate * batch);
}

const schema = z.strictObject({
  epochs: z.number().int().positive().optional(),
  batch: z.number().int().positive().optional(),
  learningRate: z.number().positive().optional(),
  optimizer: z.enum(["adam", "adamw", "sgd"]).default("adam"),
  clip: z.number().positive().optional(),
  trim: z.number().positive().lt(0.5).optional(),
  seed: z.number().int().nonnegative().default(0),
  validation: z.number().min(0).lt(1).default(0.1),
  patience: z.number().int().positive().optional(),
  time: z.number().positive().optional(),
  pretrain: z.literal("layerwise").optional(),
});

export interface Settings {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly optimizer: keyof typeof optimizers;
  readonly clip: number | undefined;
  readonly trim: number | undefined;
  readonly seed: number;
  readonly validation: number;
  readonly patience: number;
  readonly time: number | undefined;
  readonly pretrain: "layerwise" | undefined;
}

/** @throws `options.invalid`, naming the option */
export function settingsFrom(options: TrainOptions, rows: number): Settings {
  const given = parseOptions("training", schema, ownOptions(options));
  const batch = Math.min(given.batch ?? defaultBatch(rows), rows);
  // With a time limit and no number of epochs, the clock decides.
  const epochs = given.epochs ?? (given.time === undefined ? defaultEpochs(rows, batch) : 10_000);
  return {
    epochs,
    batch,
    learningRate: given.learningRate ?? defaultLearningRate(given.optimizer, batch),
    optimizer: given.optimizer,
    clip: given.clip,
    trim: given.trim,
    seed: given.seed,
    validation: given.validation,
    patience: given.patience ?? defaultPatience(epochs),
    time: given.time,
    pretrain: given.pretrain,
  };
}

/** Without what is not about the run's course: hooks, files, memory and threads. */
function ownOptions(options: TrainOptions): object {
  const {
    threads,
    signal,
    on,
    onProgress,
    onNote,
    checkpoint,
    checkpointEvery,
    resume,
    clean,
    memory,
    onRead,
    init,
    labelled,
    predicts,
    ...own
  } = options;
  void [threads, signal, on, onProgress, onNote, checkpoint, checkpointEvery, resume, clean];
  void [memory, onRead, init, labelled, predicts];
  return own;
}

/** Steps over which the rate rises, at most. */
const WARM_UP = 500;

export function runSettings(settings: Settings): RunSettings {
  const { epochs, batch, seed, patience, time, learningRate } = settings;
  return {
    epochs,
    batch,
    seed,
    patience,
    time,
    optimizer: optimizerOf(settings),
    trim: settings.trim,
    rate: (step, steps) =>
      cosine({ rate: learningRate, warmUp: Math.min(WARM_UP, 0.05 * steps) })(step, steps),
  };
}

function optimizerOf({ optimizer, clip }: Settings): Transform {
  const made = optimizers[optimizer].make();
  return clip === undefined ? made : chain(clipByGlobalNorm(clip), made);
}
