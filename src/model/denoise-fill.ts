/** Cells of tables and vectors: which are missing, and putting others in their place. */
import type { Column, Rows } from "../data/source.ts";

/** 1 for each missing cell of the model's columns, `[rows, columns]`. */
export function cellsOf(rows: Rows, columns: readonly string[]): Uint8Array {
  const width = columns.length;
  const missing = new Uint8Array(rows.rows * width);
  if (rows.kind === "array") {
    for (let i = 0; i < missing.length; i += 1) missing[i] = Number(Number.isNaN(rows.data[i]));
    return missing;
  }
  if (rows.kind !== "table") return missing;
  for (const [at, name] of columns.entries()) {
    const column = rows.columns.find((one) => one.name === name);
    if (column === undefined) continue;
    for (let row = 0; row < rows.rows; row += 1)
      missing[row * width + at] = Number(isMissing(column, row));
  }
  return missing;
}

function isMissing(column: Column, row: number): boolean {
  if (column.type !== "text") return Number.isNaN(column.values[row]);
  const code = column.codes[row] as number;
  return code < 0 || column.dictionary[code] === "";
}

/** The rows with every marked cell as it is expected; what is not marked stays as it is, to the bit. */
export function withCells(
  rows: Rows,
  expected: Rows,
  columns: readonly string[],
  marks: Uint8Array,
): Rows {
  const width = columns.length;
  if (rows.kind === "array" && expected.kind === "array") {
    const data = Float64Array.from(rows.data);
    for (const [i, mark] of marks.entries()) if (mark !== 0) data[i] = expected.data[i] as number;
    return { ...rows, data };
  }
  if (rows.kind !== "table" || expected.kind !== "table") return rows;
  const places = new Map(columns.map((name, at) => [name, at]));
  return {
    ...rows,
    columns: rows.columns.map((column) => {
      const at = places.get(column.name);
      const other = expected.columns.find((one) => one.name === column.name);
      if (at === undefined || other === undefined) return column;
      const changed: number[] = [];
      for (let row = 0; row < rows.rows; row += 1)
        if (marks[row * width + at] !== 0) changed.push(row);
      return changed.length === 0 ? column : withValues(column, other, changed);
    }),
  };
}

function withValues(column: Column, expected: Column, rows: readonly number[]): Column {
  if (column.type !== "text") {
    const values = Float64Array.from(column.values);
    for (const row of rows) values[row] = numberIn(expected, row);
    // A column of whole numbers gets none between them.
    return column.type === "integer" && rows.some((row) => !Number.isInteger(values[row]))
      ? { ...column, type: "number", values }
      : { ...column, values };
  }
  const codes = Int32Array.from(column.codes);
  const dictionary = [...column.dictionary];
  const known = new Map(dictionary.map((word, code) => [word, code]));
  for (const row of rows) {
    const word = wordIn(expected, row);
    let code = known.get(word);
    if (code === undefined) {
      code = dictionary.push(word) - 1;
      known.set(word, code);
    }
    codes[row] = code;
  }
  return { ...column, codes, dictionary };
}

/** Categories may have been read as words where the model was trained, and as numbers here. */
function numberIn(column: Column, row: number): number {
  if (column.type !== "text") return column.values[row] as number;
  return Number(wordIn(column, row));
}

function wordIn(column: Column, row: number): string {
  if (column.type === "text") return column.dictionary[column.codes[row] as number] ?? "";
  const value = column.values[row] as number;
  return column.type === "boolean" ? String(value !== 0) : String(value);
}
