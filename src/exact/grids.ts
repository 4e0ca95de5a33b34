/** Powers of two that numbers are whole multiples of. */

/** The least e with |x| ≤ 2^e; −1022 of 0. */
export function exponentAbove(x: number): number {
  const size = Math.abs(x);
  if (!(size > 0)) return -1022;
  let e = Math.max(-1022, Math.min(1023, Math.round(Math.log2(size))));
  while (e < 1023 && 2 ** e < size) e += 1;
  while (e > -1022 && 2 ** (e - 1) >= size) e -= 1;
  return e;
}

/** The largest e with x a whole multiple of 2^e, x finite and not 0. */
export function lowestBit(x: number): number {
  // A double is less than 2^53 steps of its last bit.
  let e = Math.max(-1074, exponentAbove(x) - 53);
  let whole = Math.abs(x) / 2 ** e;
  while (whole % 2 === 0) {
    whole /= 2;
    e += 1;
  }
  return e;
}

/** Nearest multiple of 2^e, halves to even as graphs round. */
export function rounded(x: number, e: number): number {
  const t = x / 2 ** e;
  const low = Math.floor(t);
  const rest = t - low;
  const up = rest > 0.5 || (rest === 0.5 && low % 2 !== 0);
  return (up ? low + 1 : low) * 2 ** e;
}
