/** Categorical likelihood. */
import type { Value } from "../graph/value.ts";
import { mul, neg } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduce.ts";
import { logSoftmax } from "../ops/softmax.ts";

/**
 * −log p(target) = −Σ target · log softmax(logits), in nats.
 *
 * @param target one-hot `[batch, categories]`
 * @param logits `[batch, categories]`
 * @returns `[batch, 1]`
 */
export function categoricalLoss(target: Value, logits: Value): Value {
  return neg(sum(mul(target, logSoftmax(logits, 1)), { axes: [1], keep: true }));
}
