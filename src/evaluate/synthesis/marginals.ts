/**
 * How far the distributions of a column lie apart in two tables, 0 to 1:
 *
 *   categories   total variation, ½ Σ_k |p_k − q_k|, "missing" being one of them
 *   numbers      Kolmogorov–Smirnov, sup_x |F(x) − G(x)|, the missing lying below all numbers
 *
 * so that a wrong share of missing values counts in either.
 *
 * @see Patki, Wedge and Veeramachaneni, "The synthetic data vault" (2016), for the use
 */
import type { CategoryField, Field, Fields } from "./fields.ts";

/** One a column. */
export function columnDistances(one: Fields, other: Fields): Float64Array {
  return Float64Array.from(one.fields, (field, i) =>
    columnDistance(field, other.fields[i] as Field),
  );
}

export function columnDistance(one: Field, other: Field): number {
  if (one.kind === "category" && other.kind === "category") return totalVariation(one, other);
  if (one.kind === "number" && other.kind === "number")
    return kolmogorovSmirnov(one.values, other.values);
  return 1;
}

function totalVariation(one: CategoryField, other: CategoryField): number {
  const size = Math.max(one.words, other.words) + 1;
  const difference = new Float64Array(size);
  for (const code of one.codes) add(difference, code + 1, 1 / one.codes.length);
  for (const code of other.codes) add(difference, code + 1, -1 / other.codes.length);
  return difference.reduce((sum, x) => sum + Math.abs(x), 0) / 2;
}

function add(to: Float64Array, at: number, amount: number): void {
  to[at] = (to[at] as number) + amount;
}

/** NaN is the lowest. */
export function kolmogorovSmirnov(one: Float64Array, other: Float64Array): number {
  const [a, b] = [sortedMissingFirst(one), sortedMissingFirst(other)];
  let [i, j, most] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const at = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= at) i += 1;
    while (j < b.length && (b[j] as number) <= at) j += 1;
    most = Math.max(most, Math.abs(i / a.length - j / b.length));
  }
  return most;
}

function sortedMissingFirst(values: Float64Array): Float64Array {
  return values.map((x) => (Number.isNaN(x) ? -Infinity : x)).sort();
}
