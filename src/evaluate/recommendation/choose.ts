/** What a control is fitted with is chosen as a careful user would: on users held out of training. */
import { sliceInteractions } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import { lengthOf } from "./histories.ts";
import type { Score } from "./recommender.ts";
import type { HeldOut, InteractionSplit } from "./splits.ts";
import { holdOutUsers, LEAST_HISTORY } from "./splits.ts";
import { estimate, rankingOf } from "./ranking.ts";

const VALIDATION = 0.15;
const MOST_USERS = 1000;
/** Numbers of scores that are in memory at once, about: 16 MB. */
const CHUNK = 2 ** 22;
/** Fewer users than this have nobody to spare, and choices by few are chance. */
const LEAST_USERS = 20;

/** Some of the training users as if they were held out; undefined where there are too few. */
export function validationOf(train: Interactions, seed: number): InteractionSplit | undefined {
  let able = 0;
  for (let row = 0; row < train.rows; row += 1)
    able += Number(lengthOf(train, row) >= LEAST_HISTORY);
  const share = Math.min(VALIDATION, MOST_USERS / able);
  return share * able < LEAST_USERS
    ? undefined
    : holdOutUsers(train, { seed: seed + 1, users: share });
}

/** NDCG@100 on a validation part. */
export async function validated(
  { train, heldOut }: InteractionSplit,
  score: Score,
): Promise<number> {
  const ranking = rankingOf(train, heldOut);
  for await (const { scores, first, users } of scoresOf(score, heldOut))
    ranking.add(scores, first, users);
  return estimate(ranking.byUser("ndcg100")).value;
}

/** Scores of the held-out users, some at a time. */
export async function* scoresOf<S extends object>(
  score: (given: Interactions) => Promise<S>,
  { given }: HeldOut,
): AsyncGenerator<{ readonly scores: S; readonly first: number; readonly users: number }> {
  const step = Math.max(1, Math.floor(CHUNK / Math.max(1, given.items.length)));
  for (let first = 0; first < given.rows; first += step) {
    const users = Math.min(step, given.rows - first);
    yield { scores: await score(sliceInteractions(given, first, first + users)), first, users };
  }
}
