/** Mean, covariance and its axes, in float64, of rows in memory. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Points } from "./detector.ts";

export interface Moments {
  /** `[columns]` */
  readonly mean: Float64Array;
  /** `[columns, columns]`, sums divided by the number of rows. */
  readonly covariance: Float64Array;
}

/** @param rows those that count; all by default */
export function momentsOf(points: Points, rows?: Int32Array): Moments {
  const { data, columns } = points;
  const count = rows?.length ?? points.rows;
  const mean = new Float64Array(columns);
  for (let i = 0; i < count; i += 1) {
    const start = (rows === undefined ? i : (rows[i] as number)) * columns;
    for (let j = 0; j < columns; j += 1)
      mean[j] = (mean[j] as number) + (data[start + j] as number);
  }
  for (let j = 0; j < columns; j += 1) mean[j] = (mean[j] as number) / count;
  const covariance = new Float64Array(columns * columns);
  // Four rows at a time: the matrix is walked through a quarter as often.
  const four = Array.from({ length: 4 }, () => new Float64Array(columns));
  const [a, b, c, d] = four as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let i = 0; i < count; i += 4) {
    for (const [k, row] of four.entries()) {
      const at = i + k;
      if (at >= count) row.fill(0);
      else {
        const start = (rows === undefined ? at : (rows[at] as number)) * columns;
        for (let j = 0; j < columns; j += 1)
          row[j] = (data[start + j] as number) - (mean[j] as number);
      }
    }
    for (let j = 0; j < columns; j += 1) {
      const [aj, bj, cj, dj] = [a[j] as number, b[j] as number, c[j] as number, d[j] as number];
      const line = j * columns;
      for (let k = 0; k <= j; k += 1) {
        covariance[line + k] =
          (covariance[line + k] as number) +
          aj * (a[k] as number) +
          bj * (b[k] as number) +
          cj * (c[k] as number) +
          dj * (d[k] as number);
      }
    }
  }
  for (let j = 0; j < columns; j += 1) {
    for (let k = 0; k <= j; k += 1) {
      const value = (covariance[j * columns + k] as number) / count;
      covariance[j * columns + k] = value;
      covariance[k * columns + j] = value;
    }
  }
  return { mean, covariance };
}

export interface Axes {
  /** By falling variance, never below 0. */
  readonly variances: Float64Array;
  /** The direction of each, `[columns]`, of length 1. */
  readonly directions: readonly Float64Array[];
}

/** The eigenvectors of a covariance. */
export function axesOf(covariance: Float64Array, columns: number): Axes {
  const matrix = Matrix.from1DArray(columns, columns, Array.from(covariance));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, i) => i)
    .toSorted((a, b) => (realEigenvalues[b] as number) - (realEigenvalues[a] as number));
  return {
    variances: Float64Array.from(order, (at) => Math.max(0, realEigenvalues[at] as number)),
    directions: order.map((at) => Float64Array.from(eigenvectorMatrix.getColumn(at))),
  };
}
