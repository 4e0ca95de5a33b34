/** Multinomial likelihood. */
import type { Value } from "../graph/value.ts";
import { mul, neg } from "../ops/arithmetic.ts";
import { logSoftmax } from "../ops/softmax.ts";

/**
 * −log p(counts) = −Σ_i counts_i · log π_i, π = softmax(logits), in nats: each of the Σ counts draws is
 * one of the `size` things. What the order of the draws adds is the same for every model, and left out.
 *
 * @param counts `[batch, size]`
 * @param logits `[batch, size]`
 * @returns the share of each thing, `[batch, size]`
 * @see Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for collaborative filtering"
 *   (2018), equation 2
 */
export function multinomialParts(counts: Value, logits: Value): Value {
  return neg(mul(counts, logSoftmax(logits, 1)));
}
