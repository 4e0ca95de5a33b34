/**
 * The contractive autoencoder: a code that changes little where the input does,
 *
 *   loss = ‖x − decode(f(x))‖² + lambda · ‖∂f(x) / ∂x‖²_F,   f = encode.
 *
 * The sum runs over every unit of the code and every feature, exactly, for any body: a batch is
 * repeated once a unit, and one backward pass from the i-th unit of the i-th copy gives all rows of
 * every Jacobian. The trainer differentiates that pass again.
 *
 * The paper ties the decoder's weights to the encoder's; bodies here do not, and could make the
 * code small and the decoder large, which lowers the penalty for nothing. Weight decay (optimizer
 * adamw) holds against that.
 *
 * @see Rifai et al., "Contractive auto-encoders: explicit invariance during feature extraction"
 *   (2011), equations 1 and 2
 */
import { z } from "zod";
import { gradients } from "../autodiff/gradients.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant, scalar } from "../graph/value.ts";
import { meanFeatures, reconstructionLoss, reconstructionParts } from "../losses/reconstruction.ts";
import { squared } from "../losses/squared.ts";
import { add, mul } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { loop } from "../ops/loop.ts";
import { sum, sumOfSquares } from "../ops/reduce.ts";
import { gather } from "../ops/select.ts";
import { flatten, reshape } from "../ops/shape.ts";
import type { CommonOptions, Family, FamilyEntry, Parts } from "./family.ts";
import { parseOptions } from "./options.ts";
import { tile, untile } from "./tile.ts";

const options = z.strictObject({
  lambda: z
    .number()
    .nonnegative()
    .default(0.1)
    .describe("weight of the squared derivatives of the code"),
});

export type ContractiveOptions = CommonOptions & z.input<typeof options>;

/**
 * An autoencoder whose code changes little where the input does. A step costs about `latent` times
 * as much encoding as without the penalty.
 *
 * @example
 * const model = await train(contractive({ latent: 8, lambda: 0.3 }), rows);
 */
export function contractive({ latent, body, ...given }: ContractiveOptions = {}): Family<
  "reconstruction" | "contraction",
  false
> {
  const parsed = parseOptions("contractive", options, given);
  return {
    name: "contractive",
    options: parsed,
    body,
    latent,
    terms: { reconstruction: "squared error", contraction: "squared derivative" },
    can: { generate: false },
    loss: (parts, batch) => {
      const code = parts.encoder(batch.x, parts.latent);
      const output = parts.decoder(code);
      const slope = parts.scope.training ? jacobianNorm : jacobianNormByLoop;
      return {
        reconstruction: {
          value: reconstructionLoss(parts.scope, parts.layout, batch, output, squared),
        },
        contraction: { value: slope(parts, batch.x, code), weight: parsed.lambda },
      };
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

/** ‖∂f(x) / ∂x‖²_F a row, `[batch]`, as something to differentiate again. */
function jacobianNorm(parts: Parts, x: Value): Value {
  const { latent } = parts;
  const copies = tile(x, latent);
  const codes = untile(parts.encoder(copies, latent), latent, x);
  // Copy i keeps unit i. Rows do not meet in an encoder, so the gradient of the whole sum with
  // respect to one copy of one row is one row of its Jacobian.
  const own = sum(mul(codes, reshape(eye(latent, x), [latent, 1, latent])));
  const [rows] = gradients(own, [copies]);
  const squares = sumOfSquares(flatten(rows as Value), { axes: [1] });
  return sum(untile(squares, latent, x), { axes: [0] });
}

/**
 * The same, a unit at a time: where nothing is differentiated again, the memory for one batch
 * is enough, whatever the size of the code.
 */
function jacobianNormByLoop({ latent }: Parts, x: Value, code: Value): Value {
  const units = eye(latent, x);
  const nothing = mul(sum(flatten(x), { axes: [1] }), 0);
  const { state } = loop(scalar(latent, "int64"), [nothing], (unit, [total]) => {
    const [row] = gradients(sum(mul(code, gather(units, unit))), [x]);
    const squares = sumOfSquares(flatten(row as Value), { axes: [1] });
    return { state: [add(total as Value, squares)], scans: [] };
  });
  return state[0] as Value;
}

/** The identity matrix, in the type of x. */
function eye(size: number, x: Value): Value {
  const cells = Float32Array.from({ length: size * size }, (_, i) => Number(i % (size + 1) === 0));
  return cast(constant(tensor("float32", cells, [size, size])), x.dtype);
}

export const contractiveEntry: FamilyEntry = {
  summary: "a code that changes little where the input does",
  options,
  create: (own, common) => contractive({ ...(own as z.input<typeof options>), ...common }),
};
