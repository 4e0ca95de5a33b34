/** Test statistics, as z-scores or p-values, for random numbers. */

/** (Σ (count − expected)² / expected − degrees) / √(2 · degrees): about N(0, 1) for many cells. */
export function chiSquareScore(counts: ArrayLike<number>): number {
  const list = Array.from(counts);
  const expected = list.reduce((a, b) => a + b, 0) / list.length;
  const statistic = list.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
  const degrees = list.length - 1;
  return (statistic - degrees) / Math.sqrt(2 * degrees);
}

/** √n · largest distance of the empirical distribution from `cdf`; above 1.63 one time in 100. */
export function kolmogorovSmirnov(draws: ArrayLike<number>, cdf: (x: number) => number): number {
  const sorted = Float64Array.from(draws).toSorted();
  const n = sorted.length;
  const worst = sorted.reduce((most, x, i) => {
    const p = cdf(x);
    return Math.max(most, p - i / n, (i + 1) / n - p);
  }, 0);
  return Math.sqrt(n) * worst;
}

/** √n · Pearson's correlation: about N(0, 1) for independent draws. */
export function correlationScore(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const n = a.length;
  const [meanA, meanB] = [meanOf(a), meanOf(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < n; i += 1) {
    const [x, y] = [(a[i] as number) - meanA, (b[i] as number) - meanB];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return (Math.sqrt(n) * ab) / Math.sqrt(aa * bb);
}

export function meanOf(draws: ArrayLike<number>, f: (x: number) => number = (x) => x): number {
  let sum = 0;
  for (let i = 0; i < draws.length; i += 1) sum += f(draws[i] as number);
  return sum / draws.length;
}
