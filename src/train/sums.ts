/** Sums of loss columns over rows. */

/** Step by step, so that the sums do not depend on where chunks end, which follows the clock. */
export function addColumns(
  before: readonly number[],
  values: Float32Array,
  columns: number,
  rows: number,
): readonly number[] {
  const sums = Array.from({ length: columns }, (_, i) => before[i] ?? 0);
  for (const [i, value] of values.entries())
    sums[i % columns] = (sums[i % columns] as number) + value * rows;
  return sums;
}

/** Sums of the terms over `rows` → means by name. */
export function meansOf(
  terms: readonly string[],
  sums: readonly number[],
  rows: number,
): Record<string, number> {
  return Object.fromEntries(terms.map((term, i) => [term, (sums[i] as number) / rows]));
}
