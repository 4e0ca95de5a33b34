/** Gradient clipping. */
import { div, max, mul } from "../ops/arithmetic.ts";
import { sqrt } from "../ops/pointwise.ts";
import { sumOfSquares } from "../ops/reduce.ts";
import type { Transform } from "./transform.ts";
import { stateless } from "./transform.ts";

/**
 * Scales the whole gradient down to Euclidean length `limit` where it is longer.
 *
 * @see Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
 *   networks" (2013), algorithm 1
 */
export function clipByGlobalNorm(limit: number): Transform {
  return stateless((update) => {
    const norm = sqrt(sumOfSquares(update));
    return mul(update, div(limit, max(norm, limit)));
  });
}
