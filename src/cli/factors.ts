/** Known factors of variation, from columns of the data or of a table beside it. */
import { inputError } from "../base/errors.ts";
import type { Column, Source, TableSource } from "../data/source.ts";
import { list } from "./values.ts";

type Factors = Readonly<Record<string, readonly (string | number | null)[]>>;

interface Given {
  readonly factors?: string;
  readonly factorsFrom?: string;
}

/**
 * @param data the path of the data
 * @throws `options.invalid` for data that has no columns, and what reading a table throws
 */
export async function readFactors(
  source: Source,
  data: string,
  { factors, factorsFrom }: Given,
): Promise<Factors | undefined> {
  if (factors === undefined && factorsFrom === undefined) return undefined;
  if (factorsFrom === undefined) requireTable(source, "--factors");
  const { openData } = await import("../data/open.ts");
  const { collect } = await import("../data/memory.ts");
  const select = factors === undefined ? {} : { select: list(factors, "--factors") };
  const found = await openData(factorsFrom ?? data, select);
  requireTable(found, "--factors-from");
  if (found.rows !== source.rows) {
    throw inputError("options.invalid", {
      place: `--factors-from, ${found.name}`,
      expected: `${source.rows} rows, as in ${source.name}`,
      got: String(found.rows),
    });
  }
  const { columns } = await collect(found);
  return Object.fromEntries(columns.map((column) => [column.name, valuesOf(column)]));
}

function requireTable(source: Source, place: string): asserts source is TableSource {
  if (source.kind === "table") return;
  throw inputError("options.invalid", {
    place,
    expected: "a table, whose columns are the factors",
    got: `${source.name}, ${source.kind === "images" ? "images" : "an array"}`,
    hint: "give the factors as a table with --factors-from FILE",
  });
}

function valuesOf(column: Column): readonly (string | number | null)[] {
  return column.type === "text"
    ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
    : Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
}
