/** The distance between two clouds of points, from the points alone. */
import type { Value } from "../graph/value.ts";
import { add, clip, div, max, mul, sub } from "../ops/arithmetic.ts";
import { where } from "../ops/choice.ts";
import { equal } from "../ops/compare.ts";
import { dynamicSize, positionsLike } from "../ops/count.ts";
import { gemm } from "../ops/matrix.ts";
import { square } from "../ops/pointwise.ts";
import { mean, sum } from "../ops/reduce.ts";
import { reshapeLike } from "../ops/shape.ts";

/** Widths of the kernel, from fine to coarse. */
const SCALES = [0.1, 0.2, 0.5, 1, 2, 5, 10] as const;

/**
 * Squared maximum mean discrepancy between the distributions of x and y, a scalar:
 *
 *   Σ_{i≠j} (k(x_i, x_j) + k(y_i, y_j)) / (n (n − 1)) − 2 Σ_{ij} k(x_i, y_j) / n²,
 *   k(a, b) = Σ_s C_s / (C_s + ‖a − b‖²),  C_s = s · 2 · dimensions.
 *
 * Unbiased, so it is about 0 for equal distributions, and as often below as above. 2 · dimensions
 * is the mean of ‖a − b‖² between points of a standard normal, for which this kernel is made. One
 * row has no pairs: its first part is 0.
 *
 * @param x, y `[n, dimensions]`
 * @see Tolstikhin, Bousquet, Gelly and Schoelkopf, "Wasserstein auto-encoders" (2017),
 *   algorithm 2, with the sum over scales of the authors' code; Gretton et al., "A kernel
 *   two-sample test" (2012), lemma 6
 */
export function squaredMmd(x: Value, y: Value): Value {
  const n = dynamicSize(x, [0]);
  const pairs = max(mul(n, sub(n, 1)), 1);
  const within = add(sum(apart(x)), sum(apart(y)));
  return sub(div(within, pairs), mul(mean(kernel(x, y)), 2));
}

/** k between the rows of one cloud, 0 between a row and itself. */
function apart(x: Value): Value {
  const rows = x.shape[0] ?? 1;
  const column = positionsLike(sum(x, { axes: [1], keep: true }));
  return where(equal(column, reshapeLike(column, [1, rows])), 0, kernel(x, x));
}

/** `[n, dimensions]`, `[m, dimensions]` → `[n, m]`. */
function kernel(x: Value, y: Value): Value {
  const base = 2 * (x.shape[1] as number);
  const distance = squaredDistances(x, y);
  return SCALES.map((scale) => div(base * scale, add(distance, base * scale))).reduce(add);
}

function squaredDistances(x: Value, y: Value): Value {
  const lengths = sum(square(x), { axes: [1], keep: true });
  const others = reshapeLike(sum(square(y), { axes: [1] }), [1, y.shape[0] ?? 1]);
  const products = gemm(x, y, { transB: 1, alpha: -2 });
  // Rounding may leave a little less than nothing, and far out that is more than C.
  return clip(add(add(products, lengths), others), 0, undefined);
}
