/** Tables as the judge sees them: the same columns in the same order, categories by the same codes. */
import type { Column, Table } from "../../data/source.ts";

/** Missing is NaN. */
export interface NumberField {
  readonly kind: "number";
  readonly name: string;
  readonly values: Float64Array;
}

/** Missing is −1. */
export interface CategoryField {
  readonly kind: "category";
  readonly name: string;
  readonly codes: Int32Array;
  /** How many words there are: codes lie below. */
  readonly words: number;
}

export type Field = NumberField | CategoryField;

export interface Fields {
  readonly rows: number;
  readonly fields: readonly Field[];
}

/** A column of more words than this and than a tenth of its rows names rows, and is not compared. */
const MOST_WORDS = 1000;

/**
 * The columns that all tables have, in the order of the first.
 *
 * @param tables the training rows first
 * @returns the tables in the order given, and the columns that were left out
 */
export function alignTables(tables: readonly Table[]): {
  readonly tables: readonly Fields[];
  readonly leftOut: readonly string[];
} {
  const [first] = tables;
  if (first === undefined) throw new RangeError("alignTables: no tables");
  const leftOut: string[] = [];
  const aligned: (readonly Field[])[] = [];
  for (const { name } of first.columns) {
    const sides = tables.map(({ columns }) => columns.find((column) => column.name === name));
    const fields = alignColumn(name, sides);
    if (fields === undefined) leftOut.push(name);
    else aligned.push(fields);
  }
  return {
    tables: tables.map(({ rows }, side) => ({
      rows,
      fields: aligned.map((fields) => fields[side] as Field),
    })),
    leftOut,
  };
}

function alignColumn(
  name: string,
  sides: readonly (Column | undefined)[],
): readonly Field[] | undefined {
  const here = sides.filter((side) => side !== undefined);
  if (here.length < sides.length) return undefined;
  const words = new Map<string, number>();
  const wordsOf = (column: Column): boolean =>
    column.type === "text" || column.type === "boolean" || column.values.every(Number.isNaN);
  if (here.every((column) => column.type !== "text" && column.type !== "boolean"))
    return here.map((column) => ({
      kind: "number",
      name,
      values: (column as Exclude<Column, { type: "text" }>).values,
    }));
  if (!here.every(wordsOf)) return undefined;
  const codes = here.map((column) => codesIn(column, words));
  const most = Math.max(MOST_WORDS, (codes[0]?.length ?? 0) / 10);
  if (words.size > most) return undefined;
  return codes.map((own) => ({ kind: "category", name, codes: own, words: words.size }));
}

function codesIn(column: Column, words: Map<string, number>): Int32Array {
  const codeOf = (word: string): number => {
    const known = words.get(word) ?? words.size;
    words.set(word, known);
    return known;
  };
  if (column.type !== "text")
    return Int32Array.from(column.values, (value) =>
      Number.isNaN(value) ? -1 : codeOf(value === 0 ? "false" : "true"),
    );
  const { codes, dictionary } = column;
  const own = new Int32Array(dictionary.length).fill(-1);
  return codes.map((code) => {
    if (code < 0) return -1;
    // Words that no row has take no code.
    if (own[code] === -1) own[code] = codeOf(dictionary[code] as string);
    return own[code] as number;
  });
}

/** Some rows, in the order given. */
export function takeFields({ fields }: Fields, rows: Int32Array): Fields {
  return {
    rows: rows.length,
    fields: fields.map((field) =>
      field.kind === "number"
        ? { ...field, values: Float64Array.from(rows, (row) => field.values[row] as number) }
        : { ...field, codes: rows.map((row) => field.codes[row] as number) },
    ),
  };
}

/** Rows of one table after those of another. */
export function joinFields(one: Fields, other: Fields): Fields {
  const rows = one.rows + other.rows;
  return {
    rows,
    fields: one.fields.map((field, i) => {
      const next = other.fields[i] as Field;
      if (field.kind === "number")
        return {
          ...field,
          values: joined(new Float64Array(rows), field.values, (next as NumberField).values),
        };
      return {
        ...field,
        codes: joined(new Int32Array(rows), field.codes, (next as CategoryField).codes),
      };
    }),
  };
}

function joined<A extends Float64Array | Int32Array>(to: A, one: A, other: A): A {
  to.set(one);
  to.set(other, one.length);
  return to;
}
