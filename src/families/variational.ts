/**
 * The variational autoencoder: maximize
 *
 *   ELBO = E[log p(x | z)] − beta · KL(q(z | x) ‖ p(z)),
 *   q(z | x) = N(mu(x), diag(exp(logVar(x)))),  p(z) = N(0, 1),  z = mu + exp(logVar / 2) · noise.
 *
 * @see Kingma and Welling, "Auto-encoding variational Bayes" (2013), equations 3 and 10;
 *   Higgins et al., "beta-VAE" (2017), equation 4, for beta
 */
import { inputError } from "../base/errors.ts";
import type { Body } from "../bodies/body.ts";
import type { Value } from "../graph/value.ts";
import { bernoulli } from "../losses/bernoulli.ts";
import { gaussianFixed, gaussianLearned } from "../losses/gaussian.ts";
import { klToStandardNormal } from "../losses/kl.ts";
import type { Layout } from "../losses/layout.ts";
import type { NumberLoss } from "../losses/number-loss.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { add, clip, mul } from "../ops/arithmetic.ts";
import { exp } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { split } from "../ops/shape.ts";
import { defaultBody } from "./defaults.ts";
import type { Family, Parts } from "./family.ts";

export interface VariationalOptions {
  /** Size of the code. Default: chosen from the data. */
  readonly latent?: number;
  readonly body?: Body;
  /**
   * Distribution of the numbers given the code. `bernoulli` is for values in [0, 1].
   * Categories and missing-or-not always have their own. Default: `gaussian`.
   */
  readonly likelihood?: "gaussian" | "bernoulli";
  /** Variance of the Gaussian: learned, or a fixed standard deviation. Default: `learned`. */
  readonly sigma?: "learned" | number;
  /** Weight of the KL term. Default: 1, the ELBO. */
  readonly beta?: number;
  /** Share of the training over which beta rises from 0. Default: 0.1. */
  readonly warmUp?: number;
}

/**
 * A variational autoencoder: its codes fill a standard normal, so it can generate.
 *
 * @example
 * const model = await train(variational({ latent: 20, likelihood: "bernoulli" }), digits);
 * const sheet = await model.generate(64, { seed: 7 });
 */
export function variational(options: VariationalOptions = {}): Family<"reconstruction" | "kl"> {
  const {
    latent,
    body = defaultBody,
    likelihood = "gaussian",
    sigma = "learned",
    beta = 1,
    warmUp = 0.1,
  } = options;
  const numbersOf = (layout: Layout): NumberLoss => {
    if (likelihood === "bernoulli") {
      requireBounded(layout);
      return bernoulli;
    }
    return sigma === "learned" ? gaussianLearned : gaussianFixed(sigma);
  };
  return {
    name: "variational",
    options: { likelihood, sigma, beta, warmUp },
    body,
    latent,
    terms: { reconstruction: "nats", kl: "nats" },
    can: { generate: true },
    loss: (parts, batch) => {
      const { mu, logVar } = posterior(parts, batch.x);
      const z = add(mu, mul(exp(mul(logVar, 0.5)), parts.scope.normal(mu)));
      const numbers = numbersOf(parts.layout);
      const output = parts.decoder(z);
      const weight = parts.scope.scheduled("beta", (done) =>
        warmUp > 0 ? beta * Math.min(1, done / warmUp) : beta,
      );
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, numbers),
        },
        kl: { value: sum(klToStandardNormal(mu, logVar), { axes: [1] }), weight },
      };
    },
    encode: (parts, x) => posterior(parts, x).mu,
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), numbersOf(parts.layout)),
    // −ELBO at the posterior mean: needs no chance, and orders samples as the ELBO does.
    score: (parts, batch) => {
      const { mu, logVar } = posterior(parts, batch.x);
      const numbers = numbersOf(parts.layout);
      const errors = reconstructionParts(
        parts.scope,
        parts.layout,
        batch,
        parts.decoder(mu),
        numbers,
      );
      const kl = sum(klToStandardNormal(mu, logVar), { axes: [1] });
      return { score: add(sum(errors, { axes: [1] }), kl), parts: errors };
    },
  };
}

/** Mean and log-variance of q(z | x), `[batch, latent]` each. */
function posterior(parts: Parts, x: Value): { readonly mu: Value; readonly logVar: Value } {
  const [mu, raw] = split(parts.encoder(x, 2 * parts.latent), [parts.latent, parts.latent], 1);
  // exp stays finite in float32, however far an unusual sample lies from the training data.
  return { mu: mu as Value, logVar: clip(raw as Value, -20, 10) };
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
