/**
 * The variational autoencoder: maximize
 *
 *   ELBO = E[log p(x | z)] − beta · KL(q(z | x) ‖ p(z)),
 *   q(z | x) = N(mu(x), diag(exp(logVar(x)))),  p(z) = N(0, 1),  z = mu + exp(logVar / 2) · noise.
 *
 * Options change what stands for the KL:
 *
 *   capacity          gamma · |KL − C|, C rising from 0 to capacity over training
 *   freeBits          beta · Σ_j max(freeBits, KL_j), KL_j the mean over the batch of dimension j
 *   totalCorrelation  beta · KL + totalCorrelation · KL(q(z) ‖ Π_j q(z_j))
 *   samples           the tighter bound E[log (1/K) Σ_k p(x, z_k) / q(z_k | x)] for K draws
 *
 * @see Kingma and Welling, "Auto-encoding variational Bayes" (2013), equations 3 and 10;
 *   Higgins et al., "beta-VAE" (2017), equation 4, for beta;
 *   Burgess et al., "Understanding disentangling in beta-VAE" (2018), the controlled increase of
 *   capacity;
 *   Kingma et al., "Improving variational inference with inverse autoregressive flow" (2016),
 *   equation 15, for freeBits;
 *   Chen et al., "Isolating sources of disentanglement in variational autoencoders" (2018),
 *   equation 4 with alpha = gamma = 1, for totalCorrelation, which is the paper's beta − 1;
 *   Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2015), equation 8, for
 *   samples
 */
import type { z } from "zod";
import type { Value } from "../graph/value.ts";
import { importanceWeighted } from "../losses/importance.ts";
import { klToStandardNormal } from "../losses/kl.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { totalCorrelation } from "../losses/total-correlation.ts";
import { add, max, neg, sub } from "../ops/arithmetic.ts";
import { where } from "../ops/choice.ts";
import { greater } from "../ops/compare.ts";
import { abs, stopGradient } from "../ops/pointwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import type { CommonOptions, Family, FamilyEntry, Parts, Term } from "./family.ts";
import { parseOptions } from "./options.ts";
import type { Posterior } from "./posterior.ts";
import { draw, drawnKl, numberLoss, posterior, warmedUp } from "./posterior.ts";
import { tile, tileBatch, untile } from "./tile.ts";
import type { Parsed } from "./variational-options.ts";
import { GAMMA, effective, options, requireTogether } from "./variational-options.ts";

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
  requireTogether(given, parsed);
  const encoded = (parts: Parts, x: Value): Posterior =>
    posterior(parts.encoder(x, 2 * parts.latent));
  return {
    name: "variational",
    options: effective(parsed),
    body,
    latent,
    terms: {
      reconstruction: "nats",
      kl: "nats",
      ...(parsed.capacity === undefined ? {} : { capacity: "nats" }),
      ...(parsed.freeBits === 0 ? {} : { freeBits: "nats" }),
      ...(parsed.totalCorrelation === 0 ? {} : { totalCorrelation: "nats" }),
      ...(parsed.samples === 1 ? {} : { importance: "nats" }),
    },
    can: { generate: true },
    loss: (parts, batch) => {
      const q = encoded(parts, batch.x);
      if (parsed.samples > 1) return importanceTerms(parts, batch, q, parsed);
      const { z: code } = draw(parts.scope, q);
      const numbers = numberLoss(parsed, parts.layout);
      const output = parts.decoder(code);
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, numbers),
        },
        ...klTerms(parts, q, code, parsed),
      };
    },
    encode: (parts, { x }) => encoded(parts, x).mu,
    drawCode: (parts, { x }) => draw(parts.scope, encoded(parts, x)).z,
    decode: (parts, code) =>
      meanFeatures(parts.layout, parts.decoder(code), numberLoss(parsed, parts.layout)),
    divergence: (parts, { x }) => {
      const { mu, logVar } = encoded(parts, x);
      return klToStandardNormal(mu, logVar);
    },
    logWeight: (parts, batch) => {
      const q = encoded(parts, batch.x);
      const drawn = draw(parts.scope, q);
      const numbers = numberLoss(parsed, parts.layout);
      const output = parts.decoder(drawn.z);
      const error = reconstructionLoss(parts.scope, parts.layout, batch, output, numbers);
      return neg(add(error, drawnKl(q, drawn)));
    },
    // −ELBO at the posterior mean: needs no chance, and orders samples as the ELBO does.
    score: (parts, batch) => {
      const { mu, logVar } = encoded(parts, batch.x);
      const numbers = numberLoss(parsed, parts.layout);
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

/** The KL and what is added to it. The term `kl` always shows the KL itself. */
function klTerms(
  { scope }: Parts,
  { mu, logVar }: Posterior,
  code: Value,
  { beta, warmUp, capacity, gamma = GAMMA, freeBits, totalCorrelation: extra }: Parsed,
): Readonly<Record<"kl", Term>> {
  const each = klToStandardNormal(mu, logVar);
  if (capacity !== undefined) {
    const kl = sum(each, { axes: [1] });
    const allowed = scope.scheduled("capacity", (done) => capacity * done);
    const terms = {
      kl: { value: stopGradient(kl), weight: 0 },
      capacity: { value: abs(sub(mean(kl), allowed)), weight: gamma },
    };
    return terms;
  }
  const weight = warmedUp(scope, "beta", beta, warmUp);
  const means = freeBits === 0 ? undefined : mean(each, { axes: [0] });
  // max(freeBits, KL_j) = KL_j + max(freeBits − KL_j, 0), without a gradient where KL_j is less.
  const counted =
    means === undefined ? each : where(greater(means, freeBits), each, stopGradient(each));
  return {
    kl: { value: sum(counted, { axes: [1] }), weight },
    ...(means === undefined
      ? {}
      : { freeBits: { value: sum(max(sub(freeBits, stopGradient(means)), 0)), weight } }),
    ...(extra === 0
      ? {}
      : {
          totalCorrelation: {
            value: totalCorrelation(code, mu, logVar),
            weight: warmedUp(scope, "totalCorrelation", extra, warmUp),
          },
        }),
  };
}

/** The bound by several draws a row; while beta is below 1, that of the weights p(x|z) (p/q)^beta. */
function importanceTerms(
  parts: Parts,
  batch: Batch,
  { mu, logVar }: Posterior,
  { samples, beta, warmUp, ...likelihood }: Parsed,
): Readonly<Record<"reconstruction" | "kl", Term>> {
  const q = { mu: tile(mu, samples), logVar: tile(logVar, samples) };
  const { scope, layout } = parts;
  const drawn = draw(scope, q);
  const numbers = numberLoss(likelihood, layout);
  const rows = tileBatch(batch, samples);
  const errors = reconstructionLoss(scope, layout, rows, parts.decoder(drawn.z), numbers);
  const weight = warmedUp(scope, "beta", beta, warmUp);
  const { reconstruction, kl, importance } = importanceWeighted(
    untile(errors, samples, mu),
    untile(drawnKl(q, drawn), samples, mu),
    weight,
  );
  const terms = {
    reconstruction: { value: reconstruction },
    kl: { value: kl, weight },
    importance: { value: importance },
  };
  return terms;
}

export const variationalEntry: FamilyEntry = {
  summary: "codes that fill a standard normal, so that new samples can be drawn",
  options,
  create: (own, common) => variational({ ...(own as z.input<typeof options>), ...common }),
};
