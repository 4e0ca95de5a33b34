/** Weights of a linear prediction, from what each element's neighbours were. */

/**
 * Solves (G + D) w = c for symmetric `gram` of `n` by Cholesky's method; undefined where G is no
 * such matrix, or holds what is not finite.
 */
export function solve(
  gram: Float64Array,
  right: Float64Array,
  n: number,
): Float64Array | undefined {
  const lower = Float64Array.from(gram);
  for (let i = 0; i < n; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = lower[i * n + j] as number;
      for (let k = 0; k < j; k += 1) {
        sum -= (lower[i * n + k] as number) * (lower[j * n + k] as number);
      }
      if (i !== j) lower[i * n + j] = sum / (lower[j * n + j] as number);
      else if (sum > 0 && sum < Infinity) lower[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  const w = Float64Array.from(right);
  for (let i = 0; i < n; i += 1) {
    let sum = w[i] as number;
    for (let k = 0; k < i; k += 1) sum -= (lower[i * n + k] as number) * (w[k] as number);
    w[i] = sum / (lower[i * n + i] as number);
  }
  for (let i = n - 1; i >= 0; i -= 1) {
    let sum = w[i] as number;
    for (let k = i + 1; k < n; k += 1) sum -= (lower[k * n + i] as number) * (w[k] as number);
    w[i] = sum / (lower[i * n + i] as number);
  }
  return w.every((x) => Number.isFinite(x)) ? w : undefined;
}
