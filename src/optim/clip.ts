/** Gradient clipping. */
import type { Value } from "../graph/value.ts";
import { add, div, max, mul } from "../ops/arithmetic.ts";
import { sqrt, square } from "../ops/pointwise.ts";
import { sum } from "../ops/reduce.ts";
import type { PartValues, Transform } from "./transform.ts";
import { stateless } from "./transform.ts";

/**
 * Scales the whole gradient down to Euclidean length `limit` where it is longer.
 *
 * @see Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
 *   networks" (2013), algorithm 1
 */
export function clipByGlobalNorm(limit: number): Transform {
  return stateless((update) => {
    const factor = div(limit, max(globalNorm(update), limit));
    return update.map((part) => mul(part, factor));
  });
}

/** Euclidean length of all parts together. */
export function globalNorm(parts: PartValues): Value {
  // Adam has the squares as well, so they are computed once; and row by row first, since the
  // runtime shares out rows among threads, but not one long sum.
  const squares = parts.map((part) => sum(sum(square(part), { axes: [-1] })));
  return sqrt(squares.reduce((a, b) => add(a, b)));
}
