/**
 * Gradient boosting of small trees on columns of any kind: a classifier or a regression that finds
 * interactions, which no line does, and takes missing values as they are.
 *
 *   F_m(x) = F_{m−1}(x) + η · tree_m(x),   tree_m fitted to the gradient of the loss at F_{m−1}
 *
 * Losses: logistic of two classes, softmax of more (a tree a class and round), squared of numbers.
 * Bins, leaves, rate and rounds are scikit-learn's HistGradientBoosting's.
 *
 * @see Friedman, "Greedy function approximation: a gradient boosting machine" (2001)
 */
import type { Binning, Bins } from "./boosting-bins.ts";
import { binned, fitBins } from "./boosting-bins.ts";
import type { Tree } from "./boosting-tree.ts";
import { growTree, treeValue } from "./boosting-tree.ts";
import type { Fields } from "./fields.ts";

const ROUNDS = 100;
const RATE = 0.1;

export type Target =
  /** Codes from 0, one a row. */
  | { readonly kind: "class"; readonly codes: Int32Array; readonly classes: number }
  | { readonly kind: "number"; readonly values: Float64Array };

export interface Boosted {
  /**
   * `[outputs]` of `[rows]`: the chance of class 1 of two, of each of more, or the number
   * expected.
   */
  predict(fields: Fields): readonly Float64Array[];
}

/**
 * @example
 * const { predict } = fitBoosting(fields, { kind: "class", codes, classes: 2 });
 * const [chance] = predict(others);
 */
export function fitBoosting(
  fields: Fields,
  target: Target,
  { rounds = ROUNDS, rate = RATE }: { readonly rounds?: number; readonly rate?: number } = {},
): Boosted {
  const { rows } = fields;
  const binnings = fitBins(fields);
  const bins = binned(fields, binnings);
  const start = startOf(target, rows);
  const scores = start.map((value) => new Float64Array(rows).fill(value));
  const forest: Tree[][] = start.map(() => []);
  const [gradient, curvature, step] = [0, 1, 2].map(() => new Float64Array(rows)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let round = 0; round < rounds; round += 1) {
    const expected = linked(target, scores);
    for (const [output, own] of scores.entries()) {
      slopes(target, expected[output] as Float64Array, output, gradient, curvature);
      const tree = growTree(bins, binnings, gradient, curvature, step);
      forest[output]?.push(tree);
      for (let row = 0; row < rows; row += 1)
        own[row] = (own[row] as number) + rate * (step[row] as number);
    }
  }
  return { predict: (others) => linked(target, scored(forest, start, rate, binnings, others)) };
}

function scored(
  forest: readonly (readonly Tree[])[],
  start: readonly number[],
  rate: number,
  binnings: readonly Binning[],
  fields: Fields,
): readonly Float64Array[] {
  const bins: Bins = binned(fields, binnings);
  return forest.map((trees, output) =>
    Float64Array.from({ length: bins.rows }, (_, row) => {
      let score = 0;
      for (const tree of trees) score += treeValue(tree, bins, row);
      return (start[output] as number) + rate * score;
    }),
  );
}

/** The best score that is the same for all rows. */
function startOf(target: Target, rows: number): readonly number[] {
  if (target.kind === "number")
    return [target.values.reduce((sum, value) => sum + value, 0) / Math.max(1, rows)];
  const counts = new Float64Array(target.classes);
  for (const code of target.codes) counts[code] = (counts[code] as number) + 1;
  const logs = Array.from(counts, (count) => Math.log(Math.max(count, 1e-6) / Math.max(1, rows)));
  return target.classes === 2 ? [(logs[1] as number) - (logs[0] as number)] : logs;
}

/** Scores → what they expect. */
function linked({ kind }: Target, scores: readonly Float64Array[]): readonly Float64Array[] {
  if (kind === "number") return scores;
  if (scores.length === 1)
    return [(scores[0] as Float64Array).map((score) => 1 / (1 + Math.exp(-score)))];
  const rows = scores[0]?.length ?? 0;
  const out = scores.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row += 1) {
    const most = scores.reduce((high, own) => Math.max(high, own[row] as number), -Infinity);
    let total = 0;
    for (const [k, own] of scores.entries()) {
      const x = Math.exp((own[row] as number) - most);
      (out[k] as Float64Array)[row] = x;
      total += x;
    }
    for (const own of out) own[row] = (own[row] as number) / total;
  }
  return out;
}

function slopes(
  target: Target,
  expected: Float64Array,
  output: number,
  gradient: Float64Array,
  curvature: Float64Array,
): void {
  if (target.kind === "number") {
    for (const [row, value] of target.values.entries())
      gradient[row] = (expected[row] as number) - value;
    curvature.fill(1);
    return;
  }
  const own = target.classes === 2 ? 1 : output;
  for (const [row, code] of target.codes.entries()) {
    const p = expected[row] as number;
    gradient[row] = p - Number(code === own);
    curvature[row] = p * (1 - p);
  }
}
