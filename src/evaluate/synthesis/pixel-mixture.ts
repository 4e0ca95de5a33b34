/**
 * A mixture of Gaussians whose pixels are independent, by expectation and maximization,
 *
 *   p(x) = Σ_k π_k Π_j N(x_j; μ_kj, σ²_kj)
 *
 * the control of makers of pictures that knows a few typical pictures and nothing of how the pixels
 * of one go together beyond that.
 *
 * @see Dempster, Laird and Rubin, "Maximum likelihood from incomplete data via the EM algorithm"
 *   (1977)
 */
import type { Matrix } from "../../base/tensor.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { normals, uniforms } from "../../random/numbers.ts";
import { spreadCenters } from "../mixture-start.ts";

const COMPONENTS = 10;
/** Rows a component at least. */
const LEAST_ROWS = 20;
/** Numbers that it learns from: a few seconds. */
const MOST_NUMBERS = 3e6;
const TURNS = 15;
/** Least variance, as a share of the mean variance of all pixels. */
const LEAST_VARIANCE = 1e-3;
const START_SITE = 0x9a57;
const WHICH_SITE = 0x9a58;
const DRAW_SITE = 0x9a59;

export interface PixelMixture {
  readonly weights: Float64Array;
  /** `[components, columns]` */
  readonly means: Float64Array;
  readonly variances: Float64Array;
}

/** @param train in random order, without missing values */
export function fitPixelMixture(train: Matrix, seed: number): PixelMixture {
  const rows = Math.max(2, Math.min(train.rows, Math.floor(MOST_NUMBERS / train.columns)));
  const { columns } = train;
  const data = train.data.subarray(0, Math.min(rows, train.rows) * columns);
  const some = { rows: data.length / columns, columns, data };
  const most = Math.max(1, Math.min(COMPONENTS, Math.floor(some.rows / LEAST_ROWS)));
  const draws = uniforms(atSite(keyAt(seed, 0), START_SITE), most);
  const centers = spreadCenters(some, most, draws);
  const count = centers.length;
  const center = new Float64Array(columns);
  for (const [at, x] of data.entries())
    center[at % columns] = (center[at % columns] as number) + x / some.rows;
  const spread = data.reduce((sum, x, at) => sum + (x - (center[at % columns] as number)) ** 2, 0);
  const least = Math.max(1e-12, (LEAST_VARIANCE * spread) / Math.max(1, data.length));
  let mixture: PixelMixture = {
    weights: new Float64Array(count).fill(1 / count),
    means: startMeans(some, centers),
    variances: new Float64Array(count * columns).fill(Math.max(least, spread / data.length)),
  };
  for (let turn = 0; turn < TURNS; turn += 1) mixture = turned(some, mixture, least);
  return mixture;
}

function startMeans({ data, columns }: Matrix, centers: readonly number[]): Float64Array {
  const means = new Float64Array(centers.length * columns);
  for (const [k, row] of centers.entries())
    means.set(data.subarray(row * columns, (row + 1) * columns), k * columns);
  return means;
}

/** One turn: how far each row belongs to each component, then each component anew. */
function turned({ data, rows, columns }: Matrix, from: PixelMixture, least: number): PixelMixture {
  const count = from.weights.length;
  const constants = Float64Array.from(from.weights, (weight, k) => {
    let sum = Math.log(Math.max(1e-300, weight));
    for (let j = 0; j < columns; j += 1)
      sum -= 0.5 * Math.log(from.variances[k * columns + j] as number);
    return sum;
  });
  const precisions = from.variances.map((variance) => 1 / variance);
  const [weights, sums, squares] = [
    new Float64Array(count),
    new Float64Array(count * columns),
    new Float64Array(count * columns),
  ];
  const share = new Float64Array(count);
  for (let row = 0; row < rows; row += 1) {
    const at = row * columns;
    for (let k = 0; k < count; k += 1) {
      const own = k * columns;
      let distance = 0;
      for (let j = 0; j < columns; j += 1) {
        const off = (data[at + j] as number) - (from.means[own + j] as number);
        distance += off * off * (precisions[own + j] as number);
      }
      share[k] = (constants[k] as number) - 0.5 * distance;
    }
    const most = share.reduce((a, b) => Math.max(a, b), -Infinity);
    const total = share.reduce((sum, x) => sum + Math.exp(x - most), 0);
    for (let k = 0; k < count; k += 1) {
      const part = Math.exp((share[k] as number) - most) / total;
      if (part < 1e-9) continue;
      weights[k] = (weights[k] as number) + part;
      const own = k * columns;
      for (let j = 0; j < columns; j += 1) {
        const x = data[at + j] as number;
        sums[own + j] = (sums[own + j] as number) + part * x;
        squares[own + j] = (squares[own + j] as number) + part * x * x;
      }
    }
  }
  const weightOf = (at: number): number => weights[Math.floor(at / columns)] as number;
  // One that has lost all its rows stays as it was.
  const means = sums.map((sum, at) =>
    weightOf(at) > 1e-6 ? sum / weightOf(at) : (from.means[at] as number),
  );
  return {
    weights: weights.map((weight) => weight / rows),
    means,
    variances: squares.map((sum, at) =>
      weightOf(at) > 1e-6
        ? Math.max(least, sum / weightOf(at) - (means[at] as number) ** 2)
        : (from.variances[at] as number),
    ),
  };
}

export function drawPixels(
  { weights, means, variances }: PixelMixture,
  rows: number,
  seed: number,
): Matrix {
  const columns = means.length / weights.length;
  const which = uniforms(atSite(keyAt(seed, 0), WHICH_SITE), rows);
  const data = normals(atSite(keyAt(seed, 0), DRAW_SITE), rows, columns);
  for (let row = 0; row < rows; row += 1) {
    let left = which[row] as number;
    let k = 0;
    while (k < weights.length - 1 && (left -= weights[k] as number) >= 0) k += 1;
    for (let j = 0; j < columns; j += 1) {
      const at = row * columns + j;
      const own = k * columns + j;
      data[at] =
        (means[own] as number) + Math.sqrt(variances[own] as number) * (data[at] as number);
    }
  }
  return { rows, columns, data };
}
