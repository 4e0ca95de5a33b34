/**
 * The multinomial variational autoencoder: which items people take, from the others that they took:
 * maximize
 *
 *   E[Σ_i x_i · log π_i(z)] − beta · KL(q(z | x̃) ‖ N(0, 1)),
 *   q(z | x̃) = N(mu, diag(exp(logVar))) of x̃ / ‖x‖,   π(z) = softmax(decode(z)),
 *
 * x̃ being the history x with a share of its items hidden.
 *
 * @see Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for collaborative filtering"
 *   (2018), equations 2 to 5
 */
import { z } from "zod";
import type { Value } from "../graph/value.ts";
import { klToStandardNormal } from "../losses/kl.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { sum } from "../ops/reduce.ts";
import { logSoftmax } from "../ops/softmax.ts";
import {
  choiceLoss,
  choiceParts,
  choiceOptions,
  history,
  rankingLoss,
  suggested,
} from "./choices.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";
import type { Posterior } from "./posterior.ts";
import { draw, posterior, warmedUp } from "./posterior.ts";

const options = z.strictObject({
  beta: z.number().nonnegative().default(0.2).describe("weight of the KL term"),
  warmUp: z
    .number()
    .min(0)
    .max(1)
    .default(0.4)
    .describe("share of training over which beta rises from 0"),
  ...choiceOptions,
});

export type MultVaeOptions = CommonOptions & z.input<typeof options>;

/**
 * A recommender: histories become uncertain codes, and codes chances of all items.
 *
 * @example
 * const model = await train(multVae(), await readInteractions("plays.csv", { user: "user", item: "song" }));
 * const { items } = await model.recommend(histories, { k: 10 });
 */
export function multVae({ latent, body, ...given }: MultVaeOptions = {}): Family<
  "reconstruction" | "kl",
  false
> {
  const parsed = parseOptions("mult-vae", options, given);
  const encoded = (parts: Parts, batch: Batch): Posterior =>
    posterior(parts.encoder(history(parts, batch, parsed.dropout), 2 * parts.latent));
  const middle = (parts: Parts, batch: Batch): Value => parts.decoder(encoded(parts, batch).mu);
  const klOf = ({ mu, logVar }: Posterior): Value =>
    sum(klToStandardNormal(mu, logVar), { axes: [1] });
  return {
    name: "mult-vae",
    options: parsed,
    body,
    latent,
    takes: "interactions",
    fillsIn: true,
    linearPart: parsed.linear,
    suggest: suggested,
    terms: { reconstruction: "nats", kl: "nats" },
    can: { generate: false },
    loss: (parts, batch) => {
      const q = encoded(parts, batch);
      const { z: code } = draw(parts.scope, q);
      const weight = warmedUp(parts.scope, "beta", parsed.beta, parsed.warmUp);
      return {
        reconstruction: { value: choiceLoss(parts, batch, parts.decoder(code)) },
        kl: { value: klOf(q), weight },
      };
    },
    judge: (parts, batch) => rankingLoss(batch, middle(parts, batch), parts.layout),
    encode: (parts, batch) => encoded(parts, batch).mu,
    drawCode: (parts, batch) => draw(parts.scope, encoded(parts, batch)).z,
    decode: (parts, code) => logSoftmax(parts.decoder(code), 1),
    divergence: (parts, batch) => {
      const { mu, logVar } = encoded(parts, batch);
      return klToStandardNormal(mu, logVar);
    },
    // −ELBO at the posterior mean, as in the variational family.
    score: (parts, batch) => {
      const q = encoded(parts, batch);
      const shares = choiceParts(parts, batch, parts.decoder(q.mu));
      return { score: add(sum(shares, { axes: [1] }), mul(klOf(q), parsed.beta)), parts: shares };
    },
  };
}

export const multVaeEntry: FamilyEntry = {
  summary: "interactions: recommends by uncertain codes of histories",
  takes: "interactions",
  options,
  create: (own, common) => multVae({ ...(own as z.input<typeof options>), ...common }),
};
