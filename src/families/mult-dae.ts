/**
 * The multinomial denoising autoencoder: which items people take, from the others that they took:
 *
 *   loss = −Σ_i x_i · log π_i,   π = softmax(decode(encode(x̃ / ‖x‖))),
 *
 * x̃ being the history x with a share of its items hidden.
 *
 * @see Liang, Krishnan, Hoffman and Jebara, "Variational autoencoders for collaborative filtering"
 *   (2018), equation 2 and section 2.4
 */
import { z } from "zod";
import { logSoftmax } from "../ops/softmax.ts";
import { sum } from "../ops/reduce.ts";
import type { Batch } from "../losses/reconstruction.ts";
import type { Value } from "../graph/value.ts";
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

const options = z.strictObject({ ...choiceOptions });

export type MultDaeOptions = CommonOptions & z.input<typeof options>;

/**
 * A recommender that learns to fill in hidden items of histories.
 *
 * @example
 * const model = await train(multDae(), await readInteractions("plays.csv", { user: "user", item: "song" }));
 */
export function multDae({ latent, body, ...given }: MultDaeOptions = {}): Family<
  "reconstruction",
  false
> {
  const parsed = parseOptions("mult-dae", options, given);
  const codeOf = (parts: Parts, batch: Batch): Value =>
    parts.encoder(history(parts, batch, parsed.dropout), parts.latent);
  const logitsOf = (parts: Parts, batch: Batch): Value => parts.decoder(codeOf(parts, batch));
  return {
    name: "mult-dae",
    options: parsed,
    body,
    latent,
    takes: "interactions",
    fillsIn: true,
    linearPart: parsed.linear,
    suggest: suggested,
    terms: { reconstruction: "nats" },
    can: { generate: false },
    loss: (parts, batch) => ({
      reconstruction: { value: choiceLoss(parts, batch, logitsOf(parts, batch)) },
    }),
    judge: (parts, batch) => rankingLoss(batch, logitsOf(parts, batch), parts.layout),
    encode: codeOf,
    decode: (parts, z) => logSoftmax(parts.decoder(z), 1),
    score: (parts, batch) => {
      const shares = choiceParts(parts, batch, logitsOf(parts, batch));
      return { score: sum(shares, { axes: [1] }), parts: shares };
    },
  };
}

export const multDaeEntry: FamilyEntry = {
  summary: "interactions: recommends by filling in hidden items of histories",
  takes: "interactions",
  options,
  create: (own, common) => multDae({ ...(own as z.input<typeof options>), ...common }),
};
