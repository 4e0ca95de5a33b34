/** Whether what comes out is what went in, element by element, in doubles. */
import { bytesOf, numbersOf } from "./dtypes.ts";
import type { DType } from "./learned.ts";
import type { TableColumn } from "./table.ts";

/** Largest error; NaN where an element is further off than allowed. */
export function largestError(was: Uint8Array, is: Uint8Array, dtype: DType, bound: number): number {
  if (was.length !== is.length) return Number.NaN;
  const size = bytesOf(dtype);
  let largest = 0;
  let from: Float64Array | undefined;
  let to: Float64Array | undefined;
  for (let at = 0; at < was.length; at += size) {
    let same = true;
    for (let b = at; b < at + size; b += 1) if (was[b] !== is[b]) same = false;
    if (same) continue;
    from ??= numbersOf(was, dtype);
    to ??= numbersOf(is, dtype);
    const off = Math.abs((from[at / size] as number) - (to[at / size] as number));
    if (bound === 0 || !(off <= bound)) return Number.NaN;
    if (off > largest) largest = off;
  }
  return largest;
}

/** As `largestError`, of two columns. Missing numbers are one NaN. */
export function largestColumnError(was: TableColumn, is: TableColumn, bound: number): number {
  if (was.type === "text" || is.type === "text") {
    if (was.type !== "text" || is.type !== "text") return Number.NaN;
    const same =
      was.codes.length === is.codes.length &&
      was.codes.every(
        (code, row) =>
          (was.dictionary[code] ?? null) === (is.dictionary[is.codes[row] as number] ?? null),
      );
    return same ? 0 : Number.NaN;
  }
  let largest = 0;
  if (was.values.length !== is.values.length) return Number.NaN;
  for (const [row, value] of was.values.entries()) {
    const other = is.values[row] as number;
    if (Object.is(value, other)) continue;
    const off = Math.abs(value - other);
    if (bound === 0 || !(off <= bound)) return Number.NaN;
    if (off > largest) largest = off;
  }
  return largest;
}
