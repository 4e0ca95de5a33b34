/** The density of a Gaussian mixture, written out in float64. */
import type { Matrix } from "../../src/base/tensor.ts";
import type { Mixture } from "../../src/evaluate/mixture.ts";

/** Mean over rows of log p(row), in nats. */
export function meanLikelihood(mixture: Mixture, { data, rows, columns }: Matrix): number {
  let total = 0;
  for (let row = 0; row < rows; row += 1)
    total += logDensity(mixture, data.subarray(row * columns, (row + 1) * columns));
  return total / rows;
}

function logDensity({ size, weights, means, factors }: Mixture, x: Float32Array): number {
  const logs = Array.from(weights, (weight, k) => {
    // Forward substitution: y with L · y = x − mean.
    const y: number[] = [];
    let log = Math.log(weight) - (size / 2) * Math.log(2 * Math.PI);
    for (let i = 0; i < size; i += 1) {
      const at = (k * size + i) * size;
      const left = y.reduce(
        (rest, value, j) => rest - (factors[at + j] as number) * value,
        (x[i] as number) - (means[k * size + i] as number),
      );
      const scale = factors[at + i] as number;
      y.push(left / scale);
      log -= Math.log(scale) + (left / scale) ** 2 / 2;
    }
    return log;
  });
  const peak = Math.max(...logs);
  return peak + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - peak), 0));
}
