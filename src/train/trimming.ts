/**
 * Trimmed losses: the rows of a batch with the largest losses take no part in the step, so that
 * anomalies among the training rows are not learned. Which rows those are, each step asks anew.
 *
 * @see Rousseeuw, "Least median of squares regression" (1984), section 4: least trimmed squares
 */
import type { Term } from "../families/family.ts";
import type { Value } from "../graph/value.ts";
import {
  add,
  cast,
  div,
  dynamicSize,
  greater,
  greaterOrEqual,
  mul,
  reshape,
  sum,
} from "../ops/index.ts";

/** 1 for the rows of a batch that count, 0 for the share `trim` of them with the largest losses. */
export function keptRows(
  terms: Readonly<Record<string, Term>>,
  names: readonly string[],
  trim: number,
): Value | undefined {
  const losses = names
    .map((name) => terms[name] as Term)
    // A term of the whole batch tells no row from another.
    .filter(({ value }) => value.shape.length === 1)
    .map(({ value, weight = 1 }) => mul(value, weight));
  if (losses.length === 0) return undefined;
  const loss = losses.reduce((total, one) => add(total, one));
  // How many rows have a larger loss: batches are small enough to compare all with all.
  const larger = greater(reshape(loss, [1, -1]), reshape(loss, [-1, 1]));
  const rank = sum(cast(larger, loss.dtype), { axes: [1] });
  return cast(greaterOrEqual(rank, mul(dynamicSize(loss, [0]), trim)), loss.dtype);
}

/** The mean over the rows that count. */
export function meanOfKept(value: Value, kept: Value): Value {
  return div(sum(mul(value, kept)), sum(kept));
}
