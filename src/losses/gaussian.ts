/** Gaussian likelihood, with fixed or learned variance. */
import type { Value } from "../graph/value.ts";
import { filled } from "../nn/initializers.ts";
import type { Scope } from "../nn/scope.ts";
import { add, clip, mul, neg, sub } from "../ops/arithmetic.ts";
import { exp, square } from "../ops/pointwise.ts";
import type { Layout } from "./layout.ts";
import type { NumberLoss } from "./number-loss.ts";

const LOG_TWO_PI = Math.log(2 * Math.PI);

/** −log N(target; mean, exp(logVar)) an element, in nats. */
export function gaussianLoss(target: Value, mean: Value, logVar: Value): Value {
  const scaled = mul(square(sub(target, mean)), exp(neg(logVar)));
  return mul(add(add(scaled, logVar), LOG_TWO_PI), 0.5);
}

const shown: NumberLoss["mean"] = (output, { bounded }) => (bounded ? clip(output, 0, 1) : output);

/** Variance known beforehand: `sigma` in the network's units (pixels in [0, 1], or deviations). */
export function gaussianFixed(sigma: number): NumberLoss {
  return {
    name: "gaussian",
    unit: "nats",
    loss: (_scope, target, output) => {
      const scaled = mul(square(sub(output, target)), 1 / (2 * sigma ** 2));
      return add(scaled, LOG_TWO_PI / 2 + Math.log(sigma));
    },
    mean: shown,
  };
}

/**
 * Variance learned with the network: one an image, one a feature otherwise. Balances
 * reconstruction against the prior by itself.
 *
 * @see Rybkin, Daniilidis and Levine, "Simple and effective VAE training with calibrated
 *   decoders" (2021), equation 5
 */
export const gaussianLearned: NumberLoss = {
  name: "gaussian",
  unit: "nats",
  loss: (scope, target, output, layout) => gaussianLoss(target, output, logVariance(scope, layout)),
  mean: shown,
};

/**
 * Adam moves a parameter by about the learning rate a step, 5 in all over a usual run, and a
 * log-variance has that far to go before the reconstruction outweighs the prior: with the
 * plain parameter, codes stay empty for most of the run. A parameter counted in units of 20
 * gets there in the first few hundred steps (digits: ELBO +314 nats instead of −540).
 */
export const LOG_VARIANCE_UNIT = 20;

function logVariance(scope: Scope, layout: Layout): Value {
  const features = layout.segments.find(({ kind }) => kind === "numbers")?.size ?? 1;
  // One for all pixels; one a column of a table, or a channel of a series.
  const shape = layout.shape.length > 2 ? [1] : [features];
  const raw = scope.child("variance").parameter("log", shape, filled(0), { decays: false });
  // Below e^−12 a feature is exact to 0.25 % of its spread, and the loss has no floor.
  return clip(mul(raw, LOG_VARIANCE_UNIT), -12, 6);
}
