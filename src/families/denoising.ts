/**
 * The denoising autoencoder: rebuild the row from a damaged copy,
 *
 *   loss = ‖x − decode(encode(x̃))‖²,   x̃ ~ corruption(x),
 *
 * where the corruption is
 *
 *   masking          a share of the parts (numbers, flags, categories) set to zero
 *   gaussian         x̃ = x + level · noise, noise ~ N(0, 1) in every feature; of pixels cut to
 *                    [0, 1], as the bytes of a noisy picture are
 *   salt-and-pepper  a share of the parts set to an extreme, a flag turned over, a category
 *                    exchanged for another
 *   none             x as it is: for the user's own pairs of noisy and clean rows
 *
 * Held-out rows are corrupted too when their loss is measured: that loss estimates what is being
 * minimized, can be held against the training loss, and does not favour weights that copy.
 * Codes, reconstructions and scores are of rows as they are given.
 *
 * Pictures get the spatial body, whose code has as many numbers as they have pixels: what keeps it from
 * copying is the noise, and whatever a smaller code leaves out is lost to the picture.
 *
 * @see Vincent et al., "Stacked denoising autoencoders" (2010), sections 3.1 and 3.3
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import type { Layout } from "../losses/layout.ts";
import { featuresOf, partOfFeature } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import type { Scope } from "../nn/scope.ts";
import { add, max, min, mul, sub } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { where } from "../ops/choice.ts";
import { equal, greater, greaterOrEqual, less } from "../ops/compare.ts";
import { floor, indicator } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { gather, slice } from "../ops/select.ts";
import { concat, flatten, reshapeLike, split } from "../ops/shape.ts";
import type { CommonOptions, Family, FamilyEntry } from "./family.ts";
import { spacious } from "./spacious.ts";
import { parseOptions } from "./options.ts";

const options = z.strictObject({
  corruption: z
    .enum(["masking", "gaussian", "salt-and-pepper", "none"])
    .optional()
    .describe(
      "damage to undo: masking, gaussian, salt-and-pepper, or none. Default: gaussian for images, else masking; none where clean rows are given",
    )
    .meta({ examples: ["masking", "salt-and-pepper", "none"] }),
  level: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      "share of parts hit, or standard deviation of the noise in the network's units. Default: 0.25 for masking, 0.1 for salt-and-pepper, 0.3 for gaussian",
    ),
});

type Settings = z.output<typeof options>;
type Corruption = Exclude<NonNullable<Settings["corruption"]>, "none">;
const LEVELS: Readonly<Record<Corruption, number>> = {
  masking: 0.25,
  gaussian: 0.3,
  "salt-and-pepper": 0.1,
};

/** Where the extremes of a number without bounds lie: 95 of 100 standard normal ones are within. */
const EXTREME = 2;

export type DenoisingOptions = CommonOptions & z.input<typeof options>;

/**
 * An autoencoder that learns to undo damage: random damage of its own making, or that between the
 * user's noisy rows and their clean twins.
 *
 * @example
 * const model = await train(denoising({ corruption: "salt-and-pepper", level: 0.2 }), images);
 */
export function denoising({ latent, body, ...given }: DenoisingOptions = {}): Family<
  "reconstruction",
  false
> {
  const settings = parseOptions("denoising", options, given);
  requireLevel(settings);
  return {
    name: "denoising",
    options: settings,
    body,
    latent,
    terms: { reconstruction: "squared error" },
    can: { generate: false },
    pairs: true,
    suggest: (layout) => spacious(layout, { body, latent }),
    loss: (parts, batch) => {
      const seen = corrupted(parts.scope, parts.layout, batch, settings);
      const output = parts.decoder(parts.encoder(seen, parts.latent));
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

/** x̃, in the shape of x. */
function corrupted(scope: Scope, layout: Layout, batch: Batch, settings: Settings): Value {
  const { x, target } = batch;
  // Noisy rows of the user's are damaged as they should be, unless more is asked for.
  const corruption = settings.corruption ?? (target === undefined ? usualDamage(layout) : "none");
  if (corruption === "none") return x;
  const level = settings.level ?? LEVELS[corruption];
  if (corruption === "gaussian") {
    const noisy = add(x, mul(scope.normal(x), level));
    return layout.bounded ? min(max(noisy, 0), 1) : noisy;
  }
  const hit = less(scope.uniform(onePerPart(x, layout)), level);
  const damaged =
    corruption === "masking" ? mul(flatten(x), 0) : saltAndPepper(scope, layout, flatten(x));
  return reshapeLike(where(perFeature(hit, layout), damaged, flatten(x)), x.shape);
}

/** What cameras do to pictures, and forms left half empty to tables. */
function usualDamage({ shape, bounded }: Layout): Corruption {
  return bounded && shape.length === 3 ? "gaussian" : "masking";
}

/** Some value of shape `[batch, parts]`. */
function onePerPart(x: Value, layout: Layout): Value {
  return slice(flatten(x), 0, (partOfFeature(layout).at(-1) as number) + 1, 1);
}

/** `[batch, parts]` → `[batch, features]`. */
function perFeature(hit: Value, layout: Layout): Value {
  const parts = partOfFeature(layout);
  return parts.at(-1) === parts.length - 1 ? hit : gather(hit, parts, 1);
}

/** Every part damaged, `[batch, features]`. */
function saltAndPepper(scope: Scope, layout: Layout, x: Value): Value {
  const { segments, bounded } = layout;
  // Samples with axes are one segment of numbers.
  const widths = segments.length === 1 ? [featuresOf(layout)] : segments.map(({ size }) => size);
  const counts = segments.map(({ kind }, i) => (kind === "category" ? 1 : (widths[i] as number)));
  const draws = split(scope.uniform(onePerPart(x, layout)), counts, 1);
  const [high, low] = bounded ? [1, 0] : [EXTREME, -EXTREME];
  const damaged = split(x, widths, 1).map((part, i) => {
    const draw = draws[i] as Value;
    switch (segments[i]?.kind) {
      case "category":
        return otherCategory(part, draw);
      case "flags":
        return sub(1, part);
      default:
        return add(mul(indicator(greater(draw, 0.5), part), high - low), low);
    }
  });
  return concat(damaged, 1);
}

/**
 * One-hot of another category, each as likely.
 *
 * @param draw `[batch, 1]`, uniform
 */
function otherCategory(hot: Value, draw: Value): Value {
  const size = hot.shape[1] as number;
  if (size === 1) return hot;
  const slots = cast(constant(tensor("float32", Float32Array.from(Array(size).keys()))), hot.dtype);
  const now = sum(mul(hot, slots), { axes: [1], keep: true });
  // A product with a draw just below 1 may round up.
  const moved = add(now, add(min(floor(mul(draw, size - 1)), size - 2), 1));
  const next = sub(moved, mul(indicator(greaterOrEqual(moved, size), moved), size));
  return indicator(equal(slots, next), hot);
}

function requireLevel({ corruption, level }: Settings): void {
  if (level === undefined) return;
  const none = corruption === "none";
  const share = corruption !== "gaussian";
  if (!none && (!share || level <= 1)) return;
  throw inputError("options.invalid", {
    place: "denoising, option level",
    expected: none ? "a corruption that has a level" : "a share of the parts, from 0 to 1",
    got: none ? "corruption none" : String(level),
  });
}

export const denoisingEntry: FamilyEntry = {
  summary: "learns to undo damage, its own or that between noisy rows and their clean twins",
  options,
  create: (own, common) => denoising({ ...(own as z.input<typeof options>), ...common }),
};
