/**
 * Names that the field uses for a family with certain options, a certain body or a certain size
 * of code. Adding one is one line; the model file holds the family's own name.
 */
import { inputError } from "../base/errors.ts";
import type { ConvBodyOptions } from "../bodies/conv.ts";
import { conv } from "../bodies/conv.ts";
import type { BodyName } from "../bodies/index.ts";
import { bodies } from "../bodies/index.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf } from "../losses/layout.ts";
import type { CommonOptions, Family } from "./family.ts";
import type { FamilyName } from "./index.ts";
import { families } from "./index.ts";
import { vanilla } from "./vanilla.ts";

/**
 * The vanilla autoencoder with a convolutional body. Any family takes that body too:
 * `variational({ body: conv() })`.
 *
 * @example
 * const model = await train(convolutional({ latent: 32, channels: [32, 64] }), faces);
 */
export function convolutional({
  latent,
  channels,
  ...options
}: Pick<CommonOptions, "latent"> &
  ConvBodyOptions & { readonly channels?: readonly number[] } = {}) {
  return vanilla({ latent, body: conv(channels, options) });
}

/**
 * The vanilla autoencoder with a code smaller than the input, which it cannot copy.
 *
 * @throws `family.latent` when training starts, for a code as large as the input
 */
export function undercomplete(common: CommonOptions = {}): Family<"reconstruction", false> {
  return { ...vanilla(common), suggest: sizeCheck(common.latent, "smaller") };
}

/**
 * The vanilla autoencoder with a code larger than the input: twice its size by default. It can
 * copy its input; a regularizer (`sparse`, `denoising`, `contractive`) makes it learn instead.
 *
 * @throws `family.latent` when training starts, for a code no larger than the input
 */
export function overcomplete(common: CommonOptions = {}): Family<"reconstruction", false> {
  return { ...vanilla(common), suggest: sizeCheck(common.latent, "larger") };
}

function sizeCheck(latent: number | undefined, side: "smaller" | "larger") {
  return (layout: Layout) => {
    const features = featuresOf(layout);
    const fits = side === "smaller" ? (n: number) => n < features : (n: number) => n > features;
    if (latent !== undefined && !fits(latent)) {
      throw inputError("family.latent", {
        place: "latent",
        expected: `a number ${side} than the ${features} features of the data`,
        got: String(latent),
        hint: "or take the vanilla family, which asks for neither",
      });
    }
    return side === "smaller" ? {} : { latent: 2 * features };
  };
}

interface UsualName {
  readonly family: FamilyName;
  /** Of the family, where the user gives no others. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly body?: BodyName;
  readonly make?: (common: CommonOptions) => Family;
}

export const usualNames: Readonly<Record<string, UsualName>> = {
  undercomplete: { family: "vanilla", make: undercomplete },
  overcomplete: { family: "vanilla", make: overcomplete },
  convolutional: { family: "vanilla", body: "conv" },
  ae: { family: "vanilla" },
  vae: { family: "variational" },
  dae: { family: "denoising" },
  mae: { family: "masked" },
  cvae: { family: "conditional" },
  m2: { family: "semi-supervised" },
  tvae: { family: "tabular" },
  wae: { family: "wasserstein" },
  infovae: { family: "wasserstein", options: { encoder: "gaussian" } },
  "vq-vae": { family: "vector-quantized" },
  fsq: { family: "finite-scalar" },
  rae: { family: "regularized" },
  iwae: { family: "variational", options: { samples: 5 } },
  "beta-vae": { family: "variational", options: { beta: 4 } },
};

/** Makes a family by any of its names. */
export function familyNamed(
  name: string,
  own: Readonly<Record<string, unknown>>,
  common: CommonOptions,
): Family {
  const usual = usualNames[name];
  const family = families[familyBehind(name)];
  if (usual === undefined) return family.create(own, common);
  const asked = { ...common, body: common.body ?? (usual.body && bodies[usual.body].create({})) };
  return usual.make?.(asked) ?? family.create({ ...usual.options, ...own }, asked);
}

/** The family's own name, for any of its names. */
export function familyBehind(name: string): FamilyName {
  return usualNames[name]?.family ?? (name as FamilyName);
}
