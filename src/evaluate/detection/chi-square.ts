/** The chi-square distribution: chances, and the points below which they lie. */

/**
 * P(X ≤ x) for `freedom` degrees of freedom, by the series of the incomplete gamma function or its
 * continued fraction.
 *
 * @see Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 6.5.29 and 6.5.31
 */
export function chiSquareChance(x: number, freedom: number): number {
  if (x <= 0) return 0;
  const a = freedom / 2;
  const y = x / 2;
  const factor = Math.exp(a * Math.log(y) - y - logGamma(a));
  if (y < a + 1) {
    let [term, sum] = [1 / a, 1 / a];
    for (let n = 1; term > 1e-16 * sum; n += 1) {
      term *= y / (a + n);
      sum += term;
    }
    return factor * sum;
  }
  // Lentz's method; the fraction converges fast where the series does not.
  let b = y + 1 - a;
  let [c, d] = [1e300, 1 / b];
  let fraction = d;
  for (let n = 1; n < 1000; n += 1) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return 1 - factor * fraction;
}

/** The x with P(X ≤ x) = chance, by bisection. */
export function chiSquarePoint(chance: number, freedom: number): number {
  let [low, high] = [0, freedom + 1];
  while (chiSquareChance(high, freedom) < chance) high *= 2;
  for (let turn = 0; turn < 100; turn += 1) {
    const middle = (low + high) / 2;
    if (chiSquareChance(middle, freedom) < chance) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** log Γ(a) for a half or whole number from ½: by Γ(a + 1) = a Γ(a) from Γ(½) = √π and Γ(1) = 1. */
function logGamma(a: number): number {
  let sum = a % 1 === 0 ? 0 : Math.log(Math.PI) / 2;
  for (let x = a - 1; x > 0; x -= 1) sum += Math.log(x);
  return sum;
}
