/** A table's columns as the model wants them, and clear words where they are not. */
import { inputError } from "../base/errors.ts";
import type { TableSchema } from "./preprocessing.ts";
import type { Column, Rows } from "./source.ts";

/** Looks columns up by name; order does not matter. */
export function requireColumns(
  rows: Rows,
  schema: TableSchema,
  place: string,
): (name: string) => Column {
  const names = schema.columns.map(({ name }) => name);
  if (rows.kind !== "table") {
    throw inputError("data.kind", {
      place,
      expected: `a table with columns ${list(names)}`,
      got: rows.kind,
    });
  }
  const found = new Map(rows.columns.map((column) => [column.name, column]));
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) {
    throw inputError("data.column-missing", {
      place,
      expected: `column${missing.length > 1 ? "s" : ""} ${list(missing)}, as in training`,
      got: `columns ${list([...found.keys()])}`,
      hint: "give the data all columns that the model was trained on; a value may be empty, a column may not be absent",
    });
  }
  const expected = new Set([...names, ...schema.leftOut.map(({ name }) => name), schema.label]);
  const extra = [...found.keys()].filter((name) => !expected.has(name));
  if (extra.length > 0) {
    throw inputError("data.column-extra", {
      place,
      expected: `only the columns of training: ${list(names)}`,
      got: `also ${list(extra)}`,
      hint: `leave them out: --drop ${extra.join(",")} on the command line, { drop: [${list(extra)}] } in code`,
    });
  }
  return (name) => found.get(name) as Column;
}

/** Numbers of a column; NaN is missing. A text column passes only if it is all missing. */
export function numbersOf(column: Column, place: string): Float64Array {
  if (column.type !== "text") return column.values;
  const row = column.codes.findIndex((code) => code >= 0);
  if (row >= 0) {
    throw inputError("data.column-type", {
      place: `${place}, column "${column.name}", row ${row + 1}`,
      expected: "a number, as in training",
      got: `"${column.dictionary[column.codes[row] as number]}"`,
      hint: "mend the value, or leave it empty if it is not known",
    });
  }
  return new Float64Array(column.codes.length).fill(Number.NaN);
}

/**
 * Words of a column; null is missing, and so is the empty text, which stands for it in the
 * graph. A column of 0 and 1 passes for one of false and true.
 */
export function wordsOf(
  column: Column,
  words: readonly string[],
  place: string,
): readonly (string | null)[] {
  if (column.type === "text") {
    return Array.from(column.codes, (code) => column.dictionary[code] || null);
  }
  const binary = words.every((word) => word === "false" || word === "true");
  if (
    column.type === "boolean" ||
    (binary && column.values.every((x) => !(x !== 0 && x !== 1) || Number.isNaN(x)))
  ) {
    return Array.from(column.values, (x) => (Number.isNaN(x) ? null : x === 0 ? "false" : "true"));
  }
  const row = column.values.findIndex((x) => !Number.isNaN(x));
  if (row >= 0) {
    throw inputError("data.column-type", {
      place: `${place}, column "${column.name}", row ${row + 1}`,
      expected: "a category, as in training",
      got: `the number ${column.values[row]}`,
      hint: "check that the columns are named as in training",
    });
  }
  return Array.from(column.values, () => null);
}

function list(names: readonly string[]): string {
  const shown = names
    .slice(0, 12)
    .map((name) => `"${name}"`)
    .join(", ");
  return names.length > 12 ? `${shown} and ${names.length - 12} more` : shown;
}
