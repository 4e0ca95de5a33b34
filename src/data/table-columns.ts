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

/**
 * Numbers of a column; NaN is missing. Text passes where it spells numbers: one bad cell
 * makes a reader take its whole column for text, and it is the cell that needs mending.
 *
 * @param first rows of the source before these, for messages
 */
export function numbersOf(column: Column, place: string, first = 0): Float64Array {
  if (column.type !== "text") return column.values;
  const numbers = column.dictionary.map((text) => (text.trim() === "" ? Number.NaN : Number(text)));
  const bad = column.codes.findIndex((code) => code >= 0 && !Number.isFinite(numbers[code]));
  if (bad >= 0) {
    throw inputError("data.column-type", {
      place: `${place}, column "${column.name}", row ${first + bad + 1}`,
      expected: "a number, as in training",
      got: `"${column.dictionary[column.codes[bad] as number]}"`,
      hint: "mend the value, or leave it empty if it is not known",
    });
  }
  return Float64Array.from(column.codes, (code) =>
    code < 0 ? Number.NaN : (numbers[code] as number),
  );
}

/**
 * Words of a column; null is missing, and so is the empty text, which stands for it in the
 * graph. A column of 0 and 1 passes for one of false and true.
 *
 * @param words categories of training
 * @param first rows of the source before these, for messages
 */
export function wordsOf(
  column: Column,
  words: readonly string[],
  place: string,
  first = 0,
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
  // Codes such as 7 or 12 are categories to a model that was trained on some as text.
  if (words.some((word) => word !== "" && Number.isFinite(Number(word)))) {
    return Array.from(column.values, (x) => (Number.isNaN(x) ? null : String(x)));
  }
  const row = column.values.findIndex((x) => !Number.isNaN(x));
  if (row >= 0) {
    throw inputError("data.column-type", {
      place: `${place}, column "${column.name}", row ${first + row + 1}`,
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
