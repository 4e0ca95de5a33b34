/** How near all elements come together: peak signal to noise, in decibels. */

/**
 * Squares of errors, of what is finite, in units of `unit`: huge and tiny numbers have squares that
 * no double holds.
 */
export function squaredError(
  was: Float64Array,
  is: Float64Array,
  unit: number,
  from = 0,
  to = was.length,
): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) {
    const error = ((was[i] as number) - (is[i] as number)) / unit;
    // NaN and infinities came back as they were: their difference is no number.
    if (error === error) sum += error * error;
  }
  return sum;
}

/**
 * @param squares sum of squares, in units of `unit`
 * @param low and high: ends of the range that is the peak
 * @returns Infinity where nothing is off
 */
export function psnrOf(
  squares: number,
  count: number,
  unit: number,
  { low, high }: { readonly low: number; readonly high: number },
): number {
  if (squares === 0) return Infinity;
  const peak = high / unit - low / unit;
  return 20 * Math.log10(peak) - 10 * Math.log10(squares / count);
}

/** What images have. */
export const BYTES = { low: 0, high: 255 } as const;
