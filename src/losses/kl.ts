/** Kullback–Leibler divergences. */
import type { Value } from "../graph/value.ts";
import { add, mul, sub } from "../ops/arithmetic.ts";
import { exp, square } from "../ops/pointwise.ts";

/**
 * KL(N(mu, exp(logVar)) ‖ N(0, 1)) a dimension, in nats:
 * ½ (mu² + exp(logVar) − 1 − logVar).
 *
 * @see Kingma and Welling, "Auto-encoding variational Bayes" (2013), appendix B
 */
export function klToStandardNormal(mu: Value, logVar: Value): Value {
  return mul(sub(add(square(mu), sub(exp(logVar), logVar)), 1), 0.5);
}
