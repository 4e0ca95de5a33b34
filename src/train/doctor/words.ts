/** Figures in sentences. */

/** Three digits, without an exponent where none is needed. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return value.toLocaleString("en");
  const short = Number(value.toPrecision(3));
  const size = Math.abs(short);
  return size >= 1e-3 && size < 1e6 ? String(short) : short.toExponential();
}

/** `42 %` */
export function percent(share: number): string {
  const value = 100 * share;
  const shown =
    value !== 0 && Math.abs(value) < 10 ? Number(value.toPrecision(2)) : Math.round(value);
  return `${shown} %`;
}
