/** What a run is given, what it goes on from, and what it gives. */
import type { Tensor } from "../base/tensor.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import type { RateSchedule } from "../optim/schedules.ts";
import type { Transform } from "../optim/transform.ts";
import type { Held } from "../runtime/engine.ts";
import type { Epoch, Progress } from "./events.ts";

export interface RunSettings {
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  readonly optimizer: Transform;
  /** Threads of a step; absent: as many as it is worth. */
  readonly threads?: number | undefined;
  readonly rate: RateSchedule;
  /** Share of each batch left out of its step: the rows with the largest losses. */
  readonly trim?: number | undefined;
  /** Epochs without a better validation loss before the run ends. */
  readonly patience: number;
  /** Seconds after which the run ends, schedules included. */
  readonly time: number | undefined;
  /** First parameters and buffers, instead of those drawn from the seed. */
  readonly start?: Vectors | undefined;
}

export interface RunData {
  /** Rows that stay beside the engine, by the names of `residentInputs`. */
  readonly compact: Readonly<Record<string, Tensor>>;
  /** Of the resident rows, those that may be trained on: all there are, or a sample of them. */
  readonly training: Int32Array;
  readonly validation: Int32Array;
  /** No value is missing. */
  readonly complete: boolean;
  /** Where rows to train on come from if not all are resident. */
  readonly supply?: Supply;
}

/**
 * Where training rows come from: blocks, one after the other beside the engine. What is resident
 * is one block.
 */
export interface Supply {
  /** Rows of each block. */
  readonly blocks: readonly number[];
  /** The blocks of an epoch, in their order. */
  epoch(epoch: number): ArrayLike<number>;
  /** Puts a block of an epoch beside the engine, by its place there, and fetches the next. */
  open(epoch: number, place: number): Promise<Block>;
}

export interface Block {
  /** Its values, by the names of a program's inputs. */
  readonly feeds: Readonly<Record<string, Held>>;
  /** The order of its rows in this epoch. */
  readonly order: Int32Array;
  /** Copies of its values, by the names of `residentInputs`. */
  readonly values: () => Promise<Readonly<Record<string, Tensor>>>;
}

/** The flat vectors of a run: by their names beside the engine. */
export type Vectors = Readonly<Record<string, Float32Array>>;

/** Everything a run needs to go on from where it was. */
export interface RunState {
  readonly vectors: Vectors;
  /** Steps done in all. */
  readonly step: number;
  /** Epochs finished. */
  readonly history: readonly Epoch[];
  /** Steps done of the epoch under way, and the sums of its losses over rows. */
  readonly inEpoch: { readonly steps: number; readonly sums: readonly number[] };
  readonly best:
    { readonly epoch: number; readonly loss: number; readonly vectors: Vectors } | undefined;
  readonly seconds: number;
}

/** A flat vector that is read a piece at a time: those of a large model are gigabytes together. */
export interface StreamedVector {
  readonly length: number;
  pieces(): AsyncIterable<Float32Array>;
}

/** The state of a run that waits meanwhile. */
export type PausedState = Omit<RunState, "vectors"> & {
  readonly vectors: Readonly<Record<string, StreamedVector>>;
};

export interface RunHooks {
  readonly signal: AbortSignal | undefined;
  readonly onEpoch: ((epoch: Epoch) => void) | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Called with a way to get the state, whenever the run could be stopped: at every chunk. */
  readonly onPause: ((state: () => PausedState) => Promise<void>) | undefined;
}

/** Why a run ended. */
export type Stopped = "epochs done" | "no better for a while" | "time is up";

export interface RunResult {
  readonly spec: NetworkSpec;
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
  readonly history: readonly Epoch[];
  readonly bestEpoch: number;
  readonly stopped: Stopped;
  readonly seconds: number;
  readonly steps: number;
}
