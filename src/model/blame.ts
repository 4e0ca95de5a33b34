/** Which columns, features or pixels a row's score comes from. */
import type { Tensor } from "../base/tensor.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Column, Interactions, Rows, SeriesWindows } from "../data/source.ts";
import type { Blame } from "./types.ts";

type Cell = Blame["actual"];

/** The `count` largest shares of each row, largest first. */
export function blameFrom(
  preprocessing: Preprocessing,
  { data, shape }: Tensor<"float32">,
  actual: Rows,
  expected: Rows,
  count: number,
): readonly (readonly Blame[])[] {
  const width = shape[1] as number;
  const { columns, partColumns } = preprocessing;
  return Array.from({ length: actual.rows }, (_, row) => {
    const parts = data.subarray(row * width, (row + 1) * width);
    const shares =
      columns.length === 0 ? [...parts] : columnShares(parts, partColumns, columns.length);
    return largest(shares, count).map((index) => {
      // Of a channel, the step that tells most.
      const at = actual.kind === "series" ? worstStep(parts, index, columns.length) : index;
      return {
        column: columns[index] ?? placeOf(index, actual),
        share: shares[index] as number,
        actual: cellOf(actual, row, columns[index], at),
        expected: expectedOf(actual, cellOf(expected, row, columns[index], at)),
      };
    });
  });
}

function columnShares(
  parts: Float32Array,
  partColumns: readonly number[],
  columns: number,
): number[] {
  const shares = Array.from({ length: columns }, () => 0);
  for (const [i, share] of parts.entries()) {
    const column = partColumns[i] as number;
    shares[column] = (shares[column] as number) + share;
  }
  return shares;
}

/** Place in a window, `[step, channel]`, of the largest part of a channel. */
function worstStep(parts: Float32Array, channel: number, channels: number): number {
  let worst = channel;
  for (let at = channel; at < parts.length; at += channels)
    if ((parts[at] as number) > (parts[worst] as number)) worst = at;
  return worst;
}

function largest(values: readonly number[], count: number): readonly number[] {
  return values
    .map((_, i) => i)
    .toSorted((a, b) => (values[b] as number) - (values[a] as number))
    .slice(0, count);
}

/** `"y,x"`, with the channel behind where there are several. */
function placeOf(index: number, rows: Rows): string {
  if (rows.kind !== "images") return String(index);
  const { width, channels } = rows;
  const pixel = Math.floor(index / channels);
  const place = `${Math.floor(pixel / width)},${pixel % width}`;
  return channels === 1 ? place : `${place},${index % channels}`;
}

function cellOf(rows: Rows, row: number, name: string | undefined, index: number): Cell {
  if (rows.kind === "series") return seriesCell(rows, row, index);
  if (rows.kind === "interactions") return countOf(rows, row, name);
  if (rows.kind !== "table") return rows.data[(rows.data.length / rows.rows) * row + index] ?? null;
  const column = rows.columns.find((candidate) => candidate.name === name);
  return column === undefined ? null : tableCell(column, row);
}

/** Of interactions, the chance of the item: what comes back is its logarithm. */
function expectedOf({ kind }: Rows, cell: Cell): Cell {
  return kind === "interactions" && typeof cell === "number" ? Math.exp(cell) : cell;
}

/** How much of an item a user has. */
function countOf(rows: Interactions, row: number, name: string | undefined): Cell {
  const { starts, codes, items, weights } = rows;
  for (let i = starts[row] as number; i < (starts[row + 1] as number); i += 1)
    if (items[codes[i] as number] === name) return weights?.[i] ?? 1;
  return 0;
}

function seriesCell({ values, starts, channels }: SeriesWindows, row: number, at: number): Cell {
  const value = values[(starts[row] as number) * channels.length + at];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** A cell as a plain value: dates as ISO text, null where missing. */
export function tableCell(column: Column, row: number): Cell {
  if (column.type === "text") {
    const code = column.codes[row] as number;
    return code < 0 ? null : (column.dictionary[code] as string);
  }
  const value = column.values[row] as number;
  if (Number.isNaN(value)) return null;
  if (column.type === "boolean") return value !== 0;
  return column.type === "datetime" ? new Date(value).toISOString() : value;
}
