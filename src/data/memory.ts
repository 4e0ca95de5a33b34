/** Sources over rows that are in memory, and rows in memory from sources. */

import { inputError } from "../base/errors.ts";
import { concatRows, sliceRows } from "./rows.ts";
import type { Cell } from "./memory-columns.ts";
import { columnFrom, columnsOfRows, labelsOf } from "./memory-columns.ts";
import { pickColumns, type ColumnPick } from "./names.ts";
import type {
  ArraySource,
  Images,
  ImageSource,
  NumericArray,
  ReadOptions,
  Rows,
  SeriesSource,
  SeriesWindows,
  Source,
  Table,
  TableSource,
} from "./source.ts";

export interface MemoryOptions {
  /** What to call the data in messages. Default: `"table"`, `"images"` or `"array"`. */
  readonly name?: string;
}

export interface MemoryTableOptions extends MemoryOptions, ColumnPick {}

/**
 * A table source over rows or columns in memory.
 *
 * A column of booleans, dates or numbers keeps that type (all whole: integer);
 * a column that mixes types, or holds strings, is text.
 *
 * @param rows one object a row, or one array a column, all of the same length
 * @throws data.empty, data.length, data.cell, data.infinite
 *
 * @example
 * const source = tableFrom([{ amount: 3.5, country: "NL" }, { amount: null, country: "DE" }]);
 * const same = tableFrom({ amount: [3.5, NaN], country: ["NL", "DE"] });
 */
export function tableFrom(
  rows: readonly Readonly<Record<string, Cell>>[] | Readonly<Record<string, ArrayLike<Cell>>>,
  options: MemoryTableOptions = {},
): TableSource {
  const name = options.name ?? "table";
  const cells = Array.isArray(rows)
    ? columnsOfRows(rows as readonly Readonly<Record<string, Cell>>[])
    : new Map(Object.entries(rows as Readonly<Record<string, ArrayLike<Cell>>>));
  const names = [...cells.keys()];
  const [first] = names;
  const count = first === undefined ? 0 : (cells.get(first)?.length ?? 0);
  if (count === 0) throw empty(name, "a table with at least 1 row and 1 column");
  for (const [column, values] of cells) {
    if (values.length !== count) {
      throw inputError("data.length", {
        place: `${name}, column ${JSON.stringify(column)}`,
        expected: `${count} values, as in column ${JSON.stringify(first)}`,
        got: String(values.length),
        hint: "give every column one value a row",
      });
    }
  }
  const columns = [...cells].map(([column, values]) => columnFrom(column, values, name));
  return tableSource({ kind: "table", rows: count, columns }, options);
}

/**
 * A table source over a table that is in memory.
 *
 * @throws data.column when `select`, `drop` or `label` names no column
 */
export function tableSource(table: Table, options: MemoryTableOptions = {}): TableSource {
  const name = options.name ?? "table";
  const names = table.columns.map((column) => column.name);
  const { keep, label, unused } = pickColumns(names, options, name);
  const columns = keep.flatMap((index) => table.columns[index] ?? []);
  const rows: Table = { kind: "table", rows: table.rows, columns };
  const source: TableSource = {
    kind: "table",
    name,
    rows: table.rows,
    columns: columns.map(({ name: column, type }) => ({ name: column, type })),
    unused,
    notes: [],
    read: (read) => chunks(rows, read),
  };
  const labels = label === undefined ? undefined : table.columns[label];
  if (labels === undefined) return source;
  return { ...source, label: labels.name, labels: () => Promise.resolve(labelsOf(labels)) };
}

/**
 * An image source over pixels in memory.
 *
 * @param data `[rows, height, width, channels]`, 0–255, row by row
 * @param options.labels one label an image, null where missing
 */
export function imagesFrom(
  data: Uint8Array,
  options: {
    readonly height: number;
    readonly width: number;
    /** Default 1. */
    readonly channels?: number;
    readonly labels?: readonly (string | number | null)[];
    readonly name?: string;
  },
): ImageSource {
  const { height, width, channels = 1, labels } = options;
  const name = options.name ?? "images";
  const rows = rowsOf(data.length, [height, width, channels], name);
  const images: Images = { kind: "images", rows, height, width, channels, data };
  return {
    kind: "images",
    name,
    rows,
    height,
    width,
    channels,
    notes: [],
    nameOf: (row) => `#${row}`,
    read: (read) => chunks(images, read),
    ...labelling(labels, rows, name),
  };
}

/**
 * An array source over numbers in memory. NaN is missing.
 *
 * @param data `[rows, ...shape]`, flat or as one array of numbers a row
 * @param shape of one row; needed for flat data only, default `[1]`
 * @throws data.infinite, data.length
 */
export function arrayFrom(
  data: Float32Array | Float64Array | readonly (readonly number[])[],
  shape?: readonly number[],
  options: MemoryOptions & { readonly labels?: readonly (string | number | null)[] } = {},
): ArraySource {
  const name = options.name ?? "array";
  const flat =
    data instanceof Float32Array || data instanceof Float64Array ? data : flatten(data, name);
  const one = shape ?? [
    flat === data ? 1 : ((data as readonly (readonly number[])[])[0]?.length ?? 0),
  ];
  const rows = rowsOf(flat.length, one, name);
  refuseInfinite(flat, rows, 0, name);
  const array: NumericArray = { kind: "array", rows, shape: one, data: flat };
  return {
    kind: "array",
    name,
    rows,
    shape: one,
    notes: [],
    read: (read) => chunks(array, read),
    ...labelling(options.labels, rows, name),
  };
}

interface CollectOptions extends Pick<ReadOptions, "signal"> {
  /** Called with the rows read so far. */
  readonly tell?: (rows: number) => void;
}

/**
 * All rows of a source in memory.
 *
 * @throws the reason of `signal` when it aborts
 */
export async function collect(source: TableSource, options?: CollectOptions): Promise<Table>;
export async function collect(source: ImageSource, options?: CollectOptions): Promise<Images>;
export async function collect(source: ArraySource, options?: CollectOptions): Promise<NumericArray>;
export async function collect(
  source: SeriesSource,
  options?: CollectOptions,
): Promise<SeriesWindows>;
export async function collect(source: Source, options?: CollectOptions): Promise<Rows>;
export async function collect(
  source: Source,
  { signal, tell }: CollectOptions = {},
): Promise<Rows> {
  const parts: Rows[] = [];
  let rows = 0;
  for await (const part of source.read(signal === undefined ? {} : { signal })) {
    parts.push(part);
    rows += part.rows;
    tell?.(rows);
  }
  if (parts.length === 0) throw empty(source.name, "at least 1 row");
  return concatRows(parts);
}

/**
 * Refuses infinite numbers, naming row and column, both counted from 1.
 *
 * @param data `[rows, …]`
 * @param from rows of the source before these
 */
export function refuseInfinite(
  data: Float32Array | Float64Array,
  rows: number,
  from: number,
  place: string,
): void {
  // x − x is 0 for finite x and NaN otherwise; NaN itself is allowed.
  const at = data.findIndex((x) => x - x !== 0 && !Number.isNaN(x));
  if (at < 0) return;
  const width = data.length / rows;
  throw inputError("data.infinite", {
    place: `${place}, row ${from + Math.floor(at / width) + 1}, column ${(at % width) + 1}`,
    expected: "finite numbers, or NaN for missing",
    got: String(data[at]),
    hint: "replace infinite values by NaN or a number",
  });
}

/** Labels as the part of a source that carries them; checked for their count. */
export function labelling(
  labels: readonly (string | number | null)[] | undefined,
  rows: number,
  place: string,
  label = "labels",
): { label?: string; labels?: () => Promise<readonly (string | null)[]> } {
  if (labels === undefined) return {};
  if (labels.length !== rows) {
    throw inputError("data.labels", {
      place: `${place}, labels ${JSON.stringify(label)}`,
      expected: `${rows} labels, one a row`,
      got: String(labels.length),
      hint: "give the labels that belong to these rows",
    });
  }
  const texts = labels.map((value) => (value === null ? null : String(value)));
  return { label, labels: () => Promise.resolve(texts) };
}

async function* chunks<T extends Rows>(
  rows: T,
  { chunk, signal }: ReadOptions = {},
): AsyncGenerator<T> {
  const size = chunk ?? rows.rows;
  for (let from = 0; from < rows.rows; from += size) {
    signal?.throwIfAborted();
    yield sliceRows(rows, from, Math.min(rows.rows, from + size));
  }
}

function flatten(data: readonly (readonly number[])[], place: string): Float64Array {
  const width = data[0]?.length ?? 0;
  const flat = new Float64Array(data.length * width);
  for (const [row, values] of data.entries()) {
    if (values.length !== width) {
      throw inputError("data.length", {
        place: `${place}, row ${row + 1}`,
        expected: `${width} numbers, as in the first row`,
        got: String(values.length),
        hint: "give rows of one length",
      });
    }
    flat.set(values, row * width);
  }
  return flat;
}

function rowsOf(length: number, shape: readonly number[], place: string): number {
  const size = shape.reduce((product, n) => product * n, 1);
  if (length === 0) throw empty(place, "at least 1 row");
  if (size < 1 || !shape.every(Number.isInteger) || length % size !== 0) {
    throw inputError("data.length", {
      place,
      expected: `a multiple of ${shape.join(" × ")} = ${size} values`,
      got: String(length),
      hint: "check the shape",
    });
  }
  return length / size;
}

function empty(place: string, expected: string): Error {
  return inputError("data.empty", { place, expected, got: "none", hint: "give data with rows" });
}
