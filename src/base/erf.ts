/** The error function, to seven digits. */

/**
 * erf x, by a fit to erfc of relative error below 1.2e-7.
 *
 * @see Press et al., "Numerical recipes" (1992), section 6.2
 * @example
 * const below = (1 + erf(z / Math.SQRT2)) / 2; // the normal distribution at z
 */
export function erf(x: number): number {
  const t = 1 / (1 + Math.abs(x) / 2);
  const fit = TERMS.reduceRight((sum, term) => sum * t + term, 0);
  const tail = t * Math.exp(-x * x + fit);
  return x >= 0 ? 1 - tail : tail - 1;
}

const TERMS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
] as const;
