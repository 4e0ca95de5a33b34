/** The quantiles of scores that a model file tells. */
import type { ModelInfo } from "./types.ts";

const QUANTILES = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

/** @param scores in any order, at least one */
export function quantilesOf(scores: Float32Array | Float64Array): ModelInfo["scores"]["quantiles"] {
  const sorted = scores.toSorted();
  return QUANTILES.map((quantile) => {
    const at = quantile * (sorted.length - 1);
    const below = sorted[Math.floor(at)] as number;
    const above = sorted[Math.ceil(at)] as number;
    return { quantile, value: below + (above - below) * (at - Math.floor(at)) };
  });
}
