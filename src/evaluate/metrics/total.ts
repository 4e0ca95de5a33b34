/** Sums over a batch that lose nothing to rounding. */
import type { Value } from "../../graph/value.ts";
import { cast, sum } from "../../ops/index.ts";

/** Σ over the rows of `[batch, …]`, in float64. */
export function total(x: Value): Value {
  return sum(cast(x, "float64"), { axes: [0] });
}
