/** The most unusual rows of a stream, without keeping the rest. */
import type { Blame } from "../model/types.ts";

export interface ScoredRow {
  /** Counted from 0. */
  readonly row: number;
  readonly score: number;
  readonly blame: readonly Blame[];
}

export interface Ranking {
  add(rows: readonly ScoredRow[]): void;
  /** Highest scores first; equal ones in the order of the data. */
  rows(): readonly ScoredRow[];
}

/** @param most how many rows to keep; `Infinity` for all */
export function createRanking(most: number): Ranking {
  let kept: ScoredRow[] = [];
  const cut = (): void => {
    kept = kept.toSorted((a, b) => b.score - a.score || a.row - b.row).slice(0, most);
  };
  return {
    add: (rows) => {
      for (const row of rows) kept.push(row);
      if (kept.length > 2 * most) cut();
    },
    rows: () => {
      cut();
      return kept;
    },
  };
}
