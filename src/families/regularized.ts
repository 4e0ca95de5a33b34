/**
 * The regularized deterministic autoencoder: without noise, held together by
 *
 *   loss = ‖x − D(z)‖² + beta · ½‖z‖² + lambda · penalty,   z = E(x),
 *
 * where the penalty keeps the decoder smooth, so that codes between those of samples decode to
 * something like samples:
 *
 *   l2:        Σ ‖W‖² over the decoder's weights W
 *   gradient:  ‖∂D(z)/∂z‖²_F, by the unbiased estimate ‖∂(v · D(z))/∂z‖² with v ~ N(0, 1)
 *   none:      0
 *
 * Nothing gives the codes a known distribution, so a Gaussian mixture is fitted to them after
 * training, and new samples are decoded from its draws.
 *
 * @see Ghosh, Sajjadi, Vergari, Black and Schölkopf, "From variational to deterministic
 *   autoencoders" (2020), equations 3, 4, 8 and 9, and section 4 for the mixture; Hutchinson, "A
 *   stochastic estimator of the trace" (1990), for the estimate
 */
import { z } from "zod";
import { gradients } from "../autodiff/gradients.ts";
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import { scalar } from "../graph/value.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { sum, sumOfSquares } from "../ops/reduce.ts";
import type { Scope } from "../nn/scope.ts";
import type { CommonOptions, Family, FamilyEntry } from "./family.ts";
import { parseOptions } from "./options.ts";

type Penalty = "l2" | "gradient" | "none";

/** Weights of the penalties where none is given. */
const LAMBDA: Readonly<Record<Penalty, number>> = { l2: 1e-3, gradient: 1e-2, none: 0 };

const options = z.strictObject({
  penalty: z
    .enum(["l2", "gradient", "none"])
    .default("l2")
    .describe("what keeps the decoder smooth: the size of its weights, or its slope at the codes"),
  beta: z
    .number()
    .nonnegative()
    .default(0.01)
    .describe("weight of half the squared length of the codes"),
  lambda: z
    .number()
    .nonnegative()
    .optional()
    .describe(
      `weight of the penalty. Default: ${LAMBDA.l2} for l2, ${LAMBDA.gradient} for gradient`,
    ),
});

export type RegularizedOptions = CommonOptions & z.input<typeof options>;

/**
 * A regularized deterministic autoencoder: sharper than a variational one, and able to generate.
 *
 * @example
 * const model = await train(regularized({ latent: 16, penalty: "gradient" }), digits);
 * const sheet = await model.generate(64, { seed: 7 });
 */
export function regularized({ latent, body, ...given }: RegularizedOptions = {}): Family<
  "reconstruction" | "latent" | "penalty",
  true
> {
  const parsed = parseOptions("regularized", options, given);
  const { penalty, beta } = parsed;
  if (penalty === "none" && parsed.lambda !== undefined) {
    throw inputError("options.invalid", {
      place: "regularized, option lambda",
      expected: "penalty l2 or gradient, whose weight it is",
      got: "penalty none",
    });
  }
  const lambda = parsed.lambda ?? LAMBDA[penalty];
  return {
    name: "regularized",
    options: parsed,
    body,
    latent,
    terms: {
      reconstruction: "squared error",
      latent: "squared length",
      penalty: penalty === "gradient" ? "squared slope" : "squared weights",
    },
    can: { generate: true },
    prior: "mixture",
    loss: (parts, batch) => {
      const z = parts.encoder(batch.x, parts.latent);
      const weights = new Set<Value>();
      const output = parts.decoder(z, parts.layout.shape, (own) => noting(own, weights));
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, squared),
        },
        latent: { value: halfLength(z), weight: beta },
        penalty: { value: penaltyOf(penalty, parts.scope, weights, z, output), weight: lambda },
      };
    },
    encode: (parts, { x }) => parts.encoder(x, parts.latent),
    decode: (parts, z) => meanFeatures(parts.layout, parts.decoder(z), squared),
    // A row whose code lies far out is unusual even where it is reconstructed well.
    score: (parts, batch) => {
      const z = parts.encoder(batch.x, parts.latent);
      const output = parts.decoder(z);
      const errors = reconstructionParts(parts.scope, parts.layout, batch, output, squared);
      const far = mul(halfLength(z), beta);
      return { score: add(sum(errors, { axes: [1] }), far), parts: errors };
    },
  };
}

/** ½‖z‖², `[batch]` */
function halfLength(z: Value): Value {
  return mul(sumOfSquares(z, { axes: [1] }), 0.5);
}

/** A scope that notes the matrices and kernels asked of it; biases and gains are none. */
export function noting(scope: Scope, weights: Set<Value>): Scope {
  return {
    ...scope,
    child: (name) => noting(scope.child(name), weights),
    parameter: (name, shape, initial, options) => {
      const weight = scope.parameter(name, shape, initial, options);
      if (shape.length > 1) weights.add(weight);
      return weight;
    },
  };
}

/** A scalar for the weights; `[batch]` for the slope, which each sample has its own of. */
function penaltyOf(
  penalty: Penalty,
  scope: Scope,
  weights: ReadonlySet<Value>,
  z: Value,
  output: Value,
): Value {
  switch (penalty) {
    case "l2":
      return [...weights].map((weight) => sumOfSquares(weight)).reduce(add, scalar(0, z.dtype));
    case "gradient": {
      const along = sum(mul(output, scope.normal(output)));
      // Samples do not meet in the decoder, so the gradient of the sum is each one's own.
      const [slope] = gradients(along, [z]);
      return sumOfSquares(slope as Value, { axes: [1] });
    }
    case "none":
      return scalar(0, z.dtype);
  }
}

export const regularizedEntry: FamilyEntry = {
  summary: "no noise: short codes and a smooth decoder, and a mixture fitted to draw new samples",
  options,
  create: (own, common) => regularized({ ...(own as z.input<typeof options>), ...common }),
};
