/** Rows that come again, cell by cell. */
import type { Images, NumericArray, Rows, SeriesWindows } from "../../data/source.ts";
import { windowValues } from "../../data/series-windows.ts";
import type { Fields } from "./fields.ts";

/** Share of rows that equal one of others. */
export function duplicateShare(keys: readonly string[], others: ReadonlySet<string>): number {
  return keys.filter((key) => others.has(key)).length / Math.max(1, keys.length);
}

/** A text a row; equal texts mean equal rows. */
export function tableKeys({ rows, fields }: Fields): readonly string[] {
  return Array.from({ length: rows }, (_, row) =>
    fields.map((field) => (field.kind === "number" ? field.values : field.codes)[row]).join(),
  );
}

/** The same of rows of numbers, as float32 tells them. */
export function numberKeys(
  rows: Exclude<Rows, { kind: "table" | "interactions" }>,
): readonly string[] {
  const bytes = bytesOf(rows);
  const size = bytes.length / Math.max(1, rows.rows);
  const decoder = new TextDecoder("latin1");
  return Array.from({ length: rows.rows }, (_, row) =>
    decoder.decode(bytes.subarray(row * size, (row + 1) * size)),
  );
}

function bytesOf(rows: Images | NumericArray | SeriesWindows): Uint8Array {
  if (rows.kind === "images") return rows.data;
  // −0 and 0 are one number.
  const numbers = Float32Array.from(
    rows.kind === "series" ? windowValues(rows) : rows.data,
    (x) => x + 0,
  );
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
