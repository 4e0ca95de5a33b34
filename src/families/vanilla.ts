/**
 * The autoencoder: loss = ‖x − decode(encode(x))‖².
 *
 * Squared error for numbers, cross entropy for categories and for missing-or-not.
 *
 * @see Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural
 *   networks", Science 313 (2006)
 */
import { z } from "zod";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { sum } from "../ops/reduce.ts";
import type { CommonOptions, Family, FamilyEntry } from "./family.ts";
import { parseOptions } from "./options.ts";

const options = z.strictObject({});

/**
 * An autoencoder without further ado.
 *
 * @example
 * const model = await train(vanilla({ latent: 8 }), rows);
 */
export function vanilla({ latent, body }: CommonOptions = {}): Family<"reconstruction", false> {
  return {
    name: "vanilla",
    options: {},
    body,
    latent,
    terms: { reconstruction: "squared error" },
    can: { generate: false },
    copies: true,
    loss: (parts, batch) => {
      const output = parts.decoder(parts.encoder(batch.x, parts.latent));
      const value = reconstructionLoss(parts.scope, parts.layout, batch, output, squared);
      return { reconstruction: { value } };
    },
    encode: (parts, { x }) => parts.encoder(x, parts.latent),
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), squared),
    score: (parts, batch) => {
      const output = parts.decoder(parts.encoder(batch.x, parts.latent));
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      return { score: sum(errors, { axes: [1] }), parts: errors };
    },
  };
}

export const vanillaEntry: FamilyEntry = {
  summary: "an autoencoder without further ado",
  options,
  create: (own, common) => {
    parseOptions("vanilla", options, own);
    return vanilla(common);
  },
};
