/** The importance-weighted bound on the log-likelihood. */
import type { Value } from "../graph/value.ts";
import { add, mul, neg } from "../ops/arithmetic.ts";
import { exp, stopGradient } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import { logSoftmax } from "../ops/softmax.ts";

/**
 * −log (1/K) Σ_k w_k for log w_k = −reconstruction_k − beta · kl_k, as a sum of three:
 *
 *   Σ_k v_k reconstruction_k + beta · Σ_k v_k kl_k + (log K + Σ_k v_k log v_k),  v = w / Σ w.
 *
 * The gradient of the bound is that of the first two with v held fixed, so the third has none.
 * It is the divergence of the weights v from even ones: 0 when all draws count alike, log K when
 * one of them counts for all.
 *
 * @param reconstruction −log p(x | z_k), `[K, batch]`
 * @param kl log q(z_k | x) − log p(z_k), `[K, batch]`
 * @see Burda, Grosse and Salakhutdinov, "Importance weighted autoencoders" (2015), equations 8,
 *   13 and 14
 */
export function importanceWeighted(
  reconstruction: Value,
  kl: Value,
  beta: Value,
): { readonly reconstruction: Value; readonly kl: Value; readonly importance: Value } {
  const count = reconstruction.shape[0] as number;
  const logShares = stopGradient(logSoftmax(neg(add(reconstruction, mul(kl, beta))), 0));
  const shares = exp(logShares);
  const weighted = (values: Value): Value => sum(mul(shares, values), { axes: [0] });
  return {
    reconstruction: weighted(reconstruction),
    kl: weighted(kl),
    importance: add(weighted(logShares), Math.log(count)),
  };
}
