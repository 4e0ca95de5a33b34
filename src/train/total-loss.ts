import type { Term } from "../families/family.ts";
import type { Value } from "../graph/value.ts";
import { add, mean, mul } from "../ops/index.ts";
import { keptRows, meanOfKept } from "./trimming.ts";

/**
 * The weighted sum of the terms, and each term's plain mean.
 *
 * @param trim share of the rows left out, those with the largest losses
 */
export function totalLoss(
  terms: Readonly<Record<string, Term>>,
  names: readonly string[],
  trim?: number,
): { readonly total: Value; readonly means: readonly Value[] } {
  const kept = trim === undefined ? undefined : keptRows(terms, names, trim);
  const means = names.map((name) => {
    const { value } = terms[name] as Term;
    if (value.shape.length === 0) return value;
    return kept === undefined ? mean(value) : meanOfKept(value, kept);
  });
  const total = names
    .map((name, i) => mul(means[i] as Value, terms[name]?.weight ?? 1))
    .reduce((sum, value) => add(sum, value));
  return { total, means };
}
