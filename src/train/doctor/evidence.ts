/** What the doctor knows of a run: all that a rule may look at. */
import type { Epoch } from "../events.ts";
import type { Stopped } from "../run.ts";

/** Sums of squares over the rows of a probe, a row on average. */
export interface Errors {
  /** Of the reconstruction. */
  readonly error: number;
  /** About the mean of the rows: the error of a model that shows the average row every time. */
  readonly spread: number;
  /** Of PCA of the same size, where it was fitted. */
  readonly control: number | undefined;
}

/** Units of a hidden layer that can be off. */
export interface Layer {
  /** As `encoder 1`, counted from the input. */
  readonly name: string;
  readonly units: number;
  /** Units that were off in every row of the probe. */
  readonly dead: number;
}

/** What one set of weights makes of some rows. */
export interface Probed {
  readonly rows: number;
  readonly loss: number;
  /** Over all features: numbers, and the chances of categories. */
  readonly all: Errors;
  /** Over the numbers alone, where there are any. */
  readonly numbers: Errors | undefined;
  /** Of rows whose features come each from another row: like the data one by one, unlike it together. */
  readonly shuffled: Errors;
  readonly code: {
    /** Variance of each number of the code over the rows. */
    readonly variance: readonly number[];
    /** Rows in which each number of the code is not zero. */
    readonly used: readonly number[];
    /** Mean KL to the prior, in nats, of each number of the code. */
    readonly kl: readonly number[] | undefined;
  };
  readonly layers: readonly Layer[];
  /** The loss's gradient in each weight matrix, from the input to the output. */
  readonly gradients: readonly {
    readonly name: string;
    readonly length: number;
    /** Root mean square: the length, a weight. */
    readonly size: number;
  }[];
}

export interface Evidence {
  readonly family: {
    readonly name: string;
    readonly options: Readonly<Record<string, unknown>>;
    /** Every option it could be given. */
    readonly optionNames: readonly string[];
    /** Its codes are of a finite alphabet. */
    readonly discrete: boolean;
    /** It is trained to give back whole rows, not to fill in parts of them. */
    readonly givesBack: boolean;
  };
  readonly body: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly latent: number;
  readonly features: number;
  readonly parameters: number;
  readonly rows: { readonly training: number; readonly heldOut: number };
  readonly settings: {
    readonly epochs: number;
    readonly batch: number;
    readonly learningRate: number;
    /** What the learning rate would have been, had nobody said. */
    readonly usualRate: number;
    readonly clip: number | undefined;
  };
  readonly history: readonly Epoch[];
  readonly bestEpoch: number;
  readonly stopped: Stopped;
  /** The first weights on training rows. */
  readonly start: Probed;
  /** The kept weights on training rows, and on held-out rows if there are any. */
  readonly training: Probed;
  readonly heldOut: Probed | undefined;
}

/** Share of the spread that the reconstruction leaves unexplained; 1 is no better than the average row. */
export function unexplained({ error, spread }: Errors): number {
  return spread > 0 ? error / spread : 0;
}
