/** Columns from cells in memory, whatever they hold. */
import { inputError } from "../base/errors.ts";
import type { Column } from "./source.ts";

/** A cell of a table in memory; null, undefined, NaN and `""` are missing. */
export type Cell = string | number | boolean | bigint | Date | null | undefined;

export function columnsOfRows(
  rows: readonly Readonly<Record<string, Cell>>[],
): Map<string, Cell[]> {
  const columns = new Map<string, Cell[]>();
  for (const [index, row] of rows.entries()) {
    for (const [name, value] of Object.entries(row)) {
      let cells = columns.get(name);
      if (cells === undefined) {
        cells = Array.from({ length: rows.length }, (): Cell => null);
        columns.set(name, cells);
      }
      cells[index] = value;
    }
  }
  return columns;
}

/** A column of doubles, without a look at what each cell might be; undefined if all are missing. */
function columnOfDoubles(name: string, cells: Float64Array, place: string): Column | undefined {
  let [present, whole] = [false, true];
  for (let row = 0; row < cells.length; row++) {
    const value = cells[row] as number;
    if (Number.isNaN(value)) continue;
    present = true;
    if (value - value !== 0) throw infiniteCell(value, name, row, place);
    whole &&= Number.isInteger(value);
  }
  return present ? { name, type: whole ? "integer" : "number", values: cells.slice() } : undefined;
}

function infiniteCell(cell: unknown, name: string, row: number, place: string): Error {
  return inputError("data.infinite", {
    place: `${place}, row ${row + 1}, column ${JSON.stringify(name)}`,
    expected: "a finite number, or null for missing",
    got: String(cell),
    hint: "replace infinite values by null",
  });
}

/** A column by what its cells are: all of one kind, or words. */
export function columnFrom(name: string, cells: ArrayLike<Cell>, place: string): Column {
  const numbers = cells instanceof Float64Array ? columnOfDoubles(name, cells, place) : undefined;
  if (numbers !== undefined) return numbers;
  const kinds = new Set<string>();
  let whole = true;
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row];
    if (cell === null || cell === undefined || cell === "" || Number.isNaN(cell)) continue;
    const kind = cell instanceof Date ? "date" : typeof cell === "bigint" ? "number" : typeof cell;
    if (kind === "object" || kind === "function" || kind === "symbol") {
      throw inputError("data.cell", {
        place: `${place}, row ${row + 1}, column ${JSON.stringify(name)}`,
        expected: "a string, number, boolean, Date or null",
        got: Array.isArray(cell) ? "an array" : kind,
        hint: "take it apart into columns of its own",
      });
    }
    kinds.add(kind);
    if (kind === "number") {
      const number = Number(cell);
      if (!Number.isFinite(number)) throw infiniteCell(cell, name, row, place);
      whole &&= Number.isInteger(number);
    }
  }
  const [kind] = kinds;
  const type =
    kinds.size !== 1 || kind === "string"
      ? "text"
      : kind === "date"
        ? "datetime"
        : kind === "boolean"
          ? "boolean"
          : whole
            ? "integer"
            : "number";
  if (type !== "text") {
    const values = Float64Array.from(cells as ArrayLike<unknown>, (cell) =>
      cell === null || cell === undefined || cell === "" ? NaN : Number(cell),
    );
    return { name, type, values };
  }
  const known = new Map<string, number>();
  const codes = Int32Array.from(cells as ArrayLike<Exclude<Cell, undefined>>, (cell) => {
    // A hole in an array of columns is undefined, whatever its type says.
    if ((cell ?? "") === "" || cell === null || Number.isNaN(cell)) return -1;
    const text = cell instanceof Date ? cell.toISOString() : String(cell);
    const code = known.get(text) ?? known.size;
    if (code === known.size) known.set(text, code);
    return code;
  });
  return { name, type, codes, dictionary: [...known.keys()] };
}

/** A column's values as labels: numbers in their shortest form, dates as ISO. */
export function labelsOf(column: Column): (string | null)[] {
  if (column.type === "text") {
    return Array.from(column.codes, (code) => column.dictionary[code] ?? null);
  }
  return Array.from(column.values, (value) => {
    if (Number.isNaN(value)) return null;
    if (column.type === "boolean") return value === 1 ? "true" : "false";
    return column.type === "datetime" ? new Date(value).toISOString() : String(value);
  });
}
