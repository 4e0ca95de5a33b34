/** Mixtures of Gaussians: one number with several habits, as spikes beside a broad hill. */
import type { Value } from "../graph/value.ts";
import type { Scope } from "../nn/scope.ts";
import { add, max, mul, neg, sub } from "../ops/arithmetic.ts";
import { exp, log, reciprocal, sqrt, square } from "../ops/pointwise.ts";
import { argMax } from "../ops/rank.ts";
import { sum } from "../ops/reduce.ts";
import { gatherElements } from "../ops/select.ts";
import { reshapeLike } from "../ops/shape.ts";
import { logSoftmax, logSumExp } from "../ops/softmax.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** Modes lie along the last axis, `[…, modes]`. */
export interface Mixture {
  /** Of the weights. */
  readonly logits: Value;
  readonly means: Value;
  readonly logVars: Value;
}

/**
 * −log Σ weight · N(target; mean, exp(logVar) + blur²) an element, in nats.
 *
 * The blur bounds the density. Without it a value that is there over and over, as the zeros of a
 * column of capital gains or any whole number, is a point mass: a mode on it gains another nat for
 * each factor e by which it narrows, without end, and drowns whatever else is to be learned.
 *
 * @param target `[…]`
 * @param blur a standard deviation
 * @see Bishop, "Mixture density networks" (1994), equations 21 to 29
 */
export function mixtureLoss(
  target: Value,
  { logits, means, logVars }: Mixture,
  blur: number,
): Value {
  const variance = add(exp(logVars), blur ** 2);
  const distance = square(sub(reshapeLike(target, [...target.shape, 1]), means));
  const densities = mul(add(mul(distance, reciprocal(variance)), log(variance)), -0.5);
  return sub(LOG_TWO_PI / 2, logSumExp(add(logSoftmax(logits), densities)));
}

/** Σ weight · mean, `[…]`. */
export function mixtureMean({ logits, means }: Mixture): Value {
  return sum(mul(exp(logSoftmax(logits)), means), { axes: [-1] });
}

/**
 * What the likelihood cannot tell from a point, in shares of the blur: such a mode loses at most
 * ½ · 0.1² = 0.005 nats a value beside one of no width, so its width is none of the data's.
 */
const POINT = 0.1;

/**
 * One draw an element, `[…]`, without the blur: a mode on a point mass gives that point again.
 *
 * @param blur as in the loss
 * @param temperature a scalar: 0 is the mean of the likeliest mode, 1 the mixture itself
 */
export function mixtureDraw(
  scope: Scope,
  { logits, means, logVars }: Mixture,
  blur: number,
  temperature: Value,
): Value {
  const chosen = argMax(perturbed(scope, logits, temperature), -1);
  const index = reshapeLike(chosen, [...chosen.shape, 1]);
  const pick = (values: Value): Value => reshapeLike(gatherElements(values, index), chosen.shape);
  const mean = pick(means);
  const deviation = sqrt(max(sub(exp(pick(logVars)), (POINT * blur) ** 2), 0));
  return add(mean, mul(mul(deviation, scope.normal(mean)), temperature));
}

/**
 * Logits with Gumbel noise: the largest along the last axis is a draw of softmax(logits /
 * temperature), and at temperature 0 the likeliest.
 *
 * @see Gumbel, "Statistical theory of extreme values" (1954); Maddison, Tarlow and Minka,
 *   "A* sampling" (2014), section 2
 */
export function perturbed(scope: Scope, logits: Value, temperature: Value): Value {
  const gumbel = neg(log(neg(log(scope.uniform(logits)))));
  return add(logits, mul(gumbel, temperature));
}
