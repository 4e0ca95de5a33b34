/** What a model file tells about itself. */
import type { LabelSchema } from "../data/labels.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { Threshold } from "../detect/calibration.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Epoch } from "../train/events.ts";
import type { HeadInfo } from "./few-labels/head-info.ts";
import type { LinearPartInfo } from "./linear-part/info.ts";

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
  /** Of models that learned from labelled rows what to predict. */
  readonly head?: HeadInfo | undefined;
  /** Of models of interactions: what recommends beside the network. */
  readonly linearPart?: LinearPartInfo | undefined;
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
    /** Where its first weights came from; absent: all were drawn from the seed. */
    readonly init?:
      | {
          readonly from: string;
          /** Tensors that were taken, and how many there are. */
          readonly taken: number;
          readonly of: number;
          /** Columns that the older model did not have, and those of it that are no more. */
          readonly added: readonly string[];
          readonly gone: readonly string[];
          /** Columns whose new scale could be followed in the middle of the data only. */
          readonly near: readonly string[];
        }
      | undefined;
    /** Layers that were trained one by one beforehand, and the epochs of each. */
    readonly pretrained?:
      { readonly layers: readonly string[]; readonly epochs: number } | undefined;
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
