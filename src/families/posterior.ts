/**
 * What the variational families share: options, the likelihood of numbers, the Gaussian
 * posterior q(z | x) = N(mu, diag(exp(logVar))), and draws from it.
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import { bernoulli } from "../losses/bernoulli.ts";
import { gaussianFixed, gaussianLearned } from "../losses/gaussian.ts";
import type { Layout } from "../losses/layout.ts";
import type { NumberLoss } from "../losses/number-loss.ts";
import type { Scope } from "../nn/scope.ts";
import { add, clip, mul, sub } from "../ops/arithmetic.ts";
import { exp, square } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { split } from "../ops/shape.ts";

/** Options of a likelihood, for a family's own schema. */
export const likelihoodOptions = {
  likelihood: z
    .enum(["gaussian", "bernoulli"])
    .default("gaussian")
    .describe("distribution of numbers given the code; bernoulli is for values in [0, 1]"),
  sigma: z
    .union([z.literal("learned"), z.number().positive()])
    .default("learned")
    .describe("standard deviation of the Gaussian: learned, or fixed in the network's units"),
} as const;

/** Options of the KL term's weight, for a family's own schema. */
export const betaOptions = {
  beta: z.number().nonnegative().default(1).describe("weight of the KL term; 1 is the ELBO"),
  warmUp: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe("share of training over which beta rises from 0"),
} as const;

export interface Likelihood {
  readonly likelihood: "gaussian" | "bernoulli";
  readonly sigma: "learned" | number;
}

/** @throws `family.likelihood` for a Bernoulli over numbers of any size */
export function numberLoss({ likelihood, sigma }: Likelihood, layout: Layout): NumberLoss {
  if (likelihood === "bernoulli") {
    requireBounded(layout);
    return bernoulli;
  }
  return sigma === "learned" ? gaussianLearned : gaussianFixed(sigma);
}

function requireBounded(layout: Layout): void {
  if (layout.bounded || !layout.segments.some(({ kind }) => kind === "numbers")) return;
  throw inputError("family.likelihood", {
    place: "likelihood bernoulli",
    expected: "numbers in [0, 1], as pixels are",
    got: "numbers of any size",
    hint: "use likelihood gaussian",
  });
}

/** A weight that rises from 0 over the first `warmUp` of training. */
export function warmedUp(scope: Scope, name: string, weight: number, warmUp: number): Value {
  return scope.scheduled(name, (done) =>
    warmUp > 0 ? weight * Math.min(1, done / warmUp) : weight,
  );
}

export interface Posterior {
  /** `[batch, latent]` */
  readonly mu: Value;
  /** `[batch, latent]` */
  readonly logVar: Value;
}

/** @param encoded `[batch, 2 · latent]`, from an encoder */
export function posterior(encoded: Value): Posterior {
  const latent = (encoded.shape[1] as number) / 2;
  const [mu, raw] = split(encoded, [latent, latent], 1);
  // exp stays finite in float32, however far an unusual sample lies from the training data.
  return { mu: mu as Value, logVar: clip(raw as Value, -20, 10) };
}

/** A draw from a posterior, and the noise it was made of. */
export interface Draw {
  /** mu + exp(logVar / 2) · noise, `[batch, latent]`. */
  readonly z: Value;
  readonly noise: Value;
}

/** One draw a row; the gradient goes through mu and logVar. */
export function draw(scope: Scope, { mu, logVar }: Posterior): Draw {
  const noise = scope.normal(mu);
  return { z: add(mu, mul(exp(mul(logVar, 0.5)), noise)), noise };
}

/**
 * log q(z | x) − log p(z) at a draw, `[batch]` in nats: its mean over draws is the KL.
 *
 * ½ Σ (z² − noise² − logVar): what 2π adds is the same in both, and (z − mu) / σ is the noise.
 */
export function drawnKl({ logVar }: Posterior, { z: code, noise }: Draw): Value {
  return mul(sum(sub(sub(square(code), square(noise)), logVar), { axes: [1] }), 0.5);
}
