/**
 * Distance to the k-th nearest row, k = 5: an unusual row has few rows near.
 *
 *   score(x) = ‖x − x₍ₖ₎‖,   x₍ₖ₎ the k-th nearest of the rows fitted on
 *
 * @see Ramaswamy, Rastogi and Shim, "Efficient algorithms for mining outliers from large data sets"
 *   (SIGMOD 2000)
 */
import type { Detector } from "./detector.ts";
import { kdTree } from "./k-d-tree.ts";
import { drawnRows, pickRows, requirePoints } from "./points.ts";

const K = 5;
/** Rows that are searched; more of them change little and take long. */
const MOST_ROWS = 20_000;
const LEAST_ROWS = 1000;
/** Differences of two numbers that all searches together may take, about: half a minute. */
const WORK = 1.5e10;

export const nearestNeighbours: Detector = {
  label: `${K} nearest neighbours`,
  fit: (points, { seed = 0, toScore = 0 } = {}) => {
    requirePoints(points, K + 1, "rows to search for neighbours");
    const bearable = Math.floor(WORK / (Math.max(1, toScore) * points.columns));
    const most = Math.max(LEAST_ROWS, Math.min(MOST_ROWS, bearable));
    const chosen = drawnRows(points.rows, most, seed);
    const whole = chosen.length === points.rows;
    const search = kdTree(whole ? points : pickRows(points, chosen), K);
    const places = whole ? undefined : new Map(Array.from(chosen, (row, place) => [row, place]));
    return {
      notes: whole
        ? []
        : [
            `Neighbours were searched among ${most.toLocaleString("en")} of ${points.rows.toLocaleString("en")} rows, drawn by seed.`,
          ],
      score: (others, { fittedRow } = {}) => {
        requirePoints(others, 0, "rows whose neighbours are searched");
        return Float64Array.from({ length: others.rows }, (_, row) => {
          const own = fittedRow?.[row] ?? -1;
          const except = places === undefined ? own : (places.get(own) ?? -1);
          return Math.sqrt(search(others, row, except).squares[K - 1] as number);
        });
      },
    };
  },
};
