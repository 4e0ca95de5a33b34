/** Dropout. */
import type { Value } from "../graph/value.ts";
import { mul } from "../ops/arithmetic.ts";
import { cast } from "../ops/cast.ts";
import { greater } from "../ops/compare.ts";
import type { Scope } from "./scope.ts";

/**
 * Zeroes each element with probability `rate` in training and scales the rest by
 * 1 / (1 − rate); passes x through otherwise.
 *
 * @see Srivastava et al., "Dropout" (2014), in its inverted form
 */
export function dropout(scope: Scope, x: Value, rate: number): Value {
  if (!scope.training || rate === 0) return x;
  const kept = cast(greater(scope.uniform(x), rate), x.dtype);
  return mul(mul(x, kept), 1 / (1 - rate));
}
