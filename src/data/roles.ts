/**
 * What each column of a table is good for. Decided on training rows alone.
 *
 * A column is left out when it can teach nothing (constant, all missing) or
 * only names its row (identifiers, free text): a model that learns those
 * remembers rows instead of their structure.
 */

import { inputError } from "../base/errors.ts";
import type { ColumnFacts } from "./facts.ts";
import type { Column, NumberColumn, Table, TextColumn } from "./source.ts";

export type Role = "numeric" | "categorical" | "boolean" | "datetime";

export interface ColumnRole {
  readonly name: string;
  readonly role: Role;
  /** What the column looks like, for people: `"48 842 different values, 3 missing"`. */
  readonly note: string;
}

export interface LeftOut {
  readonly name: string;
  /** Why, as a sentence. */
  readonly reason: string;
}

export interface RoleOptions {
  /** What to call the table in messages. Default: `"table"`. */
  readonly name?: string;
  /** Columns to keep whatever they look like, unless they are all missing. */
  readonly keep?: readonly string[];
  /** What all training rows say, where the table is a sample of them. */
  readonly facts?: ReadonlyMap<string, ColumnFacts>;
}

/**
 * Gives each column a role or says why it is left out.
 *
 * @param table training rows
 * @throws data.no-columns when nothing is left to learn from
 *
 * @example
 * inferRoles(table).leftOut; // [{ name: "id", reason: "Every row has a value of its own: …" }]
 */
export function inferRoles(
  table: Table,
  options: RoleOptions = {},
): { readonly columns: readonly ColumnRole[]; readonly leftOut: readonly LeftOut[] } {
  const columns: ColumnRole[] = [];
  const leftOut: LeftOut[] = [];
  for (const column of table.columns) {
    const seen = column.type === "text" ? textFacts(column) : numberFacts(column);
    const facts = withAll(seen, options.facts?.get(column.name), column);
    const kept = options.keep?.includes(column.name) === true && facts.present > 0;
    const reason = kept ? undefined : reasonAgainst(column, facts);
    if (reason !== undefined) leftOut.push({ name: column.name, reason });
    else columns.push({ name: column.name, role: roleOf(column), note: describe(facts) });
  }
  if (columns.length === 0) {
    const reasons = leftOut.slice(0, 5).map(({ name, reason }) => {
      return `${JSON.stringify(name)}: ${reason.replace(/\.$/, "")}`;
    });
    throw inputError("data.no-columns", {
      place: options.name ?? "table",
      expected: "at least 1 column to learn from",
      got: `none of ${leftOut.length} (${reasons.join("; ")})`,
      hint: "give data whose columns vary from row to row and repeat a structure",
    });
  }
  return { columns, leftOut };
}

interface Facts {
  readonly rows: number;
  /** Values that are not missing. */
  readonly present: number;
  readonly distinct: number;
  /** Mean length of the distinct texts; 0 for numbers. */
  readonly meanLength: number;
  /** Share of distinct texts that have a space inside. */
  readonly spaced: number;
  /** Whole numbers that go up or down by the same step from row to row. */
  readonly sequence: boolean;
  /** Distinct whole numbers that fill their range without gaps. */
  readonly dense: boolean;
}

function textFacts({ codes, dictionary }: TextColumn): Facts {
  // Through the texts: a dictionary may hold entries that no row uses, or one twice.
  const used = new Set<number>();
  let present = 0;
  for (const code of codes) {
    if (code < 0) continue;
    present++;
    used.add(code);
  }
  const texts = new Set([...used].map((code) => dictionary[code] ?? ""));
  return { ...wordFacts(texts), rows: codes.length, present };
}

/** @param texts each once */
function wordFacts(texts: Iterable<string>): Omit<Facts, "rows" | "present"> {
  let distinct = 0;
  let length = 0;
  let spaced = 0;
  for (const text of texts) {
    distinct++;
    length += text.length;
    if (/\S\s+\S/.test(text)) spaced++;
  }
  return {
    distinct,
    meanLength: distinct === 0 ? 0 : length / distinct,
    spaced: distinct === 0 ? 0 : spaced / distinct,
    sequence: false,
    dense: false,
  };
}

function numberFacts({ values, type }: NumberColumn): Facts {
  const seen = new Set<number>();
  let present = 0;
  let low = Infinity;
  let high = -Infinity;
  let step: number | undefined;
  let steady = true;
  let last: number | undefined;
  for (const value of values) {
    if (Number.isNaN(value)) {
      steady = false;
      continue;
    }
    present++;
    seen.add(value);
    low = Math.min(low, value);
    high = Math.max(high, value);
    if (last !== undefined) {
      step ??= value - last;
      if (value - last !== step) steady = false;
    }
    last = value;
  }
  const whole = type === "integer";
  return {
    rows: values.length,
    present,
    distinct: seen.size,
    meanLength: 0,
    spaced: 0,
    sequence: whole && steady && step !== undefined && step !== 0,
    dense: whole && seen.size === present && high - low + 1 === present,
  };
}

/** The facts of a sample, mended by what all rows say. */
function withAll(seen: Facts, all: ColumnFacts | undefined, column: Column): Facts {
  // The few values of a column that the sample saw none of are not worth a feature.
  if (all === undefined || seen.present === 0) return seen;
  const { rows, present } = all;
  if (column.type === "text") {
    if (all.words !== undefined) return { ...wordFacts(all.words.keys()), rows, present };
    // As large a share of new texts as the sample has, which has no more repeats than all.
    const share = seen.present === 0 ? 0 : seen.distinct / seen.present;
    return { ...seen, rows, present, distinct: Math.round(share * present) };
  }
  const { low, high } = all.range;
  const unique = seen.distinct === seen.present;
  const distinct = low === high ? 1 : unique ? present : Math.max(2, seen.distinct);
  const whole = column.type === "integer";
  return {
    ...seen,
    rows,
    present,
    distinct,
    sequence: whole && all.sequence,
    dense: whole && unique && high - low + 1 === present,
  };
}

/** Names that say "this names the row": `id`, `user_id`, `userId`, pandas' `Unnamed: 0`. */
function isIdName(name: string): boolean {
  return (
    /(^|[_\s.-])(id|uuid|guid|key|index|idx)$|^unnamed: ?0$/i.test(name) ||
    /[a-z](Id|ID|Uuid|UUID)$/.test(name)
  );
}

/** Below this many rows, uniqueness says little. */
const fewRows = 20;

/** Why the column cannot be learned from, or undefined when it can. */
function reasonAgainst(column: Column, facts: Facts): string | undefined {
  const { rows, present, distinct } = facts;
  if (present === 0) return "All values are missing.";
  if (distinct === 1 && present === rows) return "It is constant: every row has the same value.";
  if (distinct === 1 && column.type !== "boolean" && present < 2) {
    return "Only one row has a value.";
  }
  const unique = distinct === present && present > 1;
  const named = isIdName(column.name);
  if (column.type === "integer") {
    // Ids are whole numbers without repeats; a measurement can be too, so that
    // alone is not enough: the name or the pattern has to say so as well.
    if (unique && named) {
      return "It looks like an identifier: every row has a number of its own, and its name says so.";
    }
    if (facts.sequence && present >= fewRows) {
      return "It looks like a row number: it goes by the same step from row to row.";
    }
    if (facts.dense && present >= fewRows) {
      return "It looks like an identifier: whole numbers that each come once, without gaps.";
    }
    return undefined;
  }
  if (column.type !== "text") return undefined;
  if (unique && (named || present >= fewRows)) {
    return "It looks like an identifier: every row has a text of its own.";
  }
  const mostlyNew = distinct > 0.5 * present && present >= 2 * fewRows;
  if (named && mostlyNew) {
    return `It looks like an identifier: ${distinct} different texts in ${present} rows, and its name says so.`;
  }
  const long = facts.meanLength >= 25 && facts.spaced > 0.5;
  if (long && distinct > 100 && distinct > 0.2 * present) {
    return `It looks like free text: ${distinct} different texts of ${Math.round(facts.meanLength)} characters on average.`;
  }
  if (mostlyNew && distinct > 1000) {
    return `It hardly repeats: ${distinct} different texts in ${present} rows.`;
  }
  return undefined;
}

function roleOf(column: Column): Role {
  if (column.type === "text") return "categorical";
  if (column.type === "boolean" || column.type === "datetime") return column.type;
  return "numeric";
}

function describe({ rows, present, distinct }: Facts): string {
  const values = `${distinct} different value${distinct === 1 ? "" : "s"}`;
  return present === rows ? values : `${values}, ${rows - present} missing`;
}
