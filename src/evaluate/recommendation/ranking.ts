/**
 * How good lists of items are. With ω(r) the item at rank r of a user's list, I the items that the
 * user took besides those that were given,
 *
 *   Recall@k = Σ_{r ≤ k} [ω(r) ∈ I] / min(k, |I|)
 *   DCG@k = Σ_{r ≤ k} [ω(r) ∈ I] / log₂(r + 1)
 *   NDCG@k = DCG@k over that of a list with all of I in front
 *
 * (Liang et al., 2018, section 4.2, with relevance 0 or 1.) Items that were given are never
 * recommended. Over all users: coverage@k, the share of the catalogue that is in anybody's first
 * k, and novelty@k, the mean self-information −log₂(share of the users who took it) of the first k.
 *
 * @see Vargas and Castells, "Rank and relevance in novelty and diversity metrics" (RecSys 2011)
 */
import { historyOf } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import { columnCounts, sparseOf } from "./histories.ts";
import type { HeldOut } from "./splits.ts";
import { topItems } from "./top-items.ts";

/** A mean over users, with its standard error where it is one. */
export interface Estimate {
  readonly value: number;
  readonly error?: number;
}

/** Where lists are cut. */
const NDCG = 100;
const RECALLS = [20, 50] as const;
const LISTS = 20;
const LONGEST = Math.max(NDCG, ...RECALLS, LISTS);

/** Figures that are means over users. */
const BY_USER = ["ndcg100", "recall20", "recall50", "novelty20"] as const;
export type UserFigure = (typeof BY_USER)[number];
export type RecommendationFigure = UserFigure | "coverage20";
export type RecommendationFigures = Readonly<Record<RecommendationFigure, Estimate>>;

/** NDCG of one list, best first. `asked` rises. */
export function ndcgAt(list: Int32Array, asked: Int32Array, k: number): number {
  let gain = 0;
  for (let r = 0; r < Math.min(k, list.length); r += 1)
    if (holds(asked, list[r] as number)) gain += 1 / Math.log2(r + 2);
  let ideal = 0;
  for (let r = 0; r < Math.min(k, asked.length); r += 1) ideal += 1 / Math.log2(r + 2);
  return ideal === 0 ? NaN : gain / ideal;
}

/** Recall of one list, best first. `asked` rises. */
export function recallAt(list: Int32Array, asked: Int32Array, k: number): number {
  let found = 0;
  for (let r = 0; r < Math.min(k, list.length); r += 1)
    found += Number(holds(asked, list[r] as number));
  return found / Math.min(k, asked.length);
}

/** Binary search. */
function holds(rising: Int32Array, item: number): boolean {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rising[middle] as number) < item) low = middle + 1;
    else high = middle;
  }
  return rising[low] === item;
}

/** Judges lists as they come, some users at a time. */
export interface Ranking {
  /** @param scores `[users, items]` of the held-out users from `first` on */
  add(scores: Float32Array, first: number, users: number): void;
  figures(): RecommendationFigures;
  /** Each user's own: what the differences of two recommenders are taken of. */
  byUser(figure: UserFigure): Float64Array;
}

/** @param train whose users' choices say how popular each item is */
export function rankingOf(train: Interactions, { given, asked }: HeldOut): Ranking {
  const counts = columnCounts(sparseOf(train));
  const items = counts.length;
  const values = Object.fromEntries(
    BY_USER.map((name) => [name, new Float64Array(given.rows).fill(NaN)]),
  ) as Record<UserFigure, Float64Array>;
  const shown = new Uint8Array(items);
  // What nobody took is as new as what one user in all took.
  const surprise = Float64Array.from(counts, (n) => -Math.log2(Math.max(1, n) / train.rows));
  return {
    add: (scores, first, users) => {
      for (let i = 0; i < users; i += 1) {
        const user = first + i;
        const own = scores.subarray(i * items, (i + 1) * items);
        const list = topItems(own, LONGEST, { seen: historyOf(given, user), counts });
        const wanted = historyOf(asked, user);
        values.ndcg100[user] = ndcgAt(list, wanted, NDCG);
        values.recall20[user] = recallAt(list, wanted, RECALLS[0]);
        values.recall50[user] = recallAt(list, wanted, RECALLS[1]);
        const front = list.subarray(0, LISTS);
        let bits = 0;
        for (const item of front) {
          bits += surprise[item] as number;
          shown[item] = 1;
        }
        values.novelty20[user] = bits / front.length;
      }
    },
    figures: () => ({
      ndcg100: estimate(values.ndcg100),
      recall20: estimate(values.recall20),
      recall50: estimate(values.recall50),
      coverage20: { value: shown.reduce((sum, x) => sum + x, 0) / items },
      novelty20: estimate(values.novelty20),
    }),
    byUser: (figure) => values[figure],
  };
}

/** Mean and standard error of what is a number. */
export function estimate(values: Float64Array): Required<Estimate> {
  const known = values.filter((x) => !Number.isNaN(x));
  const n = known.length;
  const value = known.reduce((sum, x) => sum + x, 0) / n;
  const square = known.reduce((sum, x) => sum + (x - value) ** 2, 0);
  return { value, error: Math.sqrt(square / Math.max(1, n - 1) / n) };
}
