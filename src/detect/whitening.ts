/** Whitening, fitted to rows. */
import type { Matrix } from "../base/tensor.ts";
import { cholesky, inverse } from "../evaluate/triangular.ts";
import type { Whitening, WhiteningBlock } from "./detector.ts";

/** Numbers that are taken together, at most: their products are a matrix of that many rows. */
const BLOCK = 512;

/** Of the mean variance, what is added to each: what hardly ever varies is mostly noise. */
const SHARED_VARIANCE = 0.01;

/** Each number by itself. @param variances to divide by, a number each */
export function eachWhitening(center: Float32Array, variances: ArrayLike<number>): Whitening {
  const matrix = Float32Array.from(variances, (one) => 1 / (Math.sqrt(one) || 1));
  const features = Int32Array.from(matrix.keys());
  return { center, blocks: [{ features, matrix }] };
}

/**
 * Numbers together, in blocks: x ↦ L⁻¹ (x − mean) with L Lᵀ the covariance, so that Euclidean
 * distances are Mahalanobis distances.
 *
 * @param step numbers a step of a window: a block holds all steps of some channels, while it can
 * @param least what the mean variance counts as where it is less
 */
export function jointWhitening(rows: Matrix, step: number, least: number): Whitening {
  const { center, variances } = momentsOf(rows);
  const mean = variances.reduce((sum, one) => sum + one, 0) / variances.length;
  const ridge = SHARED_VARIANCE * Math.max(mean, least);
  const blocks = blocksOf(rows.columns, step).map((features): WhiteningBlock => {
    const n = features.length;
    const factor = cholesky(covarianceOf(rows, features, center), n, 0, ridge);
    const inverted = inverse(factor, n);
    const matrix = new Float32Array(n * n);
    // Rows are multiplied from the left: the transpose.
    for (let i = 0; i < n; i += 1)
      for (let j = 0; j <= i; j += 1) matrix[j * n + i] = inverted[i * n + j] as number;
    return { features, matrix };
  });
  return { center, blocks };
}

/** Places of `[steps, channels]`, some channels with all their steps at a time. */
function blocksOf(size: number, channels: number): readonly Int32Array[] {
  const steps = size / channels;
  const together = Math.max(1, Math.floor(BLOCK / steps));
  const blocks: Int32Array[] = [];
  for (let channel = 0; channel < channels; channel += together) {
    const places: number[] = [];
    for (let at = 0; at < size; at += 1) {
      const own = at % channels;
      if (own >= channel && own < channel + together) places.push(at);
    }
    for (let from = 0; from < places.length; from += BLOCK)
      blocks.push(Int32Array.from(places.slice(from, from + BLOCK)));
  }
  return blocks;
}

/** Rows that a covariance is taken from, at most: twice as many as a block has numbers. */
const COVARIANCE_ROWS = 2 * BLOCK;

function covarianceOf(
  { data, rows, columns }: Matrix,
  features: Int32Array,
  center: Float32Array,
): Float64Array {
  const n = features.length;
  const count = Math.min(rows, COVARIANCE_ROWS);
  const out = new Float64Array(n * n);
  const off = new Float64Array(n);
  for (let row = 0; row < count; row += 1) {
    for (let i = 0; i < n; i += 1) {
      const at = features[i] as number;
      off[i] = (data[row * columns + at] as number) - (center[at] as number);
    }
    for (let i = 0; i < n; i += 1) {
      const own = (off[i] as number) / count;
      for (let j = 0; j <= i; j += 1)
        out[i * n + j] = (out[i * n + j] as number) + own * (off[j] as number);
    }
  }
  return out;
}

/** Mean and variance of each column. */
export function momentsOf({ data, rows, columns }: Matrix): {
  readonly center: Float32Array;
  readonly variances: Float32Array;
} {
  const mean = new Float64Array(columns);
  const square = new Float64Array(columns);
  for (let i = 0; i < data.length; i += 1) {
    const at = i % columns;
    mean[at] = (mean[at] as number) + (data[i] as number) / rows;
  }
  for (let i = 0; i < data.length; i += 1) {
    const at = i % columns;
    const off = (data[i] as number) - (mean[at] as number);
    square[at] = (square[at] as number) + (off * off) / rows;
  }
  return { center: Float32Array.from(mean), variances: Float32Array.from(square) };
}

/** As `whitenedInGraph`, each number divided by the root of their count. */
export function whitenedRows(rows: Matrix, { center, blocks }: Whitening): Matrix {
  const { columns } = rows;
  const data = new Float32Array(rows.data.length);
  const balance = 1 / Math.sqrt(columns);
  for (let row = 0; row < rows.rows; row += 1) {
    let to = row * columns;
    for (const { features, matrix } of blocks) {
      const n = features.length;
      const off = Float64Array.from(
        features,
        (at) => (rows.data[row * columns + at] as number) - (center[at] as number),
      );
      for (let j = 0; j < n; j += 1) {
        let sum = 0;
        if (matrix.length === n) sum = (off[j] as number) * (matrix[j] as number);
        else
          for (let i = 0; i <= j; i += 1) sum += (off[i] as number) * (matrix[i * n + j] as number);
        data[to] = sum * balance;
        to += 1;
      }
    }
  }
  return { ...rows, data };
}
