/**
 * EASE, a linear autoencoder without the way from an item to itself, in closed form:
 *
 *   B = I − P diag(P)⁻¹,   P = (XᵀX + λ I)⁻¹,   score = x B
 *
 * Where there are fewer users than items, the same scores from a matrix of users, by Woodbury:
 * P = (I − Xᵀ K⁻¹ X) / λ with K = X Xᵀ + λ I. λ is chosen on users held out of training.
 *
 * @see Steck, "Embarrassingly shallow autoencoders for sparse data" (WWW 2019)
 */
import { historyOf } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import type { Engine } from "../../runtime/engine.ts";
import { validated, validationOf } from "./choose.ts";
import { columnCounts, cutInteractions, sparseOf } from "./histories.ts";
import type { PrecisionOptions } from "./precision.ts";
import { precisionOf } from "./precision.ts";
import type { FittedRecommender, FitOptions, Recommender } from "./recommender.ts";

/** Rows of the matrix that is inverted: 576 MB, and as much again while it is. */
const MOST = 12_000;
/** Items that λ is chosen on where the matrix is larger: those that most users took. */
const MOST_CHOSEN_ON = 4000;
const LAMBDAS = [10, 30, 100, 300, 1000, 3000] as const;
const USUAL = 300;

export const ease: Recommender = {
  label: "EASE",
  fit: async (engine, train, options) => {
    const size = Math.min(train.rows, train.items.length);
    if (size > MOST) {
      return `it inverts a matrix of as many rows as there are users or items, whichever are fewer: ${size.toLocaleString("en")} here, and ${MOST.toLocaleString("en")} at most`;
    }
    const lambda = await chosenLambda(engine, train, options);
    return fitEase(engine, train, { lambda, signal: options.signal });
  },
};

/** Up or down from the middle as long as that is better. */
async function chosenLambda(
  engine: Engine,
  train: Interactions,
  { seed, signal }: FitOptions,
): Promise<number> {
  const validation = validationOf(mostPopular(train), seed);
  if (validation === undefined) return USUAL;
  const found = new Map<number, number>();
  const at = async (place: number): Promise<number> => {
    const lambda = LAMBDAS[place];
    if (lambda === undefined) return -Infinity;
    const known = found.get(lambda);
    if (known !== undefined) return known;
    const fitted = await fitEase(engine, validation.train, { lambda, signal });
    try {
      const value = await validated(validation, fitted.score);
      found.set(lambda, value);
      return value;
    } finally {
      await fitted.close?.();
    }
  };
  let place = LAMBDAS.indexOf(USUAL);
  const step = (await at(place - 1)) > (await at(place)) ? -1 : 1;
  while ((await at(place + step)) > (await at(place))) place += step;
  return LAMBDAS[place] as number;
}

function mostPopular(train: Interactions): Interactions {
  if (Math.min(train.rows, train.items.length) <= MOST_CHOSEN_ON) return train;
  const counts = columnCounts(sparseOf(train));
  const order = Int32Array.from(counts.keys()).sort(
    (a, b) => (counts[b] as number) - (counts[a] as number) || a - b,
  );
  const chosen = new Set(order.subarray(0, MOST_CHOSEN_ON));
  let next = 0;
  const codes = Int32Array.from(counts, (_, code) => (chosen.has(code) ? next++ : -1));
  const items = train.items.filter((_, code) => chosen.has(code));
  return cutInteractions(train, { renumbered: { codes, items } });
}

export async function fitEase(
  engine: Engine,
  train: Interactions,
  options: PrecisionOptions,
): Promise<FittedRecommender> {
  const byUser = sparseOf(train);
  const { times, diagonal, close } = await precisionOf(engine, byUser, options);
  const items = byUser.columns;
  return {
    settings: { lambda: options.lambda },
    score: async (given) => {
      const sparse = sparseOf(given);
      const scores = await times(sparse);
      // x B = x − x P diag(P)⁻¹
      for (let at = 0; at < scores.length; at += 1)
        scores[at] = -(scores[at] as number) / (diagonal[at % items] as number);
      for (let row = 0; row < sparse.rows; row += 1) {
        for (const item of historyOf(sparse, row)) {
          const at = row * items + item;
          scores[at] = (scores[at] as number) + 1;
        }
      }
      return scores;
    },
    ...(close && { close }),
  };
}
