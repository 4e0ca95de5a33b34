/**
 * Sub-sequence PCA: an unusual stretch of a series does not lie in the plane of its usual ones.
 * Windows of one period, each position standardized, have principal axes v_j with variances λ_j;
 * with a_j = vⱼᵀ x the score of a window x is, by form,
 *
 *   "distances"   Σ_j ‖x − v_j‖ / (λ_j / Σ λ)   at the point in the window's middle
 *   "variances"   Σ_j a_j² / λ_j                 the mean over the windows that cover a point
 *   "error"       Σ_{j > m} a_j²                 so too, m axes holding 90 % of the variance
 *
 * `"distances"` is what the benchmark of Liu and Paparrizos computes and publishes figures of; as
 * the smallest λ decides it, it is nearly the length of x: how far a stretch is from the mean one.
 * `"variances"` is the definition of Shyu et al. that it was meant to follow.
 *
 * @see Shyu, Chen, Sarinnapakorn and Chang, "A novel anomaly detection scheme based on principal
 *   component classifier" (2003); Liu and Paparrizos, "The elephant in the room: towards a reliable
 *   time-series anomaly detection benchmark" (NeurIPS 2024)
 */
import { inputError } from "../../base/errors.ts";
import type { Points } from "./detector.ts";
import { periodOf } from "./period.ts";
import { drawnRows, requirePoints } from "./points.ts";
import type { Axes } from "./principal-axes.ts";
import { axesOf, momentsOf } from "./principal-axes.ts";

export interface SubsequencePcaOptions {
  /** Points a window. Default: the period of the first channel, less for many channels. */
  readonly window?: number;
  /** Default `"variances"`. */
  readonly form?: "distances" | "variances" | "error";
  readonly seed?: number;
  /** Which series each point is of, where there are several: no window has points of two. */
  readonly series?: Int32Array;
}

export interface FittedSubsequencePca {
  readonly window: number;
  /** One a point, higher = more unusual. */
  readonly score: (series: Points) => Float64Array;
}

/** Numbers a window may hold by default: so many squared are the entries of a covariance. */
const MOST_NUMBERS = 512;
const MOST_WINDOWS = 20_000;
const SHARE = 0.9;
/** Of all variance: what an axis without any counts as having. */
const LEAST_SHARE = 1e-12;

/**
 * @param series `[points, channels]`, in the order of time
 * @throws `data.rows` where it is shorter than two windows
 *
 * @example
 * const { window, score } = fitSubsequencePca(series);
 * const scores = score(series);
 */
export function fitSubsequencePca(
  series: Points,
  { window: asked, form = "variances", seed = 0, series: parts }: SubsequencePcaOptions = {},
): FittedSubsequencePca {
  requirePoints(series, 8, "series to fit sub-sequence PCA on");
  const { rows, columns } = series;
  const longest = parts === undefined ? rows : longestRun(parts);
  const window = asked ?? usualWindow(series, longest);
  if (!Number.isSafeInteger(window) || window < 2 || longest < 2 * window) {
    throw inputError("options.invalid", {
      place: "window of sub-sequence PCA",
      expected: `a whole number from 2 to ${longest >> 1}, half of the points`,
      got: String(window),
    });
  }
  const width = window * columns;
  const starts = Int32Array.from({ length: rows - window + 1 }, (_, from) => from).filter(
    (from) => parts === undefined || parts[from] === parts[from + window - 1],
  );
  const chosen = drawnRows(starts.length, MOST_WINDOWS, seed).map((i) => starts[i] as number);
  const windows = new Float64Array(chosen.length * width);
  for (const [to, from] of chosen.entries())
    windows.set(series.data.subarray(from * columns, from * columns + width), to * width);
  const { mean, covariance } = momentsOf({ rows: chosen.length, columns: width, data: windows });
  // A position that never changes says nothing, as it does after standardizing.
  const scale = Float64Array.from(mean, (_, j) => {
    const deviation = Math.sqrt(covariance[j * width + j] as number);
    return deviation > 1e-12 * Math.max(1, Math.abs(mean[j] as number)) ? 1 / deviation : 0;
  });
  const correlation = covariance.map(
    (value, at) =>
      value * (scale[Math.floor(at / width)] as number) * (scale[at % width] as number),
  );
  const axes = varyingAxes(axesOf(correlation, width), scale);
  const scoreOf = { distances, variances, error }[form](axes);
  return {
    window,
    score: (others) => {
      requirePoints(others, window, "series to score by sub-sequence PCA");
      const x = new Float64Array(width);
      const scores = Float64Array.from({ length: others.rows - window + 1 }, (_, from) => {
        for (let j = 0; j < width; j += 1) {
          const value = others.data[from * columns + j] as number;
          x[j] = (value - (mean[j] as number)) * (scale[j] as number);
        }
        return scoreOf(x);
      });
      return form === "distances" ? inTheMiddle(scores, window) : meanOver(scores, window);
    },
  };
}

function usualWindow({ data, rows, columns }: Points, longest: number): number {
  const first = Float64Array.from({ length: rows }, (_, t) => data[t * columns] as number);
  const most = Math.max(2, Math.min(Math.floor(MOST_NUMBERS / columns), longest >> 1));
  return Math.min(periodOf(first), most);
}

/** Points of the longest series. */
function longestRun(parts: Int32Array): number {
  let [longest, from] = [0, 0];
  for (let at = 1; at <= parts.length; at += 1) {
    if (at < parts.length && parts[at] === parts[from]) continue;
    longest = Math.max(longest, at - from);
    from = at;
  }
  return longest;
}

/** As many axes as there are positions that change. */
function varyingAxes({ variances, directions }: Axes, scale: Float64Array): Axes {
  const count = scale.filter((one) => one > 0).length;
  const total = variances.reduce((a, b) => a + b, 0) || 1;
  return {
    variances: variances.slice(0, count).map((one) => Math.max(one / total, LEAST_SHARE)),
    directions: directions.slice(0, count).map(signed),
  };
}

/** The largest entry positive: the distance to an axis depends on its sign. */
function signed(direction: Float64Array): Float64Array {
  let largest = 0;
  for (const value of direction) if (Math.abs(value) > Math.abs(largest)) largest = value;
  return largest < 0 ? direction.map((value) => -value) : direction;
}

type WindowScore = (x: Float64Array) => number;

function distances({ variances, directions }: Axes): WindowScore {
  return (x) => {
    const length = dot(x, x) + 1;
    let sum = 0;
    for (const [j, direction] of directions.entries()) {
      const square = length - 2 * dot(direction, x);
      sum += Math.sqrt(Math.max(0, square)) / (variances[j] as number);
    }
    return sum;
  };
}

function variances({ variances: shares, directions }: Axes): WindowScore {
  return (x) => {
    let sum = 0;
    for (const [j, direction] of directions.entries())
      sum += dot(direction, x) ** 2 / (shares[j] as number);
    return sum;
  };
}

function error({ variances: shares, directions }: Axes): WindowScore {
  let [held, count] = [0, 0];
  while (count < shares.length && held <= SHARE) held += shares[count++] as number;
  const leading = directions.slice(0, count);
  return (x) => {
    let left = dot(x, x);
    for (const direction of leading) left -= dot(direction, x) ** 2;
    return Math.max(0, left);
  };
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** Each window's score at its middle; the ends as the first and the last window. */
function inTheMiddle(scores: Float64Array, window: number): Float64Array {
  const before = Math.ceil((window - 1) / 2);
  return Float64Array.from({ length: scores.length + window - 1 }, (_, t) => {
    const at = Math.min(scores.length - 1, Math.max(0, t - before));
    return scores[at] as number;
  });
}

/** The mean over the windows that cover each point. */
function meanOver(scores: Float64Array, window: number): Float64Array {
  const out = new Float64Array(scores.length + window - 1);
  for (let t = 0; t < out.length; t += 1) {
    const first = Math.max(0, t - window + 1);
    const last = Math.min(scores.length - 1, t);
    let sum = 0;
    for (let at = first; at <= last; at += 1) sum += scores[at] as number;
    out[t] = sum / (last - first + 1);
  }
  return out;
}
