/**
 * Where the codes of new samples come from: the prior that training pulled them to, or a mixture
 * fitted to the codes of the training rows, which every model has.
 */
import { inputError } from "../base/errors.ts";
import type { Matrix } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import { labelCodes, requireClass } from "../data/labels.ts";
import type { FamilyEntry } from "../families/family.ts";
import { families } from "../families/index.ts";
import type { Mixture } from "../evaluate/mixture.ts";
import { mixtureSamples } from "../evaluate/mixture.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";
import type { ModelFile } from "./file.ts";
import type { ModelInfo } from "./types.ts";

export type Origin = "prior" | "mixture";
type Origins = readonly Origin[];

interface Draw {
  readonly seed: number;
  /** Spread of the draws: 0 = the likeliest, 1 = as trained. */
  readonly temperature: number;
}

const LABEL_SITE = 0x1abe1;

/** Numbers in all covariances: with more, the fit takes longer than many a training. */
const MOST_NUMBERS = 2 ** 15;
const MOST_COMPONENTS = 30;
/** Of a family that has no other prior. */
const OWN_COMPONENTS = 10;
/** Beyond this even one covariance outweighs many a model. */
const WIDEST = 512;
/** Numbers in the covariances of all classes, where each has one of its own at least. */
const MOST_OF_CLASSES = 2 ** 20;

/** Components of the mixture that comes along; 0 where codes are too wide for any. */
export function mixtureComponents(latent: number, prior?: "normal" | "mixture"): number {
  const own = prior === "mixture" ? OWN_COMPONENTS : 0;
  if (latent > WIDEST) return own;
  return Math.max(own, 1, Math.min(MOST_COMPONENTS, Math.floor(MOST_NUMBERS / latent ** 2)));
}

/** Whether the mixture of a model that knows classes can have components for each. */
export function mixtureByClass(latent: number, classes: number): boolean {
  return latent <= WIDEST && classes * latent ** 2 <= MOST_OF_CLASSES;
}

/**
 * Where codes of new samples can come from, the usual one first. That is the mixture, for families
 * with a prior too: codes of real rows fill a prior only about, and where none lie, the decoder was
 * never asked (docs/guide/generation.md has the figures).
 */
export function originsOf({ info, mixture }: Pick<ModelFile, "info" | "mixture">): Origins {
  return [
    ...(mixture === undefined ? [] : (["mixture"] as const)),
    ...(info.can.generate && !fitsItsPrior(info) ? (["prior"] as const) : []),
  ];
}

/** Whether the mixture is all the prior that the family has. */
function fitsItsPrior({ family }: Pick<ModelInfo, "family">): boolean {
  const known: Readonly<Record<string, FamilyEntry>> = families;
  const entry = Object.hasOwn(known, family.name) ? known[family.name] : undefined;
  return entry?.create(family.options, {}).prior === "mixture";
}

/**
 * @param from default: the usual one of `originsOf`
 * @param labels that the codes are to go with: a mixture that knows classes draws each of its own
 * @throws `model.cannot-generate` where there is nothing of the kind to draw from
 */
export function drawCodes(
  file: ModelFile,
  count: number,
  {
    seed,
    temperature,
    from,
    labels,
  }: Draw & { readonly from?: Origin | undefined; readonly labels?: Labels | undefined },
): Matrix {
  const { info, mixture } = file;
  const origins = originsOf(file);
  const origin = from === "prior" && fitsItsPrior(info) ? "mixture" : (from ?? origins[0]);
  if (origin === undefined || (origin === "mixture" && mixture === undefined))
    throw withoutMixture(info);
  if (origin === "mixture") {
    const classOf =
      labels === undefined || info.label === undefined ? undefined : labelCodes(labels, info.label);
    return mixtureSamples(mixture as Mixture, count, { seed, temperature, classOf });
  }
  if (!origins.includes("prior")) {
    throw inputError("model.cannot-generate", {
      place: "from",
      expected: "mixture, which is fitted to the codes of the training rows",
      got: `prior, and a ${info.family.name} autoencoder has none`,
      hint: "leave it out, or train one with --family variational",
    });
  }
  const data = normals(keyAt(seed, 0), count, info.latent).map((x) => x * temperature);
  return { rows: count, columns: info.latent, data };
}

function withoutMixture({ family, latent, can }: ModelInfo) {
  return inputError("model.cannot-generate", {
    place: "the model",
    expected: "a mixture fitted to its codes",
    got:
      mixtureComponents(latent) === 0
        ? `a ${family.name} autoencoder with codes of ${latent} numbers, too many to fit one to`
        : `a ${family.name} autoencoder of an earlier version, without one`,
    hint: can.generate
      ? "draw from its prior"
      : "train it again with a smaller --latent, or one with --family variational",
  });
}

/**
 * Labels for new samples: all of one class, or drawn as often as in training. The temperature
 * sharpens their shares, as p^(1 / temperature).
 */
export function drawLabels(
  { label, family }: ModelInfo,
  count: number,
  { seed, temperature, label: asked }: Draw & { readonly label: string | undefined },
): Labels | undefined {
  if (label === undefined) {
    if (asked === undefined) return undefined;
    throw inputError("options.invalid", {
      place: "label",
      expected: "a family that takes labels, such as conditional",
      got: `a ${family.name} autoencoder, which knows none`,
    });
  }
  if (asked !== undefined) {
    requireClass(asked, "label", label.classes);
    return Array.from({ length: count }, () => asked);
  }
  const [most = 1] = label.shares;
  const sharpened = label.shares.map((share, i) =>
    temperature === 0 ? Number(i === 0) : (share / most) ** (1 / temperature),
  );
  const total = sharpened.reduce((sum, share) => sum + share, 0);
  const draws = uniforms(atSite(keyAt(seed, 0), LABEL_SITE), count);
  return Array.from(draws, (u) => {
    let left = u * total;
    const at = sharpened.findIndex((share) => (left -= share) < 0);
    return label.classes[at < 0 ? 0 : at] ?? null;
  });
}
