/** Bernoulli likelihood, by logits. */
import type { Value } from "../graph/value.ts";
import { mul, sub } from "../ops/arithmetic.ts";
import { sigmoid, softplus } from "../ops/pointwise.ts";
import type { NumberLoss } from "./number-loss.ts";

/**
 * −log p(target) = softplus(logit) − target · logit, in nats. Targets between 0 and 1
 * (grey pixels) count as probabilities, as in Kingma and Welling (2013), appendix C.1.
 */
export function bernoulliLoss(target: Value, logit: Value): Value {
  return sub(softplus(logit), mul(target, logit));
}

/** For numbers in [0, 1]. */
export const bernoulli: NumberLoss = {
  name: "bernoulli",
  unit: "nats",
  loss: (_scope, target, output) => bernoulliLoss(target, output),
  mean: sigmoid,
};
