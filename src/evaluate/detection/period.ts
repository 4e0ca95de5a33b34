/**
 * The period of a series: the lag at which it is most like itself.
 *
 *   r(k) = Σ_t (x_t − x̄)(x_{t+k} − x̄) / Σ_t (x_t − x̄)²
 *
 * Of the lags from 3 to 400 the highest that stands above both its neighbours; 125 where there is
 * none below 304. The first 20,000 points decide.
 *
 * @see the rule is that of the benchmark of Liu and Paparrizos, "The elephant in the room: towards
 *   a reliable time-series anomaly detection benchmark" (NeurIPS 2024)
 */

const FIRST_LAG = 3;
const LAST_LAG = 400;
const LONGEST = 303;
const DEFAULT = 125;
const MOST_POINTS = 20_000;

/** @param values of one channel, in the order of time */
export function periodOf(values: ArrayLike<number>): number {
  const count = Math.min(MOST_POINTS, values.length);
  const x = Float64Array.from({ length: count }, (_, t) => values[t] as number);
  const mean = x.reduce((sum, value) => sum + value, 0) / count;
  for (let t = 0; t < count; t += 1) x[t] = (x[t] as number) - mean;
  const alike = (lag: number): number => {
    let sum = 0;
    for (let t = 0; t + lag < count; t += 1) sum += (x[t] as number) * (x[t + lag] as number);
    return sum;
  };
  const last = Math.min(LAST_LAG, count - 1);
  const along = Array.from({ length: Math.max(0, last - FIRST_LAG + 1) }, (_, i) =>
    alike(i + FIRST_LAG),
  );
  let [period, highest] = [-1, -Infinity];
  for (let i = 1; i + 1 < along.length; i += 1) {
    const [before, here, after] = along.slice(i - 1, i + 2) as [number, number, number];
    if (here > before && here > after && here > highest) [period, highest] = [i, here];
  }
  return period < FIRST_LAG || period + FIRST_LAG > LONGEST ? DEFAULT : period + FIRST_LAG;
}
