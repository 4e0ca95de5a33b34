/** What the families for interactions share: the input, the likelihood, and what they are judged by. */
import { z } from "zod";
import { tensor } from "../base/tensor.ts";
import type { Body } from "../bodies/body.ts";
import { dense } from "../bodies/dense.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { squared } from "../losses/squared.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { dropout } from "../nn/dropout.ts";
import { div, max, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { where } from "../ops/choice.ts";
import { greater, less } from "../ops/compare.ts";
import { sqrt } from "../ops/pointwise.ts";
import { topK } from "../ops/rank.ts";
import { sum, sumOfSquares } from "../ops/reduce.ts";
import { gatherElements, spreadInto } from "../ops/select.ts";
import type { Parts, Suggestion } from "./family.ts";

export const choiceOptions = {
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.5)
    .describe("share of a row's items that are hidden at each step of training"),
  linear: z
    .boolean()
    .default(true)
    .describe("a linear part beside the network, where held-out users are served better with it"),
} as const;

/**
 * Length of a history as the network sees it. At length 1, as in the paper, a first layer that starts
 * as usual hardly stirs, and the steps of small data end before it does.
 */
const LENGTH = 10;

/** A row of counts scaled to one length; in training with some of its items hidden. */
export function history({ scope, layout }: Parts, { x, sparse }: Batch, rate: number): Value {
  const size = max(sqrt(sumOfSquares(x, { axes: [1], keep: true })), 1e-6);
  const length = mul(size, 1 / LENGTH);
  if (!scope.training || rate === 0 || sparse === undefined) return div(x, length);
  // On the few numbers before they are spread: a draw for each of all the items would take longer
  // than the network.
  const kept = dropout(scope, div(sparse.values, length), rate);
  return spreadInto(kept, sparse.index, featuresOf(layout));
}

/** −log p of a row's items, `[batch]`. */
export function choiceLoss({ scope, layout }: Parts, batch: Batch, logits: Value): Value {
  return reconstructionLoss(scope, layout, batch, logits, squared);
}

/** −log p of each item that a row has, `[batch, items]`. */
export function choiceParts({ scope, layout }: Parts, batch: Batch, logits: Value): Value {
  return reconstructionParts(scope, layout, batch, logits, squared);
}

/** Places of a ranking that count. */
const PLACES = 100;

/**
 * 1 − NDCG@100 of the items held out, those given left out of the ranking, `[batch]`.
 *
 * @see Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques" (2002), with gains
 *   of 0 and 1
 */
export function rankingLoss({ x, target }: Batch, logits: Value, { shape }: Layout): Value {
  const places = Math.min(PLACES, shape[0] as number);
  const open = where(greater(x, 0), -3e38, logits);
  const wanted = cast(greater((target ?? { x }).x, 0), "float32");
  const found = gatherElements(wanted, topK(open, places, 1).index, 1);
  const worth = Float32Array.from({ length: places }, (_, i) => 1 / Math.log2(i + 2));
  const discount = constant(tensor("float32", worth, [1, places]));
  const ranks = constant(tensor("float32", Float32Array.from(worth.keys()), [1, places]));
  const best = cast(less(ranks, sum(wanted, { axes: [1], keep: true })), "float32");
  const gain = (hits: Value): Value => sum(mul(hits, discount), { axes: [1] });
  return sub(1, div(gain(found), max(gain(best), 1e-6)));
}

/**
 * One hidden layer, three times as wide as the code: 600 and 200 as in the paper from 20,000 items on,
 * and fewer of fewer, as large networks learn small data by heart within a few epochs.
 */
export function suggested({ shape }: Layout): Suggestion {
  const items = shape[0] as number;
  const latent = Math.max(8, Math.min(200, 8 * Math.round(items / 800)));
  const body: Body = dense([3 * latent], { activation: "tanh" });
  return { latent, body };
}
