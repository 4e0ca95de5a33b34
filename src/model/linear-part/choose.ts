/** How much a linear part counts beside the network, by what held-out users took besides. */
import { concatInteractions, historyOf } from "../../data/interaction-rows.ts";
import type { Interactions } from "../../data/source.ts";
import type { HeldOut } from "../../evaluate/recommendation/index.ts";
import {
  estimate,
  givenAndAsked,
  rankingOf,
  scoresOf,
} from "../../evaluate/recommendation/index.ts";
import type { LinearPartInfo } from "./info.ts";

/** Logarithms of the network's chances and the linear scores, `[rows of given, items]` each. */
export interface BothScores {
  readonly network: Float32Array;
  readonly linear: Float32Array;
}
export type Scorer = (given: Interactions, lambda: number) => Promise<BothScores>;

export interface Asked extends HeldOut {
  /** Each may be asked several times. */
  readonly users: number;
}

const LAMBDAS = [10, 30, 100, 300, 1000, 3000] as const;
const WEIGHTS = [1, 2, 5, 10, 20, 50, 100] as const;
const TEMPERATURES = [0.3, 0.4, 0.5, 0.65, 0.8, 1, 1.25, 1.6, 2] as const;
/** Fewer users say nothing. */
const LEAST_USERS = 10;
/** Few users are asked again, for other parts of their histories. */
const ENOUGH_USERS = 500;
const MOST_DRAWS = 5;

/** What is given of each user and what is asked for; undefined where there are too few users. */
export function askedOf(users: Interactions, seed: number): Asked | undefined {
  const by = users.times === undefined ? "chance" : "time";
  const first = givenAndAsked(users, { seed, by });
  const { rows } = first.given;
  if (rows < LEAST_USERS) return undefined;
  const draws = by === "time" ? 1 : Math.min(MOST_DRAWS, Math.ceil(ENOUGH_USERS / rows));
  const all = [
    first,
    ...Array.from({ length: draws - 1 }, (_, i) => givenAndAsked(users, { seed: seed + 1 + i })),
  ];
  return {
    users: rows,
    given: concatInteractions(all.map(({ given }) => given)),
    asked: concatInteractions(all.map(({ asked }) => asked)),
  };
}

export type Choice = Pick<LinearPartInfo, "heldOut" | "lambda" | "weight">;

/** The λ and the weight that rank best; weight 0 where the network alone does. */
export async function chosen(
  train: Interactions,
  asked: Asked,
  scorer: Scorer,
  signal: AbortSignal | undefined,
): Promise<Choice> {
  const found: { lambda: number; weight: number; value: number }[] = [];
  for (const lambda of LAMBDAS) {
    // The network alone does not depend on λ.
    const weights = lambda === LAMBDAS[0] ? [0, ...WEIGHTS] : WEIGHTS;
    const rankings = weights.map((weight) => ({ weight, ranking: rankingOf(train, asked) }));
    const both = scoresOf((given) => scorer(given, lambda), asked);
    for await (const { scores, first, users } of both) {
      for (const { weight, ranking } of rankings) {
        signal?.throwIfAborted();
        ranking.add(together(scores, weight), first, users);
      }
    }
    for (const { weight, ranking } of rankings)
      found.push({ lambda, weight, value: estimate(ranking.byUser("ndcg100")).value });
  }
  const network = found[0]?.value ?? NaN;
  const { lambda, weight, value } = found.reduce((best, one) =>
    one.value > best.value ? one : best,
  );
  return { lambda, weight, heldOut: { users: asked.users, both: value, network } };
}

/** What makes the items asked for likeliest, among those not given. */
export async function temperatureOf(
  asked: Asked,
  scorer: Scorer,
  { lambda, weight }: Choice,
): Promise<number> {
  const losses = TEMPERATURES.map(() => 0);
  const both = scoresOf((given) => scorer(given, lambda), asked);
  for await (const { scores: found, first, users } of both) {
    const scores = together(found, weight);
    const items = asked.given.items.length;
    for (let i = 0; i < users; i += 1) {
      const own = scores.subarray(i * items, (i + 1) * items);
      for (const code of historyOf(asked.given, first + i)) own[code] = -Infinity;
      const top = own.reduce((most, score) => Math.max(most, score), -Infinity);
      const wanted = historyOf(asked.asked, first + i);
      for (const [t, temperature] of TEMPERATURES.entries()) {
        let total = 0;
        for (const score of own) total += Math.exp(temperature * (score - top));
        let loss = wanted.length * Math.log(total);
        for (const code of wanted) loss -= temperature * ((own[code] as number) - top);
        losses[t] = (losses[t] as number) + loss / wanted.length;
      }
    }
  }
  return TEMPERATURES[losses.indexOf(Math.min(...losses))] as number;
}

function together({ network, linear }: BothScores, weight: number): Float32Array {
  return network.map((score, i) => score + weight * (linear[i] as number));
}
