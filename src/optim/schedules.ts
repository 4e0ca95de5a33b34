/** Learning rates over a run: from the steps done and the steps in all to a rate. */

export type RateSchedule = (step: number, steps: number) => number;

/** The same rate throughout. */
export function constantRate(rate: number): RateSchedule {
  return () => rate;
}

export interface CosineOptions {
  readonly rate: number;
  /** Steps over which the rate rises from near 0. */
  readonly warmUp?: number;
  /** Share of `rate` left at the end. */
  readonly floor?: number;
}

/**
 * Linear warm-up, then half a cosine down.
 *
 * @see Loshchilov and Hutter, "SGDR" (2017), equation 5, without restarts
 */
export function cosine({ rate, warmUp = 0, floor = 0.01 }: CosineOptions): RateSchedule {
  return (step, steps) => {
    if (step < warmUp) return (rate * (step + 1)) / warmUp;
    const done = Math.min(1, (step - warmUp) / Math.max(1, steps - warmUp));
    return rate * (floor + (1 - floor) * 0.5 * (1 + Math.cos(Math.PI * done)));
  };
}
