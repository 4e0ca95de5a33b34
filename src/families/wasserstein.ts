/**
 * The Wasserstein autoencoder: minimize
 *
 *   ‖x − decode(z)‖² + lambda · MMD²(q(z), p(z)),  p(z) = N(0, 1),
 *
 * where q(z) are the codes of all rows together. The codes of one row stay apart from chance: not
 * each of them is made normal, as in a variational autoencoder, only their crowd. With
 * `encoder: "gaussian"` codes are drawn, and `kl` weighs the KL of each row's as well (InfoVAE:
 * its 1 − alpha; 0 is the MMD-VAE).
 *
 * lambda weighs a number between 0 and 14, whatever the data, against a sum over features, in the
 * network's units: the more features, the larger it may be. On digits (16 codes) the error rises by
 * 3, 15 and 40 % for 10, 100 and 1000; with 10 the variances of the codes lie between 0.7 and 1.2,
 * and more brings them little nearer to 1. The authors' digits have 200 in this unit (10 against
 * 0.05 times the error).
 *
 * @see Tolstikhin, Bousquet, Gelly and Schoelkopf, "Wasserstein auto-encoders" (2017), algorithm
 *   2; Zhao, Song and Ermon, "InfoVAE" (2017), equation 6
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import { klToStandardNormal } from "../losses/kl.ts";
import { squaredMmd } from "../losses/mmd.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { sum } from "../ops/reduce.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";
import type { Posterior } from "./posterior.ts";
import { draw, posterior } from "./posterior.ts";

const options = z.strictObject({
  lambda: z
    .number()
    .nonnegative()
    .default(10)
    .describe("weight of the distance between codes and the standard normal"),
  encoder: z
    .enum(["deterministic", "gaussian"])
    .default("deterministic")
    .describe("one code a row, or a centre and a spread to draw codes from"),
  kl: z
    .number()
    .nonnegative()
    .optional()
    .describe("weight of the KL a row, for a gaussian encoder; 0 where none is given")
    .meta({ needs: { encoder: "gaussian" } }),
});

export type WassersteinOptions = CommonOptions & z.input<typeof options>;

/**
 * A Wasserstein autoencoder: sharp as a vanilla one, and its codes together fill a standard
 * normal, so it can generate.
 *
 * @example
 * const model = await train(wasserstein({ latent: 16 }), digits);
 * const sheet = await model.generate(64, { seed: 7 });
 */
export function wasserstein({ latent, body, ...given }: WassersteinOptions = {}): Family<
  "reconstruction" | "mmd",
  true
> {
  const parsed = parseOptions("wasserstein", options, given);
  const { lambda, encoder, kl = 0 } = parsed;
  if (encoder !== "gaussian" && parsed.kl !== undefined) {
    throw inputError("options.invalid", {
      place: "wasserstein, option kl",
      expected: "encoder gaussian beside it, as a code without a spread has no KL",
      got: JSON.stringify(parsed.kl),
    });
  }
  const gaussian = (parts: Parts, x: Value): Posterior =>
    posterior(parts.encoder(x, 2 * parts.latent));
  const center = (parts: Parts, x: Value): Value =>
    encoder === "gaussian" ? gaussian(parts, x).mu : parts.encoder(x, parts.latent);
  return {
    name: "wasserstein",
    options: parsed,
    body,
    latent,
    terms: {
      reconstruction: "squared error",
      mmd: "squared MMD",
      ...(encoder === "gaussian" ? { kl: "nats" } : {}),
    },
    can: { generate: true },
    loss: (parts, batch) => {
      const q = encoder === "gaussian" ? gaussian(parts, batch.x) : undefined;
      const code = q === undefined ? parts.encoder(batch.x, parts.latent) : draw(parts.scope, q).z;
      const output = parts.decoder(code);
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, squared),
        },
        mmd: { value: squaredMmd(code, parts.scope.normal(code)), weight: lambda },
        ...(q === undefined
          ? {}
          : { kl: { value: sum(klToStandardNormal(q.mu, q.logVar), { axes: [1] }), weight: kl } }),
      };
    },
    encode: (parts, { x }) => center(parts, x),
    decode: (parts, code) => meanFeatures(parts.layout, parts.decoder(code), squared),
    ...(encoder === "gaussian"
      ? {
          drawCode: (parts, { x }) => draw(parts.scope, gaussian(parts, x)).z,
          divergence: (parts, { x }) => {
            const { mu, logVar } = gaussian(parts, x);
            return klToStandardNormal(mu, logVar);
          },
        }
      : {}),
    score: (parts, batch) => {
      const output = parts.decoder(center(parts, batch.x));
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      return { score: sum(errors, { axes: [1] }), parts: errors };
    },
  };
}

export const wassersteinEntry: FamilyEntry = {
  summary: "sharp reconstructions, and codes that together fill a standard normal",
  options,
  create: (own, common) => wasserstein({ ...(own as z.input<typeof options>), ...common }),
};
