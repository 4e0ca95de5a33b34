/**
 * The sparse autoencoder: of many units of the code, each row makes few active. With the running
 * mean m of the rows and a = relu(encode(x − m)),
 *
 *   topk       loss = ‖x − decode(c)‖² + revival,   c = a where it is among the row's k largest, else 0
 *   batchtopk  the same, among the k · batch largest of the whole batch
 *   l1         loss = ‖x − decode(a)‖² + lambda · Σ_j |a_j|
 *   kl         loss = ‖x − decode(s)‖² + lambda · Σ_j KL(rho ‖ mean of s_j over the batch),
 *              s = sigmoid(encode(x − m))
 *
 * and a term that teaches units that fell silent to mend what the others leave:
 *
 *   revival    ‖stop(x − x̂) − (decode(d) − decode(0))‖²,   d = the k largest a of dead units alone.
 *
 * The decoder's first layer has rows of length 1, one a unit: a code could otherwise be made small,
 * and its penalty escaped, by making the rows large. A sigmoid's codes are bounded and need it not.
 *
 * Gao et al. learn m, and weigh the revival by 1/32 in runs that are far longer. Over some thousands
 * of steps Adam's memory of a unit's active days drowns so small a gradient: of 256 units on
 * Fashion-MNIST of 14 × 14 pixels, 10 epochs leave 23 % dead with that weight and 1 % with this. In a
 * linear decoder only dead units carry the term, so that its weight does not disturb the others. And
 * without m the mean alone decides which units are ever above zero.
 *
 * @see Ng, "Sparse autoencoder", CS294A lecture notes (2011), for kl; Makhzani and Frey,
 *   "k-sparse autoencoders" (2013), section 2.1; Gao et al., "Scaling and evaluating sparse
 *   autoencoders" (2024), sections 2.3 and 2.4 and appendix A.2; Bussmann et al., "BatchTopK sparse
 *   autoencoders" (2024), section 3
 */
import { z } from "zod";
import { inputError } from "../base/errors.ts";
import { dense } from "../bodies/dense.ts";
import type { Value } from "../graph/value.ts";
import { integers, scalar } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Batch } from "../losses/reconstruction.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { zeros } from "../nn/initializers.ts";
import type { Scope } from "../nn/scope.ts";
import { withUnitRows } from "../nn/unit-rows.ts";
import { add, clip, div, log, min, mul, sub } from "../ops/arithmetic.ts";
import { where } from "../ops/choice.ts";
import { greater, greaterOrEqual } from "../ops/compare.ts";
import { dynamicSize } from "../ops/count.ts";
import { indicator, relu, sigmoid, stopGradient } from "../ops/pointwise.ts";
import { placesOf, topK } from "../ops/rank.ts";
import { largest, mean, smallest, sum } from "../ops/reduce.ts";
import { gather, slice, spread } from "../ops/select.ts";
import { concat, expand, reshape, shapeOf } from "../ops/shape.ts";
import type { CommonOptions, Family, FamilyEntry, Parts, Term } from "./family.ts";
import { parseOptions } from "./options.ts";

const penalties = ["topk", "batchtopk", "l1", "kl"] as const;
type Penalty = (typeof penalties)[number];

const options = z.strictObject({
  penalty: z
    .enum(penalties)
    .default("topk")
    .describe(
      "what keeps the code sparse: topk (k units a row), batchtopk (k a row on average), l1 (the code's sum), kl (each unit's mean activity near rho)",
    ),
  k: z
    .number()
    .int()
    .positive()
    .optional()
    .describe(
      "active units, for topk and batchtopk. Default: an eighth of the latent, from 1 to 32",
    )
    .meta({ examples: [2] }),
  dead: z
    .number()
    .int()
    .positive()
    .optional()
    .describe("rows after which a silent unit is revived, for topk and batchtopk. Default: 200"),
  lambda: z
    .number()
    .nonnegative()
    .optional()
    .describe("weight of the penalty, for l1 and kl. Default: 0.1 for l1, 1 for kl")
    .meta({ needs: { penalty: "l1" } }),
  rho: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe("mean activity that kl pulls each unit to. Default: 0.05")
    .meta({ needs: { penalty: "kl" } }),
});

/** The penalties that an option belongs to. */
const OWNERS = {
  k: ["topk", "batchtopk"],
  dead: ["topk", "batchtopk"],
  lambda: ["l1", "kl"],
  rho: ["kl"],
} as const satisfies Record<string, readonly Penalty[]>;

type Settings = z.output<typeof options>;
type SparseTerm<P extends Penalty> =
  "reconstruction" | (P extends "l1" | "kl" ? "sparsity" : "revival");

export type SparseOptions<P extends Penalty = Penalty> = CommonOptions &
  Omit<z.input<typeof options>, "penalty"> & { readonly penalty?: P | undefined };

/**
 * An autoencoder with many units of which each row makes few active, so that a unit can stand
 * for one thing.
 *
 * @example
 * const model = await train(sparse({ latent: 1024, k: 32 }), images);
 */
export function sparse<P extends Penalty = "topk">({
  latent,
  body,
  ...given
}: SparseOptions<P> = {}): Family<SparseTerm<P>, false> {
  const settings = parseOptions("sparse", options, given);
  const { penalty } = settings;
  requireOwners(settings);
  if (latent !== undefined) activeUnits(latent, settings);
  const family: Family<string, false> = {
    name: "sparse",
    options: settings,
    body,
    latent,
    // More units than features, each a direction of its own: hidden layers would blur them.
    suggest: (layout) => ({
      body: dense([]),
      latent: Math.min(1024, Math.max(16, 2 ** Math.ceil(Math.log2(2 * featuresOf(layout))))),
    }),
    terms: {
      reconstruction: "squared error",
      ...(penalty === "l1"
        ? { sparsity: "sum of the code" }
        : penalty === "kl"
          ? { sparsity: "nats" }
          : { revival: "squared error" }),
    },
    can: { generate: false },
    loss: (parts, batch) => {
      const active = activations(parts, batch.x, settings);
      const code = chosen(parts, active, settings);
      const output = decoded(parts, code, settings);
      const value = reconstructionLoss(parts.scope, parts.layout, batch, output, squared);
      return {
        reconstruction: { value },
        ...regularizer(parts, batch, active, code, output, settings),
      };
    },
    encode: (parts, { x }) => codeOf(parts, x, settings),
    decode: (parts, z) => meanFeatures(parts.layout, decoded(parts, z, settings), squared),
    score: (parts, batch) => {
      const output = decoded(parts, codeOf(parts, batch.x, settings), settings);
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      return { score: sum(errors, { axes: [1] }), parts: errors };
    },
  };
  return family as Family<SparseTerm<P>, false>;
}

/** The code before any unit is left out. */
function activations(parts: Parts, x: Value, { penalty }: Settings): Value {
  const center = running(parts.scope, "center", x.shape.slice(1) as number[], () =>
    mean(x, { axes: [0] }),
  );
  const raw = parts.encoder(sub(x, center), parts.latent);
  return penalty === "kl" ? sigmoid(raw) : relu(raw);
}

function codeOf(parts: Parts, x: Value, settings: Settings): Value {
  return chosen(parts, activations(parts, x, settings), settings);
}

/** The code: activations, but for units that are not among the largest. */
function chosen({ scope, latent }: Parts, active: Value, settings: Settings): Value {
  const { penalty } = settings;
  if (penalty === "l1" || penalty === "kl") return active;
  const k = activeUnits(latent, settings);
  if (penalty === "topk") {
    const { values, index } = topK(active, k);
    return spread(values, index, active);
  }
  const least = (): Value => {
    const count = mul(gather(shapeOf(active), [0]), integers([k]));
    return reshape(smallest(topK(reshape(active, [-1]), count).values), [1]);
  };
  // Rows must not depend on each other in use: there, what batches kept at the least decides.
  const usual = running(scope, "threshold", [1], least);
  return keepFrom(active, scope.training ? least() : usual);
}

/** Where buffers lie, apart from columns that may have names like theirs. */
const BUFFERS = "units";

/**
 * Rows after which a silent unit counts as dead, and how many times k of those mend a row. Soon
 * and many at a time, as runs are a few thousand steps long: of 1,024 units on 10,000 pictures of
 * clothes, 12 epochs, 12.5 % end dead with 1,000 rows and k menders, 2.6 % with 200 and k, 0.8 %
 * with 200 and 4 k.
 */
const SILENT = 200;
const MENDERS = 4;

/** Steps over which running means forget. */
const MEMORY = 100;

/** The buffers of the running mean that features are centred by, for who carries it over. */
export const CENTER = {
  mean: `${BUFFERS}.center`,
  steps: `${BUFFERS}.steps`,
  most: MEMORY,
} as const;

/**
 * The running mean of what `ofBatch` says of each batch: of all batches at first, then of about
 * the last hundred. In training, with the batch at hand.
 */
function running(
  outer: Scope,
  name: string,
  shape: readonly number[],
  ofBatch: () => Value,
): Value {
  const scope = outer.child(BUFFERS);
  const held = scope.buffer(name, shape, zeros);
  if (!scope.training) return held;
  const steps = add(scope.buffer("steps", [1], zeros), 1);
  scope.update("steps", min(steps, MEMORY));
  const moved = stopGradient(add(held, div(sub(ofBatch(), held), min(steps, MEMORY))));
  scope.update(name, moved);
  return moved;
}

function keepFrom(active: Value, least: Value): Value {
  return mul(active, indicator(greaterOrEqual(active, stopGradient(least)), active));
}

function regularizer(
  parts: Parts,
  batch: Batch,
  active: Value,
  code: Value,
  output: Value,
  settings: Settings,
): Readonly<Record<string, Term>> {
  switch (settings.penalty) {
    case "l1":
      // Nothing in the code is negative.
      return { sparsity: { value: sum(code, { axes: [1] }), weight: settings.lambda ?? 0.1 } };
    case "kl": {
      const divergence = klOfActivity(settings.rho ?? 0.05, mean(code, { axes: [0] }));
      return { sparsity: { value: sum(divergence), weight: settings.lambda ?? 1 } };
    }
    default: {
      // Revival is a means of training, and says nothing about held-out rows.
      const value = parts.scope.training
        ? revival(parts, batch, active, code, output, settings)
        : scalar(0, parts.scope.dtype);
      return { revival: { value } };
    }
  }
}

/** KL(Bernoulli(rho) ‖ Bernoulli(activity)) a unit. */
function klOfActivity(rho: number, activity: Value): Value {
  // A float32 sigmoid can be 0 or 1 in every row, where a logarithm would be infinite.
  const found = clip(activity, 1e-6, 1 - 1e-6);
  const crossEntropy = add(mul(log(found), -rho), mul(log(sub(1, found)), rho - 1));
  return add(crossEntropy, rho * Math.log(rho) + (1 - rho) * Math.log(1 - rho));
}

/**
 * How well dead units alone would mend the residual, `[batch]`; zero where no unit is dead. The
 * products are with these units' rows only: of very many units, few are dead.
 */
function revival(
  parts: Parts,
  batch: Batch,
  active: Value,
  code: Value,
  output: Value,
  settings: Settings,
): Value {
  const { scope, layout, latent } = parts;
  const counts = scope.child(BUFFERS);
  const idle = counts.buffer("idle", [latent], zeros);
  const fired = greater(largest(code, { axes: [0] }), 0);
  counts.update("idle", where(fired, 0, add(idle, dynamicSize(code, [0]))));
  const silent = greaterOrEqual(idle, settings.dead ?? SILENT);
  const dead = indicator(silent, idle);
  const most = Math.min(latent, MENDERS * activeUnits(latent, settings));
  // The most-th largest in all units, as there may be fewer dead ones.
  const least = slice(topK(mul(active, dead), most).values, most - 1, most, 1);
  const chosenUnits = placesOf(silent);
  const menders = keepFrom(gather(active, chosenUnits, 1), least);
  // What the units add to the output, without what the decoder says by itself.
  const silence = expand(scalar(0, scope.dtype), concat([integers([1]), shapeOf(chosenUnits)], 0));
  const [some, none] = [menders, silence].map((z) =>
    parts.decoder(z, layout.shape, (inner) => withUnitRows(inner, latent, chosenUnits)),
  ) as [Value, Value];
  const help = sub(some, none);
  // ‖x − (x̂ + help)‖² is ‖(x − x̂) − help‖², and has a meaning for categories too.
  const mended = add(stopGradient(output), help);
  const error = reconstructionLoss(scope, layout, batch, mended, squared);
  return mul(error, largest(dead));
}

function decoded(parts: Parts, z: Value, { penalty }: Settings): Value {
  if (penalty === "kl") return parts.decoder(z);
  return parts.decoder(z, parts.layout.shape, (scope) => withUnitRows(scope, parts.latent));
}

/** @throws `options.invalid` where the code has fewer units */
function activeUnits(latent: number, { penalty, k }: Settings): number {
  if (penalty !== "topk" && penalty !== "batchtopk") return latent;
  const active = k ?? Math.min(32, Math.ceil(latent / 8));
  if (active <= latent) return active;
  throw inputError("options.invalid", {
    place: "sparse, option k",
    expected: `at most ${latent}, the size of the code`,
    got: String(active),
    hint: "give a larger latent, or a smaller k",
  });
}

function requireOwners(settings: Settings): void {
  for (const [name, owners] of Object.entries(OWNERS)) {
    const value = settings[name as keyof typeof OWNERS];
    if (value === undefined || (owners as readonly Penalty[]).includes(settings.penalty)) continue;
    throw inputError("options.invalid", {
      place: `sparse, option ${name}`,
      expected: `penalty ${owners.join(" or ")} with it`,
      got: `penalty ${settings.penalty}`,
    });
  }
}

export const sparseEntry: FamilyEntry = {
  summary: "many units of which each row makes few active, so that a unit can stand for one thing",
  options,
  create: (own, common) => sparse({ ...(own as z.input<typeof options>), ...common }),
};
