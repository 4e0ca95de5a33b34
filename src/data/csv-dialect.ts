/**
 * How a CSV file is written: its delimiter, whether it has a header, and the
 * names of its columns. DuckDB's own guess turns a ragged file into one wide
 * text column and takes quotes for text when none lies in its sample, so the
 * guess is made here and the reader is then held to it.
 */

import { inputError } from "../base/errors.ts";

export interface Dialect {
  readonly delimiter: string;
  /** Comment lines before the header or the first row. */
  readonly skip: number;
  readonly header: boolean;
  /** Unique, never empty. */
  readonly names: readonly string[];
  readonly notes: readonly string[];
}

/** Cells that mean "missing" in CSV and TSV: pandas' list and `?`. Case matters. */
export const missingTokens: readonly string[] = [
  "",
  "?",
  "NA",
  "<NA>",
  "N/A",
  "n/a",
  "#N/A",
  "#NA",
  "#N/A N/A",
  "NaN",
  "nan",
  "-NaN",
  "-nan",
  "NULL",
  "null",
  "None",
  "1.#IND",
  "1.#QNAN",
  "-1.#IND",
  "-1.#QNAN",
];

const missing = new Set(missingTokens);
const candidates = [",", "\t", ";", "|", "::"] as const;

/**
 * Reads the dialect off the first part of a file.
 *
 * @param head text from the start of the file
 * @param whole whether `head` is the whole file
 * @param place the file's name for messages
 */
export function detectDialect(head: string, whole: boolean, place: string): Dialect {
  let text = head.startsWith("\uFEFF") ? head.slice(1) : head;
  const comments = /^(?:#[^\n]*\r?\n)+/.exec(text)?.[0] ?? "";
  text = text.slice(comments.length);
  const skip = comments.split("\n").length - 1;
  if (text.trim() === "") {
    throw inputError("data.empty", {
      place,
      expected: "a header and at least 1 row",
      got: head.trim() === "" ? "an empty file" : "comments only",
      hint: "check that the file was written completely",
    });
  }
  const { delimiter, records } = bestDelimiter(text, whole);
  const first = records[0] ?? [];
  const header = isHeader(first, records.slice(1));
  const notes: string[] = [];
  if (skip > 0) notes.push(`${place}: skipped ${skip} comment line(s) at the top.`);
  if (!header) {
    notes.push(
      `${place}: the first line looks like data, not a header: columns are named column0 … column${first.length - 1}.`,
    );
  }
  const names = header
    ? uniqueNames(
        first.map((name) => name.trim()),
        place,
        notes,
      )
    : first.map((_, i) => `column${i}`);
  return { delimiter, skip, header, names, notes };
}

/** The candidate under which most records have as many fields as the first. */
function bestDelimiter(text: string, whole: boolean) {
  let best: { delimiter: string; records: string[][]; share: number } | undefined;
  for (const delimiter of candidates) {
    const records = parseRecords(text, delimiter, whole);
    const width = records[0]?.length ?? 0;
    if (width < 2) continue;
    const share = records.filter((record) => record.length === width).length / records.length;
    if (best === undefined || share > best.share) best = { delimiter, records, share };
  }
  if (best !== undefined) return best;
  // One column. If a delimiter cuts all rows below alike, the header is at
  // fault: hold the file to that delimiter, so that the error names the line.
  for (const delimiter of candidates) {
    const records = parseRecords(text, delimiter, whole);
    const widths = new Set(records.slice(1).map((record) => record.length));
    if (widths.size === 1 && !widths.has(1)) return { delimiter, records };
  }
  const unused = candidates.find((delimiter) => !text.includes(delimiter)) ?? "\u001F";
  return { delimiter: unused, records: parseRecords(text, unused, whole) };
}

/** RFC 4180 records of `text`, at most 2000; without the last one when it may be cut. */
export function parseRecords(text: string, delimiter: string, whole: boolean): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let i = 0;
  while (i < text.length && records.length < 2000) {
    let cell = "";
    if (text[i] === '"') {
      let from = i + 1;
      for (;;) {
        const quote = text.indexOf('"', from);
        if (quote < 0) {
          cell += text.slice(from);
          i = text.length;
          break;
        }
        cell += text.slice(from, quote);
        i = quote + 1;
        if (text[i] !== '"') break;
        cell += '"';
        from = i + 1;
      }
    }
    let end = i;
    while (
      end < text.length &&
      !text.startsWith(delimiter, end) &&
      text[end] !== "\n" &&
      text[end] !== "\r"
    )
      end++;
    cell += text.slice(i, end);
    record.push(cell);
    i = end;
    if (text.startsWith(delimiter, i)) {
      i += delimiter.length;
      if (i < text.length) continue;
      record.push("");
    }
    if (text[i] === "\r") i++;
    if (text[i] === "\n") i++;
    if (i < text.length || whole) {
      if (record.length > 1 || record[0] !== "") records.push(record);
    }
    record = [];
  }
  return records;
}

const numeric = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$/;

/** Whether the first record names the columns rather than holding values. */
function isHeader(first: readonly string[], body: readonly string[][]): boolean {
  const numbers = first.filter((cell) => numeric.test(cell)).length;
  if (numbers === 0) {
    // Names do not turn up again as values of their own column.
    const recurring = first.filter((cell, column) =>
      body.some((record) => cell !== "" && record[column] === cell),
    ).length;
    return recurring * 2 < first.length || first.every((cell) => missing.has(cell.trim()));
  }
  // A word above a column of numbers is a name, whatever the others look like.
  const named = first.some((cell, column) => {
    if (numeric.test(cell) || missing.has(cell.trim())) return false;
    const values = body
      .map((record) => record[column]?.trim() ?? "")
      .filter((v) => !missing.has(v));
    return values.length > 0 && values.every((value) => numeric.test(value));
  });
  if (named) return true;
  // Tables written without names by pandas carry 0, 1, 2, … on top.
  const rest = first[0] === "" ? first.slice(1) : first;
  return rest.length > 2 && rest.every((cell, column) => cell === String(column));
}

/** Names made unique and non-empty; what was changed goes to `notes`. */
export function uniqueNames(raw: readonly string[], place: string, notes: string[]): string[] {
  const taken = new Set(raw.filter((name) => name.trim() !== ""));
  const used = new Set<string>();
  return raw.map((name, column) => {
    const base = name.trim() === "" ? `column${column}` : name;
    let unique = base;
    for (let k = 2; used.has(unique) || (unique !== name && taken.has(unique)); k++) {
      unique = `${base}_${k}`;
    }
    used.add(unique);
    if (unique !== name) {
      const why = name.trim() === "" ? "has no name" : `repeats the name ${JSON.stringify(name)}`;
      notes.push(`${place}: column ${column + 1} ${why}: read as ${JSON.stringify(unique)}.`);
    }
    return unique;
  });
}
