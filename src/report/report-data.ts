/** Everything a report shows, as plain values: the report neither reads files nor runs models. */
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Epoch } from "../train/events.ts";

/** Rows of a table as text cells; null is a missing value. */
export interface CellRows {
  readonly kind: "table";
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** `data` is `[count, height, width, channels]`, 0–255. */
export interface ImageSheet {
  readonly kind: "images";
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Uint8Array;
}

/** Rows of numbers drawn as lines: `data` is `[count, length]`. */
export interface LineSheet {
  readonly kind: "lines";
  readonly count: number;
  readonly length: number;
  readonly data: Float32Array;
}

export type Exhibit = CellRows | ImageSheet | LineSheet;

/** An epoch as the trainer tells it; the gradient is for the doctor, not for the page. */
export type EpochRecord = Omit<Epoch, "gradient">;

export interface ReportData {
  readonly title: string;
  /** ISO date-time; an argument so that a report is a function of its data. */
  readonly created: string;
  readonly version: string;
  readonly model: {
    readonly family: string;
    readonly body: string;
    readonly latent: number;
    readonly inputs: number;
    readonly parameters: number;
    readonly options: Readonly<Record<string, unknown>>;
  };
  readonly data: {
    readonly name: string;
    readonly kind: "table" | "images" | "array";
    readonly trainingRows: number;
    readonly validationRows: number;
    /** `"28 × 28 × 1"`, or the count of columns by role. */
    readonly description: string;
    readonly columns: readonly {
      readonly name: string;
      readonly role: string;
      readonly note: string;
    }[];
    readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
  };
  readonly training: {
    readonly epochs: readonly EpochRecord[];
    readonly bestEpoch: number;
    readonly stopped: string;
    readonly seconds: number;
    readonly seed: number;
    /** Unit of each loss term, as `"nats"` or `"squared error"`. */
    readonly units: Readonly<Record<string, string>>;
    /** What the doctor saw, and what to try. */
    readonly warnings: readonly Pick<Diagnosis, "severity" | "saw" | "advice">[];
  };
  readonly evaluation: {
    readonly on: string;
    readonly rows: number;
    readonly metrics: Readonly<Record<string, number>>;
    readonly controls: Readonly<Record<string, Readonly<Record<string, number>>>>;
    /** What must be known to read the figures, a sentence each. */
    readonly notes?: readonly string[];
    /** Plain words: who won, by how much, and what to do. */
    readonly verdict: readonly string[];
  };
  readonly reconstructions: {
    readonly originals: Exhibit;
    readonly reconstructions: Exhibit;
    /** Error a cell, `[rows, columns]`, in units of the column's spread; for tables only. */
    readonly cellErrors?: Float32Array;
    /** Which rows these are, as `"typical"` or `"most unusual"`, one an item. */
    readonly captions: readonly string[];
  };
  readonly latent: {
    /** `[rows, latent]` */
    readonly codes: Float32Array;
    readonly rows: number;
    readonly dimensions: number;
    /** One a row. */
    readonly labels: readonly (string | null)[] | undefined;
    readonly label: string | undefined;
    /** Standard deviation of each latent dimension over rows. */
    readonly activity: readonly number[];
    /** KL a dimension in nats, for families that have it. */
    readonly kl: readonly number[] | undefined;
  };
  readonly scores: {
    readonly values: Float32Array;
    readonly unit: string;
    readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
  };
  readonly samples: Exhibit | undefined;
}
