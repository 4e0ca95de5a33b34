/** Everything a report shows, as plain values: the report neither reads files nor runs models. */
import type { LabelComparison } from "../evaluate/few-labels/compare.ts";
import type { DenoisingComparison } from "../evaluate/denoising/compare.ts";
import type { Curve, DetectionFigures } from "../evaluate/detection/compare.ts";
import type { Judgement } from "../evaluate/synthesis/index.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Epoch } from "../train/events.ts";
import type { Move } from "./moves.ts";

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

export interface DimensionShown {
  /** From 0. */
  readonly dimension: number;
  /** Of the reconstruction, from 0 to 1. */
  readonly share: number;
  readonly moves: readonly Move[];
}

/** Where alarms begin, and what they rest on. */
export interface AlarmsShown {
  readonly value: number;
  /** Scores of usual rows that it was set by, rising. */
  readonly calibration: Float32Array;
  /** How many there were and would be, what is promised, what to doubt: a sentence each. */
  readonly words: readonly string[];
}

/** One of the most unusual rows. */
export interface UnusualRow {
  /** Of interactions: the user. */
  readonly name?: string | undefined;
  /** From 1. */
  readonly row: number;
  readonly score: number;
  /** The chance that a usual row scores as high. */
  readonly chance: number;
  readonly alarm: boolean;
  readonly label: string | null;
  readonly reasons: readonly Reason[];
}

export interface Reason {
  readonly column: string;
  /** What it adds to the distance, in usual distances; of interactions to the surprise, in nats. */
  readonly share: number;
  readonly actual: string | null;
  readonly expected: string | null;
}

export interface SeriesShown {
  readonly name: string;
  /** Points of this one. */
  readonly points: number;
  /** Milliseconds, or numbers; absent: points are counted. */
  readonly times?: Float64Array;
  readonly dates: boolean;
  /** Points before which something is missing, as over a long gap in time. */
  readonly breaks: readonly number[];
  readonly channels: readonly { readonly name: string; readonly values: Float64Array }[];
  /** One a point; NaN where there is none. */
  readonly scores: Float64Array;
  /** First and last point of each interval above the threshold. */
  readonly intervals: readonly (readonly [first: number, last: number])[];
  /** Those that labels tell of. */
  readonly known: readonly (readonly [first: number, last: number])[];
}

/** When something was unusual in series. */
export interface IntervalShown {
  readonly series: string;
  /** Times in words, or rows. */
  readonly from: string;
  readonly to: string;
  readonly points: number;
  readonly peak: number;
  readonly channels: readonly { readonly name: string; readonly share: number }[];
}

export interface Unusual {
  readonly label: string | undefined;
  readonly rows: readonly UnusualRow[];
  /** Of images: each of the rows, with how far off each pixel is, `[rows, height, width]`. */
  readonly images?:
    | {
        readonly sheet: ImageSheet;
        readonly heat: {
          readonly data: Float32Array;
          readonly height: number;
          readonly width: number;
        };
      }
    | undefined;
  readonly series?:
    | {
        readonly shown: readonly SeriesShown[];
        /** Of series, and of channels of each, that are not shown. */
        readonly left: { readonly series: number; readonly channels: number };
        readonly intervals: readonly IntervalShown[];
        /** Of intervals, in all. */
        readonly count: number;
      }
    | undefined;
  /** How well labels are found, beside the controls. */
  readonly detection?:
    | {
        readonly of: string;
        readonly rows: number;
        readonly anomalies: number;
        readonly contenders: readonly {
          readonly name: string;
          readonly own: boolean;
          readonly figures: DetectionFigures;
          readonly curve: Curve;
        }[];
        readonly verdict: string;
      }
    | undefined;
}

/** A user, with what is recommended by what was given of the history. */
export interface PersonShown {
  readonly name: string;
  /** Of the history that was given. */
  readonly items: number;
  /** Some of them. */
  readonly some: readonly string[];
  /** How many were kept back. */
  readonly asked: number;
  readonly list: readonly RecommendedShown[];
}

export interface RecommendedShown {
  readonly title: string;
  readonly chance: number;
  /** Whether it is among what was kept back. */
  readonly took: boolean;
  /** How many times as likely it is with each of these as without. */
  readonly because: readonly { readonly title: string; readonly factor: number }[];
}

/** How small data get with an error bound, without and with the model, beside other ways. */
export interface CompressionShown {
  /** How many of how many rows were compressed. */
  readonly rows: number;
  readonly of: number;
  /** What the rows take as they are, and as what: `"32-bit floats"`. */
  readonly original: { readonly bytes: number; readonly as: string };
  /** Smallest first. */
  readonly ways: readonly CompressionWay[];
  /** Largest error allowed and found; of tables, of the worst column. */
  readonly bound: number;
  readonly largestError: number;
  /** What must be known to read the figures, a sentence each. */
  readonly notes: readonly string[];
  readonly verdict: string;
  /** The first ones before and after; for images only. */
  readonly pictures?: { readonly originals: ImageSheet; readonly restored: ImageSheet };
}

export interface CompressionWay {
  readonly name: string;
  /** Of this package. */
  readonly own: boolean;
  readonly bytes: number;
  /** To the last bit. */
  readonly exact: boolean;
  /** In decibels; absent: not told. */
  readonly psnr?: number;
}

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
    readonly kind: "table" | "images" | "array" | "series" | "interactions";
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
    /** Figures of each control that differ from the model's by no more than chance may do. */
    readonly even?: Readonly<Record<string, readonly string[]>> | undefined;
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
  /** What each dimension of the latent stands for. */
  readonly dimensions?:
    | {
        readonly list: readonly DimensionShown[];
        /** Rows that all is a mean over. */
        readonly rows: number;
        /** A typical row with each dimension low and high: item 2d and item 2d + 1. */
        readonly ends: Exhibit | undefined;
        /** Mean change of each pixel, `[dimensions, height, width, channels]`; for images only. */
        readonly changes: Float32Array | undefined;
      }
    | undefined;
  readonly scores: {
    /** One a row; of series, one a point. */
    readonly values: Float32Array | Float64Array;
    readonly unit: string;
    readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    readonly alarms?: AlarmsShown | undefined;
  };
  readonly unusual?: Unusual | undefined;
  readonly samples: Exhibit | undefined;
  /** The first noisy pictures with what became of them, and how near all come to the clean ones. */
  readonly denoising?:
    | {
        readonly comparison: DenoisingComparison;
        readonly noisy: ImageSheet;
        readonly denoised: ImageSheet;
        readonly clean: ImageSheet;
      }
    | undefined;
  /** How well labels are told, beside what they teach without the model. */
  readonly labels?: LabelComparison | undefined;
  readonly compression?: CompressionShown | undefined;
  /** Of interactions. */
  readonly recommendation?:
    | {
        readonly people: readonly PersonShown[];
        /** What was kept back is the latest. */
        readonly later: boolean;
      }
    | undefined;
  /** How good the samples are, beside the controls'. */
  readonly judged?: Judgement | undefined;
}
