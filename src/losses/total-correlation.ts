/** How far the dimensions of a code are from independence. */
import type { Value } from "../graph/value.ts";
import { add, mul, neg, sub } from "../ops/arithmetic.ts";
import { dynamicSize } from "../ops/count.ts";
import { log } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { reshapeLike } from "../ops/shape.ts";
import { logSumExp } from "../ops/softmax.ts";
import { gaussianLoss } from "./gaussian.ts";

/**
 * KL(q(z) ‖ Π_j q(z_j)) at one draw a row, `[batch]` in nats, by minibatch-weighted sampling:
 *
 *   log q(z_i) ≈ log Σ_k q(z_i | x_k) − log M over the M rows of the batch, q(z_ij) likewise.
 *
 * The paper subtracts log(N M) for N training rows instead of log M. A constant has no gradient;
 * with log M the value is that of the mixture of this batch's posteriors: 0 where dimensions are
 * independent, towards (latent − 1) · log M where codes are sharp and each row's stands alone, so
 * values of runs with batches of one size compare.
 *
 * Takes `[batch, batch, latent]` numbers of memory.
 *
 * @param z draws, `[batch, latent]`
 * @param mu, logVar of the posteriors they were drawn from, row by row, `[batch, latent]`
 * @see Chen, Li, Grosse and Duvenaud, "Isolating sources of disentanglement in variational
 *   autoencoders" (2018), equation 3
 */
export function totalCorrelation(z: Value, mu: Value, logVar: Value): Value {
  const [rows = 1, latent = 1] = z.shape;
  const each = (value: Value): Value => reshapeLike(value, [1, rows, latent]);
  // [draws, posteriors, latent]
  const densities = neg(gaussianLoss(reshapeLike(z, [rows, 1, latent]), each(mu), each(logVar)));
  const joint = reshapeLike(logSumExp(sum(densities, { axes: [2], keep: true }), 1), [rows]);
  const marginals = sum(logSumExp(densities, 1), { axes: [1] });
  const even = mul(log(dynamicSize(z, [0])), (latent as number) - 1);
  return add(sub(joint, marginals), even);
}
