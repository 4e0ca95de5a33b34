/** Lower triangular matrices in float64, row-major: square roots of covariances. */

/**
 * The Cholesky factor of a covariance known to about float32: L · Lᵀ = covariance + ridge.
 *
 * @param ridge added to each variance, as a share of itself, and the least that is left of it
 *   where rounding or dependence has used it up
 * @param least the least ridge of all, for numbers that never change
 */
export function cholesky(
  covariance: Float64Array,
  size: number,
  ridge: number,
  least: number,
): Float64Array {
  const factor = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const variance = Math.max(0, covariance[i * size + i] as number);
    const extra = Math.max(ridge * variance, least);
    for (let j = 0; j <= i; j += 1) {
      let left = covariance[i * size + j] as number;
      for (let k = 0; k < j; k += 1)
        left -= (factor[i * size + k] as number) * (factor[j * size + k] as number);
      factor[i * size + j] =
        i === j
          ? Math.sqrt(Math.max(left + extra, extra))
          : left / (factor[j * size + j] as number);
    }
  }
  return factor;
}

/** L⁻¹ */
export function inverse(factor: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let j = 0; j < size; j += 1) {
    out[j * size + j] = 1 / (factor[j * size + j] as number);
    for (let i = j + 1; i < size; i += 1) {
      let sum = 0;
      for (let k = j; k < i; k += 1)
        sum += (factor[i * size + k] as number) * (out[k * size + j] as number);
      out[i * size + j] = -sum / (factor[i * size + i] as number);
    }
  }
  return out;
}

/** a · b, which is lower triangular again. */
export function product(a: Float64Array, b: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    for (let k = 0; k <= i; k += 1) {
      const scale = a[i * size + k] as number;
      for (let j = 0; j <= k; j += 1)
        out[i * size + j] = (out[i * size + j] as number) + scale * (b[k * size + j] as number);
    }
  }
  return out;
}

/** L · x */
export function applied(
  factor: ArrayLike<number>,
  x: ArrayLike<number>,
  size: number,
): Float64Array {
  return Float64Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let j = 0; j <= i; j += 1) sum += (factor[i * size + j] as number) * (x[j] as number);
    return sum;
  });
}

/** Lᵀ, row-major. */
export function transposed(factor: Float64Array, size: number): Float64Array {
  return Float64Array.from(
    factor,
    (_, at) => factor[(at % size) * size + Math.floor(at / size)] as number,
  );
}

/** log |L · Lᵀ| / 2 */
export function halfLogDeterminant(factor: Float64Array, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i += 1) sum += Math.log(factor[i * size + i] as number);
  return sum;
}

/** A diagonal of one number. */
export function identity(size: number, scale = 1): Float64Array {
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) matrix[i * size + i] = scale;
  return matrix;
}

/** Matrices one after another, as float32. */
export function joined(matrices: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(matrices.reduce((total, { length }) => total + length, 0));
  let at = 0;
  for (const matrix of matrices) {
    all.set(matrix, at);
    at += matrix.length;
  }
  return all;
}
