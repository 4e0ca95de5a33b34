/** Fits a table's preprocessing on training rows. */
import { inputError } from "../base/errors.ts";
import { decimalsOf, fitBins, mostBins } from "./bins.ts";
import type { InteractionColumns } from "./source.ts";
import type { ColumnFacts } from "./facts.ts";
import type { CategoryColumnSchema, ColumnSchema, TableSchema } from "./preprocessing.ts";
import { inferRoles } from "./roles.ts";
import type { Scaling } from "./scaling.ts";
import { fitScalings } from "./scaling.ts";
import type { Column, Table } from "./source.ts";
import { numbersOf, wordsOf } from "./table-columns.ts";

/** Most categories of a column that get a slot of their own; the rest share `other`. */
const MOST_WORDS = 256;
/** In columns of many categories, one seen less often than this shares `other`. */
const LEAST_COUNT = 5;
const MANY_WORDS = 20;

/** Where rows come from, as far as a schema remembers it. */
export interface Origin {
  readonly name: string;
  readonly label?: string | undefined;
  /** Columns of the data that were not asked for. */
  readonly unused?: readonly string[];
  /** Of interactions: the columns they were read from. */
  readonly interactions?: InteractionColumns | undefined;
}

/** Names that the model's own outputs, weights and renamed inputs take; an input needs a name. */
const RESERVED =
  /^(latent|score|p_value|alarm|parts|expected|classes|key|temperature|label\.used|(score|detector|expected|reconstruction|column|encoder|decoder|variance|classifier|modes|book|units|row)\..*)?$/s;

/** @param facts of all training rows by column, where `table` is a sample of them */
export function fitTable(
  table: Table,
  source: Origin,
  facts: ReadonlyMap<string, ColumnFacts> = new Map(),
): TableSchema {
  const { name: place, label, unused = [] } = source;
  const { columns, leftOut } = inferRoles(table, { name: place, facts });
  if (columns.length < 2) {
    throw inputError("data.columns", {
      place,
      expected: "at least 2 columns, since an autoencoder learns how columns go together",
      got: `only "${columns[0]?.name}"${leftOut.map(({ name, reason }) => `; "${name}" is left out: ${reason}`).join("")}`,
      hint: "give more columns; for one column alone, look at its quantiles",
    });
  }
  const found = new Map(table.columns.map((column) => [column.name, column]));
  const scalings = scalingsOf(columns, found, facts, place);
  const most = mostBins(table.rows, scalings.size);
  const valuesSeen = (values: Float64Array) => {
    const bins = fitBins(values, most);
    const decimals = decimalsOf(values);
    return {
      ...(bins === undefined ? {} : { bins }),
      ...(decimals === undefined ? {} : { decimals }),
    };
  };
  return {
    kind: "table",
    label,
    leftOut: [
      ...leftOut.map(({ name, reason }) => ({ name, reason })),
      ...unused.map((name) => ({ name, reason: "As you asked." })),
    ],
    columns: columns.map(({ name, role }): ColumnSchema => {
      const column = found.get(name) as Column;
      const input = RESERVED.test(name) ? `column.${name}` : name;
      if (role === "numeric" || role === "datetime") {
        const fact = facts.get(name);
        const missing =
          fact === undefined
            ? numbersOf(column, place).some(Number.isNaN)
            : fact.present < fact.rows;
        const scaling = scalings.get(name) as Scaling;
        return { name, input, role, missing, scaling, ...valuesSeen(numbersOf(column, place)) };
      }
      return { name, input, role, ...fitCategories(column, role, place, facts.get(name)) };
    }),
  };
}

/** Dates by themselves, numbers together. */
function scalingsOf(
  columns: readonly { readonly name: string; readonly role: string }[],
  found: ReadonlyMap<string, Column>,
  facts: ReadonlyMap<string, ColumnFacts>,
  place: string,
): ReadonlyMap<string, Scaling> {
  const fit = (role: string): readonly (readonly [string, Scaling])[] => {
    const some = columns.filter((column) => column.role === role);
    const scalings = fitScalings(
      some.map(({ name }) => {
        const column = found.get(name) as Column;
        const integer = column.type === "integer" || role === "datetime";
        return { values: numbersOf(column, place), integer, range: facts.get(name)?.range };
      }),
    );
    return some.map(({ name }, i) => [name, scalings[i] as Scaling] as const);
  };
  return new Map([...fit("numeric"), ...fit("datetime")]);
}

function fitCategories(
  column: Column,
  role: "categorical" | "boolean",
  place: string,
  facts: ColumnFacts | undefined,
): Pick<CategoryColumnSchema, "words" | "missing"> {
  const { counts, missing } =
    facts?.words === undefined
      ? countWords(column, role, place)
      : { counts: new Map(facts.words), missing: facts.present < facts.rows };
  // The empty text stands for missing.
  const empty = counts.delete("");
  // Equal counts in the order of the alphabet, so that the order of rows leaves no trace.
  const ranked = [...counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const frequent = ranked.filter(([, count]) => count >= LEAST_COUNT);
  const kept = counts.size <= MANY_WORDS || frequent.length === 0 ? ranked : frequent;
  // Where no category repeats enough, the first few stand for all: a column needs some.
  const most = frequent.length === 0 ? MANY_WORDS : MOST_WORDS;
  return { missing: missing || empty, words: kept.slice(0, most).map(([word]) => word) };
}

function countWords(column: Column, role: "categorical" | "boolean", place: string) {
  const counts = new Map<string, number>();
  let missing = false;
  for (const word of wordsOf(column, role === "boolean" ? ["false", "true"] : [""], place)) {
    if (word === null) missing = true;
    else counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return { counts, missing };
}
