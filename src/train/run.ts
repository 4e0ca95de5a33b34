/** What a run is given, what it goes on from, and what it gives. */
import type { Tensor } from "../base/tensor.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import type { RateSchedule } from "../optim/schedules.ts";
import type { Transform } from "../optim/transform.ts";
import type { Epoch, Progress } from "./events.ts";

export interface RunSettings {
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  readonly optimizer: Transform;
  readonly rate: RateSchedule;
  /** Epochs without a better validation loss before the run ends. */
  readonly patience: number;
  /** Seconds after which the run ends, schedules included. */
  readonly time: number | undefined;
}

export interface RunData {
  /** By the names of `residentInputs`. */
  readonly compact: Readonly<Record<string, Tensor>>;
  readonly training: Int32Array;
  readonly validation: Int32Array;
  /** No value is missing. */
  readonly complete: boolean;
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

export interface RunHooks {
  readonly signal: AbortSignal | undefined;
  readonly onEpoch: ((epoch: Epoch) => void) | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Called with a way to get the state, whenever the run could be stopped: at every chunk. */
  readonly onPause: ((state: () => Promise<RunState>) => Promise<void>) | undefined;
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
