/** Fits a table's preprocessing on training rows. */
import type { CategoryColumnSchema, ColumnSchema, TableSchema } from "./preprocessing.ts";
import { inferRoles } from "./roles.ts";
import { fitScaling } from "./scaling.ts";
import type { Column, Table } from "./source.ts";
import { numbersOf, wordsOf } from "./table-columns.ts";

/** Most categories of a column that get a slot of their own; the rest share `other`. */
const MOST_WORDS = 256;
/** In columns of many categories, one seen less often than this shares `other`. */
const LEAST_COUNT = 5;
const MANY_WORDS = 20;

/** Names that the model's own inputs and outputs take. */
const RESERVED = new Set(["latent", "score", "parts"]);

export function fitTable(table: Table, place: string, label: string | undefined): TableSchema {
  const { columns, leftOut } = inferRoles(table);
  const found = new Map(table.columns.map((column) => [column.name, column]));
  return {
    kind: "table",
    label,
    leftOut: leftOut.map(({ name, reason }) => ({ name, reason })),
    columns: columns.map(({ name, role }): ColumnSchema => {
      const column = found.get(name) as Column;
      const input =
        RESERVED.has(name) || name.startsWith("reconstruction.") ? `column.${name}` : name;
      if (role === "numeric" || role === "datetime") {
        const values = numbersOf(column, place);
        const whole = column.type === "integer" || role === "datetime";
        return {
          name,
          input,
          role,
          missing: values.some(Number.isNaN),
          scaling: fitScaling(values, whole),
        };
      }
      return { name, input, role, ...fitCategories(column, role, place) };
    }),
  };
}

function fitCategories(
  column: Column,
  role: "categorical" | "boolean",
  place: string,
): Pick<CategoryColumnSchema, "words" | "missing"> {
  const counts = new Map<string, number>();
  let missing = false;
  for (const word of wordsOf(column, role === "boolean" ? ["false", "true"] : [""], place)) {
    if (word === null) missing = true;
    else counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  // Equal counts in the order of the alphabet, so that the order of rows leaves no trace.
  const ranked = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const kept = ranked.filter(([, count]) => counts.size <= MANY_WORDS || count >= LEAST_COUNT);
  return { missing, words: kept.slice(0, MOST_WORDS).map(([word]) => word) };
}
