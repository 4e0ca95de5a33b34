/** Cutting, picking and joining rows in memory. */

import { internalError } from "../base/errors.ts";
import { concatInteractions, sliceInteractions, takeInteractions } from "./interaction-rows.ts";
import type {
  Column,
  Images,
  Interactions,
  NumericArray,
  Rows,
  SeriesWindows,
  Table,
} from "./source.ts";

/** Rows `from` (included) to `to` (not included), sharing memory with `rows`. */
export function sliceRows<T extends Rows>(rows: T, from: number, to: number): T;
export function sliceRows(rows: Rows, from: number, to: number): Rows {
  const count = to - from;
  if (from === 0 && count === rows.rows) return rows;
  if (rows.kind === "table") {
    const columns = rows.columns.map((column): Column =>
      column.type === "text"
        ? { ...column, codes: column.codes.subarray(from, to) }
        : { ...column, values: column.values.subarray(from, to) },
    );
    return { ...rows, rows: count, columns };
  }
  if (rows.kind === "series") {
    return { ...rows, rows: count, starts: rows.starts.subarray(from, to) };
  }
  if (rows.kind === "interactions") return sliceInteractions(rows, from, to);
  const size = rows.data.length / rows.rows;
  if (rows.kind === "images") {
    return { ...rows, rows: count, data: rows.data.subarray(from * size, to * size) };
  }
  return { ...rows, rows: count, data: rows.data.subarray(from * size, to * size) };
}

/**
 * The rows at `indices`, in that order; an index may come more than once.
 *
 * @param indices row numbers from 0
 */
export function takeRows<T extends Rows>(rows: T, indices: Int32Array): T;
export function takeRows(rows: Rows, indices: Int32Array): Rows {
  const bad = indices.find((index) => index < 0 || index >= rows.rows);
  if (bad !== undefined) {
    throw internalError("data.row-index", {
      place: "takeRows",
      expected: `row numbers from 0 to ${rows.rows - 1}`,
      got: String(bad),
    });
  }
  const count = indices.length;
  if (rows.kind === "table") {
    const columns = rows.columns.map((column): Column => {
      if (column.type === "text") {
        const codes = new Int32Array(count);
        for (let i = 0; i < count; i++) codes[i] = column.codes[indices[i] ?? 0] ?? -1;
        return { ...column, codes };
      }
      const values = new Float64Array(count);
      for (let i = 0; i < count; i++) values[i] = column.values[indices[i] ?? 0] ?? NaN;
      return { ...column, values };
    });
    return { ...rows, rows: count, columns };
  }
  if (rows.kind === "series") {
    const starts = indices.map((index) => rows.starts[index] as number);
    return { ...rows, rows: count, starts };
  }
  if (rows.kind === "interactions") return takeInteractions(rows, indices);
  const size = rows.rows === 0 ? 0 : rows.data.length / rows.rows;
  if (rows.kind === "images") {
    return { ...rows, rows: count, data: gather(rows.data, new Uint8Array(count * size), indices) };
  }
  const data =
    rows.data instanceof Float32Array
      ? gather(rows.data, new Float32Array(count * size), indices)
      : gather(rows.data, new Float64Array(count * size), indices);
  return { ...rows, rows: count, data };
}

function gather<T extends Uint8Array | Float32Array | Float64Array>(
  from: T,
  to: T,
  indices: Int32Array,
): T {
  const size = indices.length === 0 ? 0 : to.length / indices.length;
  for (const [i, index] of indices.entries()) {
    to.set(from.subarray(index * size, (index + 1) * size), i * size);
  }
  return to;
}

/**
 * Chunks of one source joined in order. Text columns get one dictionary.
 *
 * @param parts at least one, all of one kind and shape
 */
export function concatRows<T extends Rows>(parts: readonly T[]): T;
export function concatRows(parts: readonly Rows[]): Rows {
  const [first] = parts;
  if (first === undefined) throw new RangeError("concatRows: no parts");
  if (parts.length === 1) return first;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  if (first.kind === "table") {
    const tables = parts.filter((part): part is Table => part.kind === "table");
    const columns = first.columns.map((column, i) =>
      concatColumn(
        column,
        tables.map((table) => table.columns[i] ?? column),
        rows,
      ),
    );
    return { kind: "table", rows, columns };
  }
  if (first.kind === "series") {
    return concatWindows(parts.filter((part): part is SeriesWindows => part.kind === "series"));
  }
  if (first.kind === "interactions") {
    return concatInteractions(parts.filter((p): p is Interactions => p.kind === "interactions"));
  }
  const size = (first.data.length / first.rows) * rows;
  if (first.kind === "images") {
    const images = parts.filter((part): part is Images => part.kind === "images");
    return {
      ...first,
      rows,
      data: join(
        new Uint8Array(size),
        images.map((p) => p.data),
      ),
    };
  }
  const arrays = parts.filter((part): part is NumericArray => part.kind === "array");
  const single = arrays.every((part) => part.data instanceof Float32Array);
  const data = single ? new Float32Array(size) : new Float64Array(size);
  return {
    ...first,
    rows,
    data: join(
      data,
      arrays.map((part) => part.data),
    ),
  };
}

function join<T extends Uint8Array | Float32Array | Float64Array>(
  to: T,
  parts: readonly ArrayLike<number>[],
): T {
  let at = 0;
  for (const part of parts) {
    to.set(part, at);
    at += part.length;
  }
  return to;
}

/** Windows over the same points stay windows over them; else the points are put side by side. */
function concatWindows(parts: readonly SeriesWindows[]): SeriesWindows {
  const [first] = parts as readonly [SeriesWindows];
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const starts = new Int32Array(rows);
  const shared = parts.every(({ values }) => values === first.values);
  let [at, points] = [0, 0];
  const held = new Map<Float64Array, number>();
  for (const part of parts) {
    const before = shared ? 0 : (held.get(part.values) ?? points);
    for (const start of part.starts) starts[at++] = before + start;
    if (held.has(part.values)) continue;
    held.set(part.values, before);
    points += part.values.length / part.channels.length;
  }
  if (shared) return { ...first, rows, starts };
  const { points: _, ...rest } = first;
  const values = join(new Float64Array(points * first.channels.length), [...held.keys()]);
  return { ...rest, rows, starts, values };
}

function concatColumn(first: Column, parts: readonly Column[], rows: number): Column {
  const other = parts.find((part) => part.name !== first.name || part.type !== first.type);
  if (other !== undefined) {
    throw internalError("data.chunks", {
      place: `column ${JSON.stringify(first.name)}`,
      expected: `chunks of ${first.type} columns with this name`,
      got: `${JSON.stringify(other.name)}, ${other.type}`,
    });
  }
  if (first.type !== "text") {
    const values = parts.map((part) => (part.type === "text" ? [] : part.values));
    return { ...first, values: join(new Float64Array(rows), values) };
  }
  const known = new Map<string, number>();
  const codes = new Int32Array(rows);
  let at = 0;
  let last: { dictionary: readonly string[]; merged: Int32Array } | undefined;
  for (const part of parts) {
    if (part.type !== "text") continue;
    if (last?.dictionary !== part.dictionary) {
      const merged = Int32Array.from(part.dictionary, (text) => {
        const code = known.get(text) ?? known.size;
        if (code === known.size) known.set(text, code);
        return code;
      });
      last = { dictionary: part.dictionary, merged };
    }
    const { merged } = last;
    for (const code of part.codes) codes[at++] = code < 0 ? -1 : (merged[code] ?? -1);
  }
  return { ...first, codes, dictionary: [...known.keys()] };
}
