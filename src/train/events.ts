/** What a run tells while it goes. Typed by the family's loss terms. */

export interface Epoch<T extends string = string> {
  /** Counted from 1. */
  readonly epoch: number;
  /** Mean training loss over the epoch, per sample. */
  readonly loss: number;
  /** Mean of each loss term, without its weight. */
  readonly terms: Readonly<Record<T, number>>;
  /** Absent when no rows were held out. */
  readonly validationLoss: number | undefined;
  readonly validationTerms: Readonly<Record<T, number>> | undefined;
  /** What decided which epoch is kept, smaller is better, of families that judge by more than the loss. */
  readonly judged?: number;
  /** Mean Euclidean length of the gradient. */
  readonly gradient: number;
  /** Rate of the epoch's last step. */
  readonly learningRate: number;
  /** Wall time of the epoch, validation included. */
  readonly seconds: number;
}

/** How far a run is, several times a second. */
export interface Progress<T extends string = string> {
  readonly epoch: number;
  readonly epochs: number;
  /** Share of this epoch, in [0, 1]. */
  readonly share: number;
  readonly loss: number;
  readonly terms: Readonly<Record<T, number>>;
  /** Of the last finished epoch. */
  readonly validationLoss: number | undefined;
  readonly rowsPerSecond: number;
  /** To the end of the planned epochs; early stopping may come first. */
  readonly secondsLeft: number;
}
