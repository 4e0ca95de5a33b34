/**
 * The error of reconstruction by principal components: an unusual row lies off the plane that the
 * usual ones lie near.
 *
 *   score(x) = ‖x − μ − V Vᵀ (x − μ)‖²,   V the fewest components with 90 % of the variance
 *
 * @see Shyu, Chen, Sarinnapakorn and Chang, "A novel anomaly detection scheme based on principal
 *   component classifier" (2003)
 */
import type { Detector, Points } from "./detector.ts";
import { drawnRows, pickRows, requirePoints } from "./points.ts";
import { axesOf, momentsOf } from "./principal-axes.ts";

const SHARE = 0.9;
const MOST_ROWS = 20_000;

export const pcaError: Detector = {
  label: "PCA reconstruction",
  mostColumns: 1024,
  fit: (points, { seed = 0 } = {}) => {
    requirePoints(points, 2, "rows to fit principal components on");
    const chosen = drawnRows(points.rows, MOST_ROWS, seed);
    const { mean, directions } = leadingAxes(pickRows(points, chosen), SHARE);
    return {
      notes: [],
      score: (others) => {
        requirePoints(others, 0, "rows to score by principal components");
        return errors(others, mean, directions);
      },
    };
  },
};

/** The fewest components that hold the share of the variance; all but the last at most. */
export function leadingAxes(points: Points, share: number) {
  const { mean, covariance } = momentsOf(points);
  const { variances, directions } = axesOf(covariance, points.columns);
  const total = variances.reduce((a, b) => a + b, 0);
  let [held, count] = [0, 0];
  while (count < points.columns && held <= share * total) held += variances[count++] as number;
  return { mean, directions: directions.slice(0, count) };
}

function errors(
  { data, rows, columns }: Points,
  mean: Float64Array,
  directions: readonly Float64Array[],
): Float64Array {
  const off = new Float64Array(columns);
  return Float64Array.from({ length: rows }, (_, row) => {
    for (let j = 0; j < columns; j += 1)
      off[j] = (data[row * columns + j] as number) - (mean[j] as number);
    // Each component is taken out: what is left has no digits lost to a difference of squares.
    for (const direction of directions) {
      let amount = 0;
      for (let j = 0; j < columns; j += 1) amount += (off[j] as number) * (direction[j] as number);
      for (let j = 0; j < columns; j += 1)
        off[j] = (off[j] as number) - amount * (direction[j] as number);
    }
    return off.reduce((sum, x) => sum + x * x, 0);
  });
}
