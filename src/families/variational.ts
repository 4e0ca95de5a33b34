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
import { z } from "zod";
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
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";

const options = z.strictObject({
  likelihood: z
    .enum(["gaussian", "bernoulli"])
    .default("gaussian")
    .describe("distribution of numbers given the code; bernoulli is for values in [0, 1]"),
  sigma: z
    .union([z.literal("learned"), z.number().positive()])
    .default("learned")
    .describe("standard deviation of the Gaussian: learned, or fixed in the network's units"),
  beta: z.number().nonnegative().default(1).describe("weight of the KL term; 1 is the ELBO"),
  warmUp: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe("share of training over which beta rises from 0"),
});

export type VariationalOptions = CommonOptions & z.input<typeof options>;

/**
 * A variational autoencoder: its codes fill a standard normal, so it can generate.
 *
 * @example
 * const model = await train(variational({ latent: 20, likelihood: "bernoulli" }), digits);
 * const sheet = await model.generate(64, { seed: 7 });
 */
export function variational({ latent, body, ...given }: VariationalOptions = {}): Family<
  "reconstruction" | "kl",
  true
> {
  const parsed = parseOptions("variational", options, given);
  const { likelihood, sigma, beta, warmUp } = parsed;
  const numbersOf = (layout: Layout): NumberLoss => {
    if (likelihood === "bernoulli") {
      requireBounded(layout);
      return bernoulli;
    }
    return sigma === "learned" ? gaussianLearned : gaussianFixed(sigma);
  };
  return {
    name: "variational",
    options: parsed,
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
    encode: (parts, { x }) => posterior(parts, x).mu,
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), numbersOf(parts.layout)),
    divergence: (parts, { x }) => {
      const { mu, logVar } = posterior(parts, x);
      return klToStandardNormal(mu, logVar);
    },
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

export const variationalEntry: FamilyEntry = {
  summary: "codes that fill a standard normal, so that new samples can be drawn",
  options,
  create: (own, common) => variational({ ...(own as z.input<typeof options>), ...common }),
};
