/**
 * What a simple detector is: the controls that an autoencoder's score has to beat. A file of this
 * folder holds one; `index.ts` lists those for rows.
 */

/** Rows of numbers, row-major `[rows, columns]`: features as a network sees them, scaled alike. */
export interface Points {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array | Float64Array;
}

export interface Detector {
  /** What to call it in a sentence: `isolation forest`. */
  readonly label: string;
  /** The widest rows that it takes in a time worth waiting for. */
  readonly mostColumns?: number;
  /**
   * @param points what is usual; some unusual rows among them are borne
   * @param options.seed same seed, same points: same scores. Default 0
   * @param options.toScore how many rows are to be scored: of very many, each is taken less time
   */
  readonly fit: (
    points: Points,
    options?: { readonly seed?: number; readonly toScore?: number },
  ) => FittedDetector;
}

export interface FittedDetector {
  /** One a row, higher = more unusual. */
  readonly score: (points: Points, options?: ScoringOptions) => Float64Array;
  /** Sentences: what was left out, or changed to make the fit possible. */
  readonly notes: readonly string[];
}

export interface ScoringOptions {
  /**
   * For each of the points, its row among those that were fitted on, −1 for none: no row is its own
   * neighbour. Default: none is.
   */
  readonly fittedRow?: Int32Array;
}
