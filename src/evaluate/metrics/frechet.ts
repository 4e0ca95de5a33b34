/**
 * Fréchet distance of two clouds of points, each taken as a Gaussian:
 *
 *   ‖μ₁ − μ₂‖² + tr(C₁ + C₂ − 2 (C₁ C₂)^½)
 *
 * The trace of the root is the sum of the roots of the eigenvalues of C₁^½ C₂ C₁^½, which is
 * symmetric.
 *
 * @see Heusel et al., "GANs trained by a two time-scale update rule converge to a local Nash
 *   equilibrium" (2017), equation 6
 */
import { EigenvalueDecomposition, Matrix as DenseMatrix } from "ml-matrix";
import type { Matrix } from "../../base/tensor.ts";

/** Eigenvalues of more would take minutes. */
export const MOST_COLUMNS = 128;

export function frechetDistance(one: Matrix, other: Matrix): number {
  const [a, b] = [momentsOf(one), momentsOf(other)];
  const shift = a.mean.reduce((sum, x, i) => sum + (x - (b.mean[i] as number)) ** 2, 0);
  const root = rootOf(a.covariance);
  const between = root.mmul(b.covariance).mmul(root);
  const roots = eigenvaluesOf(between).reduce((sum, x) => sum + Math.sqrt(Math.max(0, x)), 0);
  return Math.max(0, shift + a.covariance.trace() + b.covariance.trace() - 2 * roots);
}

function momentsOf({ data, rows, columns }: Matrix) {
  const mean = new Float64Array(columns);
  for (const [i, x] of data.entries()) mean[i % columns] = (mean[i % columns] as number) + x / rows;
  const sums = new Float64Array(columns * columns);
  const centred = new Float64Array(columns);
  for (let row = 0; row < rows; row += 1) {
    for (let i = 0; i < columns; i += 1)
      centred[i] = (data[row * columns + i] as number) - (mean[i] as number);
    for (let i = 0; i < columns; i += 1) {
      for (let j = 0; j <= i; j += 1) {
        const at = i * columns + j;
        sums[at] = (sums[at] as number) + (centred[i] as number) * (centred[j] as number);
      }
    }
  }
  const covariance = DenseMatrix.zeros(columns, columns);
  for (let i = 0; i < columns; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      const value = (sums[i * columns + j] as number) / (rows - 1);
      covariance.set(i, j, value);
      covariance.set(j, i, value);
    }
  }
  return { mean, covariance };
}

function eigenvaluesOf(symmetric: DenseMatrix): readonly number[] {
  return new EigenvalueDecomposition(symmetric, { assumeSymmetric: true }).realEigenvalues;
}

/** The symmetric root of a covariance. */
function rootOf(covariance: DenseMatrix): DenseMatrix {
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(covariance, {
    assumeSymmetric: true,
  });
  const roots = DenseMatrix.diag(realEigenvalues.map((x) => Math.sqrt(Math.max(0, x))));
  return eigenvectorMatrix.mmul(roots).mmul(eigenvectorMatrix.transpose());
}
