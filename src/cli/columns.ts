/** Results as columns, with no more digits than they have. */
import { roundDigits } from "../base/decimals.ts";
import type { Schema } from "../data/preprocessing.ts";
import { windowValues } from "../data/series-windows.ts";
import type { Column, Interactions, Rows, SeriesWindows, Table } from "../data/source.ts";

/** Rows of any kind as columns: `value0`, … for arrays, `pixel0`, … for images. */
export function asTable(rows: Rows): Table {
  if (rows.kind === "table") return rows;
  if (rows.kind === "series") return windowsTable(rows);
  if (rows.kind === "interactions") return interactionTable(rows);
  const name = rows.kind === "images" ? "pixel" : "value";
  return { kind: "table", rows: rows.rows, columns: numberColumns(name, rows.data, rows.rows) };
}

/**
 * What a model of interactions gives back, the logarithm of the chance of each item, as chances in a
 * column an item; rows of other models as they are.
 *
 * @param users who the rows are
 */
export function asChances(rows: Rows, schema: Schema, users?: readonly string[]): Rows {
  if (schema.kind !== "interactions" || rows.kind !== "array") return rows;
  const columns = numberColumns("", Float64Array.from(rows.data, Math.exp), rows.rows);
  const { items } = schema;
  return {
    kind: "table",
    rows: rows.rows,
    columns: [
      ...(users === undefined ? [] : [textColumn(freeName("user", items), users)]),
      ...columns.map((column, i) => ({ ...column, name: items[i] as string })),
    ],
  };
}

/** A row an interaction. */
function interactionTable({ rows, starts, codes, items, weights, users }: Interactions): Table {
  const owner = new Int32Array(codes.length);
  for (let row = 0; row < rows; row += 1) owner.fill(row, starts[row], starts[row + 1]);
  const names = users ?? Array.from({ length: rows }, (_, row) => String(row + 1));
  return {
    kind: "table",
    rows: codes.length,
    columns: [
      { name: "user", type: "text", codes: owner, dictionary: names },
      { name: "item", type: "text", codes, dictionary: items },
      ...(weights === undefined
        ? []
        : [{ name: "weight", type: "number", values: Float64Array.from(weights) } as const]),
    ],
  };
}

/** A row a step: which window it is of, which step of it, counted from 1, and its channels. */
function windowsTable(windows: SeriesWindows): Table {
  const { rows, window, channels } = windows;
  const values = windowValues(windows);
  const count = rows * window;
  const column = (name: string, of: (i: number) => number, type: "number" | "integer"): Column => {
    const data = new Float64Array(count);
    for (let i = 0; i < count; i += 1) data[i] = of(i);
    return { name, type, values: data };
  };
  return {
    kind: "table",
    rows: count,
    columns: [
      column(freeName("window", channels), (i) => Math.floor(i / window) + 1, "integer"),
      column(freeName("step", channels), (i) => (i % window) + 1, "integer"),
      ...channels.map((name, c) =>
        column(name, (i) => tidy(values[i * channels.length + c] as number), "number"),
      ),
    ],
  };
}

/** What comes out of a network has the digits of a float32: more would be noise. */
export async function* tidyRows(parts: AsyncIterable<Rows> | Iterable<Rows>): AsyncIterable<Rows> {
  for await (const rows of parts) {
    yield rows.kind === "table" ? { ...rows, columns: rows.columns.map(tidyColumn) } : rows;
  }
}

function tidyColumn(column: Column): Column {
  return column.type === "number" ? { ...column, values: column.values.map(tidy) } : column;
}

export function tidy(value: number): number {
  return roundDigits(value, 7);
}

/** `[rows, columns]` row by row → columns `name0`, `name1`, … */
export function numberColumns(
  name: string,
  data: ArrayLike<number>,
  rows: number,
): readonly Column[] {
  const columns = rows === 0 ? 0 : data.length / rows;
  const single = data instanceof Float32Array;
  return Array.from({ length: columns }, (_, column) => {
    const values = new Float64Array(rows);
    for (let row = 0; row < rows; row += 1) {
      const value = data[row * columns + column] as number;
      values[row] = single ? shortest(value) : value;
    }
    return { name: `${name}${column}`, type: "number", values };
  });
}

/** A float32 with the fewest digits that tell it from its neighbours: 0.1, not 0.10000000149. */
function shortest(value: number): number {
  for (let digits = 7; digits < 9; digits += 1) {
    const rounded = roundDigits(value, digits);
    if (Math.fround(rounded) === value) return rounded;
  }
  return roundDigits(value, 9);
}

/** A column of words; null is missing. */
export function textColumn(name: string, values: readonly (string | null)[]): Column {
  const slots = new Map<string, number>();
  const codes = Int32Array.from(values, (value) => {
    if (value === null) return -1;
    const slot = slots.get(value) ?? slots.size;
    slots.set(value, slot);
    return slot;
  });
  return { name, type: "text", codes, dictionary: [...slots.keys()] };
}

/** A name that none of the others has. */
export function freeName(name: string, others: readonly string[]): string {
  return others.includes(name) ? freeName(`${name}_label`, others) : name;
}
