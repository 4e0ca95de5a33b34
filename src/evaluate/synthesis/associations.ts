/**
 * How the columns of a table hang together, pair by pair, and how far two tables differ in that.
 *
 *   two numbers          Spearman's rank correlation, −1 to 1, over rows that have both
 *   two categories       Cramér's V = √(χ² / (n · (min(r, c) − 1))), "missing" being a category
 *   number and category  correlation ratio η = √(Σ_k n_k (ȳ_k − ȳ)² / Σ (y − ȳ)²), y the ranks
 *
 * Ranks are those among all present values of the column, ties sharing their mean. What has no
 * spread hangs together with nothing: 0.
 *
 * @see Cramér, "Mathematical methods of statistics" (1946), §21.9; Pearson, "On the general theory
 *   of skew correlation" (1905), for the correlation ratio
 */
import type { CategoryField, Field, Fields } from "./fields.ts";

/** Symmetric, `[columns, columns]`, 1 on the diagonal. */
export function associationMatrix({ fields }: Fields): Float64Array {
  const size = fields.length;
  const seen = fields.map(prepared);
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    out[i * size + i] = 1;
    for (let j = 0; j < i; j += 1) {
      const value = association(seen[i] as Prepared, seen[j] as Prepared);
      out[i * size + j] = value;
      out[j * size + i] = value;
    }
  }
  return out;
}

/** The mean absolute difference over pairs of columns; 0 of a single column. */
export function associationDistance(one: Float64Array, other: Float64Array): number {
  const size = Math.sqrt(one.length);
  if (size < 2) return 0;
  const total = one.reduce((sum, x, i) => sum + Math.abs(x - (other[i] as number)), 0);
  return total / (size * (size - 1));
}

type Prepared = CategoryField | { readonly kind: "number"; readonly ranks: Float64Array };

function prepared(field: Field): Prepared {
  return field.kind === "category" ? field : { kind: "number", ranks: ranksOf(field.values) };
}

function association(one: Prepared, other: Prepared): number {
  if (one.kind === "number")
    return other.kind === "number"
      ? correlation(one.ranks, other.ranks)
      : correlationRatio(one.ranks, other);
  return other.kind === "number" ? correlationRatio(other.ranks, one) : cramer(one, other);
}

/** From 1, ties sharing their mean; NaN stays NaN. */
export function ranksOf(values: Float64Array): Float64Array {
  const order = Int32Array.from(values.keys())
    .filter((row) => !Number.isNaN(values[row]))
    .sort((a, b) => (values[a] as number) - (values[b] as number));
  const ranks = new Float64Array(values.length).fill(Number.NaN);
  for (let from = 0, to = 0; from < order.length; from = to) {
    const value = values[order[from] as number];
    for (to = from; to < order.length && values[order[to] as number] === value;) to += 1;
    for (let at = from; at < to; at += 1) ranks[order[at] as number] = (from + to + 1) / 2;
  }
  return ranks;
}

/** Pearson's, over rows that have both. */
export function correlation(one: Float64Array, other: Float64Array): number {
  let [n, meanX, meanY, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < one.length; row += 1) {
    const [x, y] = [one[row] as number, other[row] as number];
    if (Number.isNaN(x) || Number.isNaN(y)) continue;
    n += 1;
    const [dx, dy] = [x - meanX, y - meanY];
    meanX += dx / n;
    meanY += dy / n;
    xx += dx * (x - meanX);
    yy += dy * (y - meanY);
    xy += dx * (y - meanY);
  }
  return xx > 0 && yy > 0 ? Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy))) : 0;
}

function correlationRatio(ranks: Float64Array, { codes, words }: CategoryField): number {
  const [counts, sums] = [new Float64Array(words + 1), new Float64Array(words + 1)];
  let [n, total, squares] = [0, 0, 0];
  for (let row = 0; row < ranks.length; row += 1) {
    const y = ranks[row] as number;
    if (Number.isNaN(y)) continue;
    const at = (codes[row] as number) + 1;
    counts[at] = (counts[at] as number) + 1;
    sums[at] = (sums[at] as number) + y;
    n += 1;
    total += y;
    squares += y * y;
  }
  const spread = squares - (total * total) / n;
  if (!(spread > 1e-9 * squares)) return 0;
  let between = 0;
  for (const [at, count] of counts.entries())
    if (count > 0) between += count * ((sums[at] as number) / count - total / n) ** 2;
  return Math.sqrt(Math.min(1, between / spread));
}

function cramer(one: CategoryField, other: CategoryField): number {
  const [r, c] = [one.words + 1, other.words + 1];
  const n = one.codes.length;
  // Sparse: two columns of a thousand words share few of their pairs.
  const cells = new Map<number, number>();
  const [rows, columns] = [new Float64Array(r), new Float64Array(c)];
  for (let row = 0; row < n; row += 1) {
    const [i, j] = [(one.codes[row] as number) + 1, (other.codes[row] as number) + 1];
    cells.set(i * c + j, (cells.get(i * c + j) ?? 0) + 1);
    rows[i] = (rows[i] as number) + 1;
    columns[j] = (columns[j] as number) + 1;
  }
  const least = Math.min(occurring(rows), occurring(columns));
  if (least < 2) return 0;
  // χ² / n = Σ o² / (r c) − 1, which needs the cells that occur alone.
  let sum = 0;
  for (const [cell, count] of cells)
    sum +=
      (count * count) / ((rows[Math.floor(cell / c)] as number) * (columns[cell % c] as number));
  return Math.sqrt(Math.min(1, Math.max(0, sum - 1) / (least - 1)));
}

function occurring(counts: Float64Array): number {
  return counts.reduce((count, x) => count + Number(x > 0), 0);
}
