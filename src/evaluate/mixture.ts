/**
 * A Gaussian mixture with full covariances, p(z) = Σ_k weight_k · N(z; mean_k, L_k · L_kᵀ): where
 * codes of new samples come from when training gave the codes no distribution of their own.
 */
import type { Matrix } from "../base/tensor.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals, uniforms } from "../random/numbers.ts";
import { applied } from "./triangular.ts";

export interface Mixture {
  /** Numbers in a code. */
  readonly size: number;
  /** `[components]`, adding up to 1. */
  readonly weights: Float32Array;
  /** `[components, size]` */
  readonly means: Float32Array;
  /** `[components, size, size]`: lower triangular L, row-major, of covariances L · Lᵀ. */
  readonly factors: Float32Array;
  /** `[components]`: the class that each is of, where codes go with labels. */
  readonly classes?: Int32Array;
}

export interface SampleOptions {
  readonly seed?: number;
  /** Spread of the draws: 0 = the mean of the heaviest component, 1 = as fitted. */
  readonly temperature?: number;
  /** The class of each draw, of a mixture that has classes. Default: any. */
  readonly classOf?: ArrayLike<number> | undefined;
}

const COMPONENT_SITE = 0x6a55;

/**
 * Codes drawn from a mixture: a component by weight^(1 / temperature), then its mean plus
 * temperature times its spread.
 *
 * @example
 * const codes = mixtureSamples(mixture, 64, { seed: 7 });
 */
export function mixtureSamples(
  mixture: Mixture,
  count: number,
  { seed = 0, temperature = 1, classOf }: SampleOptions = {},
): Matrix {
  const { size, means, factors, classes } = mixture;
  const picks = new Map<number, Pick>();
  const pickFor = (one: number): Pick => {
    const known = picks.get(one) ?? pickAmong(mixture, temperature, one);
    picks.set(one, known);
    return known;
  };
  const draws = uniforms(atSite(keyAt(seed, 0), COMPONENT_SITE), count);
  const noise = normals(keyAt(seed, 0), count, size);
  const data = new Float32Array(count * size);
  for (let row = 0; row < count; row += 1) {
    const one = classes === undefined ? ANY : (classOf?.[row] ?? ANY);
    const k = pickFor(one)(draws[row] as number);
    const factor = factors.subarray(k * size * size, (k + 1) * size * size);
    const step = applied(factor, noise.subarray(row * size, (row + 1) * size), size);
    for (let i = 0; i < size; i += 1) {
      data[row * size + i] = (means[k * size + i] as number) + temperature * (step[i] as number);
    }
  }
  return { rows: count, columns: size, data };
}

const ANY = -1;

/** From a number in [0, 1) to a component. */
type Pick = (draw: number) => number;

/** Among the components of a class, or of all: by weight^(1 / temperature). */
function pickAmong({ weights, classes }: Mixture, temperature: number, one: number): Pick {
  const own = Array.from(weights, (weight, k) =>
    one === ANY || classes?.[k] === one ? weight : 0,
  );
  const most = Math.max(...own);
  const heaviest = own.indexOf(most);
  if (temperature === 0) return () => heaviest;
  const sharpened = own.map((weight) => (weight / most) ** (1 / temperature));
  const total = sharpened.reduce((sum, share) => sum + share, 0);
  return (draw) => {
    let left = draw * total;
    const found = sharpened.findIndex((share) => (left -= share) < 0);
    return found < 0 ? heaviest : found;
  };
}
