/** What is counted while blocks are coded. */
import type { BlockOut } from "./block.ts";

export interface Tally {
  largest: number;
  exact: number;
  /** Of errors, in units of the bound. */
  squares: number;
  /** Of those of sampled images. */
  sampled: number;
  readonly predictions: Record<string, number>;
}

export function newTally(): Tally {
  return { largest: 0, exact: 0, squares: 0, sampled: 0, predictions: {} };
}

export function tell(tally: Tally, { how, largest, exact }: Omit<BlockOut, "bytes">): void {
  tally.largest = Math.max(tally.largest, largest);
  tally.exact += exact;
  tally.predictions[how] = (tally.predictions[how] ?? 0) + 1;
}

/** The figures of a tally that go into the result as they are. */
export function figuresOf({ largest, exact, predictions }: Tally) {
  return {
    predictions,
    largestError: largest,
    exact,
    blocks: Object.values(predictions).reduce((sum, n) => sum + n, 0),
  };
}
