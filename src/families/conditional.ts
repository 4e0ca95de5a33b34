/**
 * The conditional variational autoencoder: with the label y of each row, maximize
 *
 *   ELBO = E[log p(x | z, y)] − beta · KL(q(z | x, y) ‖ p(z)),
 *   q(z | x, y) = N(mu(x, y), diag(exp(logVar(x, y)))),  p(z) = N(0, 1).
 *
 * The code need not say what the label says already: it is left with the rest, such as the hand
 * that wrote a digit, and a sample can be asked for by its label.
 *
 * @see Sohn, Lee and Yan, "Learning structured output representation using deep conditional
 *   generative models" (2015), equation 4, with the prior that does not depend on the condition
 */
import { z } from "zod";
import type { Value } from "../graph/value.ts";
import { klToStandardNormal } from "../losses/kl.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { add, neg } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduce.ts";
import { concat } from "../ops/shape.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { labelOf, withLabel } from "./labelled.ts";
import { parseOptions } from "./options.ts";
import type { Posterior } from "./posterior.ts";
import {
  betaOptions,
  draw,
  drawnKl,
  likelihoodOptions,
  numberLoss,
  posterior,
  warmedUp,
} from "./posterior.ts";

const options = z.strictObject({ ...likelihoodOptions, ...betaOptions });

export type ConditionalOptions = CommonOptions & z.input<typeof options>;

const NAME = "conditional";

/**
 * A variational autoencoder that is told the label of each row, and generates by label.
 *
 * @example
 * const model = await train(conditional({ latent: 8, likelihood: "bernoulli" }), labelledDigits);
 */
export function conditional({ latent, body, ...given }: ConditionalOptions = {}): Family<
  "reconstruction" | "kl",
  true
> {
  const parsed = parseOptions(NAME, options, given);
  const encoded = (parts: Parts, batch: Batch): Posterior =>
    posterior(
      parts.encoder(withLabel(parts.scope, batch.x, labelOf(NAME, batch)), 2 * parts.latent),
    );
  const decoded = (parts: Parts, code: Value, label: Value | undefined): Value =>
    parts.decoder(concat([code, labelOf(NAME, label === undefined ? {} : { label })], 1));
  return {
    name: NAME,
    options: parsed,
    body,
    latent,
    label: "required",
    terms: { reconstruction: "nats", kl: "nats" },
    can: { generate: true },
    loss: (parts, batch) => {
      const { mu, logVar } = encoded(parts, batch);
      const { z: code } = draw(parts.scope, { mu, logVar });
      const numbers = numberLoss(parsed, parts.layout);
      const output = decoded(parts, code, batch.label);
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, numbers),
        },
        kl: {
          value: sum(klToStandardNormal(mu, logVar), { axes: [1] }),
          weight: warmedUp(parts.scope, "beta", parsed.beta, parsed.warmUp),
        },
      };
    },
    encode: (parts, batch) => encoded(parts, batch).mu,
    drawCode: (parts, batch) => draw(parts.scope, encoded(parts, batch)).z,
    decode: (parts, code, label) =>
      meanFeatures(parts.layout, decoded(parts, code, label), numberLoss(parsed, parts.layout)),
    divergence: (parts, batch) => {
      const { mu, logVar } = encoded(parts, batch);
      return klToStandardNormal(mu, logVar);
    },
    // Of log p(x | y).
    logWeight: (parts, batch) => {
      const q = encoded(parts, batch);
      const drawn = draw(parts.scope, q);
      const numbers = numberLoss(parsed, parts.layout);
      const output = decoded(parts, drawn.z, batch.label);
      const error = reconstructionLoss(parts.scope, parts.layout, batch, output, numbers);
      return neg(add(error, drawnKl(q, drawn)));
    },
    // −ELBO at the posterior mean: how unusual the row is for its label.
    score: (parts, batch) => {
      const { mu, logVar } = encoded(parts, batch);
      const numbers = numberLoss(parsed, parts.layout);
      const output = decoded(parts, mu, batch.label);
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, numbers);
      const kl = sum(klToStandardNormal(mu, logVar), { axes: [1] });
      return { score: add(sum(errors, { axes: [1] }), kl), parts: errors };
    },
  };
}

export const conditionalEntry: FamilyEntry = {
  summary: "codes for what the label does not say, so that samples can be drawn by label",
  options,
  create: (own, common) => conditional({ ...(own as z.input<typeof options>), ...common }),
};
