/** The most unusual rows of a stream, without keeping the rest. */
import type { Blame } from "../model/types.ts";

export interface ScoredRow {
  /** Counted from 0. */
  readonly row: number;
  readonly score: number;
  readonly blame: readonly Blame[];
}

export interface Ranking {
  /** @param first row of these scores, counted from 0 */
  add(first: number, scores: Float32Array, blame?: readonly (readonly Blame[])[]): void;
  /** Highest scores first; equal ones in the order of the data. */
  rows(): readonly ScoredRow[];
}

/** @param most how many rows to keep; `Infinity` for all */
export function createRanking(most: number): Ranking {
  let kept: ScoredRow[] = [];
  /** What a row must exceed: later rows of the same score come behind. */
  let bar = -Infinity;
  const cut = (): void => {
    kept = kept.toSorted((a, b) => b.score - a.score || a.row - b.row).slice(0, most);
    if (kept.length === most) bar = kept.at(-1)?.score ?? bar;
  };
  return {
    add: (first, scores, blame) => {
      for (const [i, score] of scores.entries()) {
        if (score <= bar) continue;
        kept.push({ row: first + i, score, blame: blame?.[i] ?? [] });
        if (kept.length > 2 * most) cut();
      }
    },
    rows: () => {
      cut();
      return kept;
    },
  };
}
