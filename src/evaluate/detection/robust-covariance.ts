/**
 * Distance by a covariance that outliers do not sway: that of the half of the rows whose covariance
 * has the least determinant (minimum covariance determinant).
 *
 *   score(x) = √((x − μ)ᵀ Σ⁻¹ (x − μ))
 *
 * The half is found by C-steps, each of which takes the h rows nearest to the mean of the last h by
 * their covariance, from 500 random starts, first in groups of rows. Σ then is that of the rows
 * within the 97.5 % ellipse, both times made consistent for normal rows.
 *
 * @see Rousseeuw and Van Driessen, "A fast algorithm for the minimum covariance determinant
 *   estimator" (1999); Croux and Haesbroeck, "Influence function and efficiency of the minimum
 *   covariance determinant scatter matrix estimator" (1999), equation 4.2, for consistency
 */
import { chiSquareChance, chiSquarePoint } from "./chi-square.ts";
import type { Detector, Points } from "./detector.ts";
import type { Cloud } from "./least-determinant.ts";
import { ellipseOf, leastDeterminant, squaredDistances } from "./least-determinant.ts";
import { drawnRows, pickRows, requirePoints } from "./points.ts";

const INSIDE = 0.975;
const MOST_ROWS = 20_000;
/** Added to each variance, as a share of a typical one of its column: no direction is quite flat. */
const RIDGE = 1e-9;
/** The same of columns of two values, as those of words: half of the rows may all have one. */
const RIDGE_OF_FLAGS = 0.1;

export const robustCovariance: Detector = {
  label: "robust covariance",
  mostColumns: 100,
  fit: (points, { seed = 0 } = {}) => {
    requirePoints(points, 4, "rows to fit a robust covariance on");
    const scaling = scalingOf(points);
    const drawn = pickRows(points, drawnRows(points.rows, MOST_ROWS, seed));
    const rows = cloudOf(drawn, scaling);
    const half = leastDeterminant(rows, seed);
    const near = squaredDistances(rows, half).map(
      (x) => x / consistency(half.rows / rows.rows, rows.columns),
    );
    const edge = chiSquarePoint(INSIDE, rows.columns);
    const inside = Int32Array.from(near.keys()).filter((row) => (near[row] as number) < edge);
    const ellipse = ellipseOf(rows, inside.length > rows.columns ? inside : undefined);
    const scale = consistency(INSIDE, rows.columns);
    const left = points.columns - scaling.columns.length;
    return {
      notes:
        left === 0
          ? []
          : [`Robust covariance leaves out ${left} features that are the same in all rows.`],
      score: (others) => {
        requirePoints(others, 0, "rows to score by a robust covariance");
        return squaredDistances(cloudOf(others, scaling), ellipse).map((x) => Math.sqrt(x / scale));
      },
    };
  },
};

/** The columns that vary, and by how much, outliers aside. */
interface Scaling {
  readonly columns: Int32Array;
  readonly spreads: Float64Array;
  readonly ridges: Float64Array;
}

function scalingOf({ data, rows, columns }: Points): Scaling {
  const all = Array.from({ length: columns }, (_, j) =>
    spreadOf(Float64Array.from({ length: rows }, (_unused, i) => data[i * columns + j] as number)),
  );
  const varying = Int32Array.from(all.keys()).filter((j) => (all[j]?.spread ?? 0) > 0);
  // Of rows that are all equal any column will do: all distances are as they are.
  const kept = varying.length > 0 ? varying : Int32Array.of(0);
  return {
    columns: kept,
    spreads: Float64Array.from(kept, (j) => all[j]?.spread || 1),
    ridges: Float64Array.from(kept, (j) => (all[j]?.flag === true ? RIDGE_OF_FLAGS : RIDGE)),
  };
}

/** The median deviation from the median; the standard deviation where most values are equal. */
function spreadOf(values: Float64Array): { readonly spread: number; readonly flag: boolean } {
  const middle = medianOf(values);
  const typical = medianOf(values.map((value) => Math.abs(value - middle)));
  if (typical > 0) return { spread: typical, flag: false };
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { spread: Math.sqrt(squares / values.length), flag: new Set(values).size <= 2 };
}

function medianOf(values: Float64Array): number {
  return values.toSorted()[values.length >> 1] as number;
}

function cloudOf(
  { data, rows, columns }: Points,
  { columns: kept, spreads, ridges }: Scaling,
): Cloud {
  const out = new Float64Array(rows * kept.length);
  for (const [to, from] of kept.entries()) {
    for (let row = 0; row < rows; row += 1)
      out[row * kept.length + to] =
        (data[row * columns + from] as number) / (spreads[to] as number);
  }
  return { rows, columns: kept.length, data: out, ridges };
}

/** By what the covariance of the innermost share of normal rows is to be multiplied. */
function consistency(share: number, columns: number): number {
  if (share >= 1) return 1;
  return share / chiSquareChance(chiSquarePoint(share, columns), columns + 2);
}
