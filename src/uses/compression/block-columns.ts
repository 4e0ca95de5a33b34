/** A matrix of few columns (or, lying in Fortran order, of few rows), each by its own values. */
import { bytesOf, numbersOf, storeOf } from "../../codec/dtypes.ts";
import type { BlockShape, DType } from "../../codec/learned.ts";
import type { Coded } from "../../codec/numbers.ts";
import { decodeTable, encodeTable } from "../../codec/table.ts";

const MOST_COLUMNS = 64;
/** Fewer elements are not worth it. */
const LEAST = 64;

/** Sizes of the axes as columns and rows of a table, and whether a column runs through all rows. */
function columnsOf({ shape }: BlockShape, dtype: DType) {
  const [first = 1, second = 1] = shape.length === 1 ? [...shape, 1] : shape;
  if (shape.length > 2 || /^[iu]8$/.test(dtype) || first * second < LEAST) return undefined;
  if (second <= MOST_COLUMNS && second < first) return { count: second, rows: first, apart: true };
  return first <= MOST_COLUMNS ? { count: first, rows: second, apart: false } : undefined;
}

/** To the last bit only: with a bound few values are the same. */
export function byColumns(
  bytes: Uint8Array,
  at: BlockShape,
  { dtype, bound }: { readonly dtype: DType; readonly bound: number },
): Coded | undefined {
  const cut = columnsOf(at, dtype);
  if (cut === undefined || bound > 0) return undefined;
  const { count, rows, apart } = cut;
  const values = numbersOf(bytes, dtype);
  const columns = Array.from({ length: count }, (_, c) => ({
    name: String(c),
    type: "number" as const,
    values: apart
      ? Float64Array.from({ length: rows }, (_unused, row) => values[row * count + c] as number)
      : values.slice(c * rows, (c + 1) * rows),
  }));
  const bounds = columns.map(() => 0);
  const coded = encodeTable(columns, rows, bounds);
  return { bytes: coded.bytes, how: "column by column", largest: 0, escapes: 0 };
}

export async function fromColumns(
  body: Uint8Array,
  at: BlockShape,
  dtype: DType,
  where: string,
): Promise<Uint8Array | undefined> {
  const cut = columnsOf(at, dtype);
  if (cut === undefined) return undefined;
  const { count, rows, apart } = cut;
  const names = Array.from({ length: count }, (_, c) => ({ name: String(c), type: "number" }));
  const columns = await decodeTable(body, names, rows, where);
  const bytes = new Uint8Array(rows * count * bytesOf(dtype));
  const store = storeOf(bytes, dtype);
  for (const [c, column] of columns.entries()) {
    if (column.type === "text") return undefined;
    for (const [row, value] of column.values.entries()) {
      store(apart ? row * count + c : c * rows + row, value);
    }
  }
  return bytes;
}
