/** What verbs of a fitted model give. */
import type { Matrix } from "../base/tensor.ts";
import type { Rows } from "../data/source.ts";
import type { Move } from "../report/moves.ts";

/** A share of a row's score. */
export interface Blame {
  /** Column name, or `"y,x"` / `"y,x,c"` of a pixel, or the index of a feature. */
  readonly column: string;
  /**
   * What it adds to the distance beyond the usual, in usual distances; below 0 where it is more usual
   * than most. By reconstruction, and of interactions: its part of that loss.
   */
  readonly share: number;
  /**
   * What was there and what was expected, in raw units; null is missing. Expected is what the training
   * rows have that this one is nearest to, on average; by reconstruction, and of series, what the model
   * gives back. Of interactions: how much of the item the user has, and its chance to be next.
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

/** Where in each image the score comes from. */
export interface Heat {
  readonly rows: number;
  readonly height: number;
  readonly width: number;
  /** `[rows, height, width]`: 1 is as far off as usual at that pixel, 2 twice as far. */
  readonly data: Float32Array;
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

export interface Predictions {
  /** The classes that training saw, the most frequent first. */
  readonly classes: readonly string[];
  /** The likeliest class of each row; of numbers, the number as text. */
  readonly labels: readonly string[];
  /** Of models that predict numbers: the number of each row. There are no classes then. */
  readonly numbers?: Float32Array;
  /** The chance of each class, `[rows, classes]`. */
  readonly chances: Matrix;
}

/** An item that a user may like next. */
export interface Recommended {
  readonly item: string;
  /** The model's chance that this is the user's next item; those of all items, had or not, are 1 in sum. */
  readonly chance: number;
  /**
   * Items of the history that it rests on: `factor` is how many times as likely it is with the item as
   * it would be without. The largest first, and only those above 1.
   */
  readonly because?: readonly { readonly item: string; readonly factor: number }[];
}

export interface Recommendations {
  /** Names of the users, or their numbers from 1 where they have none. */
  readonly users: readonly string[];
  /** Of each user, the best first. */
  readonly lists: readonly (readonly Recommended[])[];
}
