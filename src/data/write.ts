/** Tables to files, a chunk at a time: CSV, TSV, NDJSON, JSON and Parquet. */

import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { inputError, internalError } from "../base/errors.ts";
import { fileList, identifier, literal, withConnection } from "./duck.ts";
import type { Column, ColumnType, Table } from "./source.ts";

export interface TableWriter {
  /** Appends rows. Every table has the names and types of the first. */
  write(table: Table): Promise<void>;
  /** Puts the file in its place. Until then there is nothing at `path`. */
  close(): Promise<void>;
  /** Gives up: nothing is left behind. */
  discard(): Promise<void>;
}

type Format = "csv" | "tsv" | "ndjson" | "json" | "parquet";

const formats: Record<string, Format> = {
  csv: "csv",
  tsv: "tsv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  json: "json",
  parquet: "parquet",
};

/** Endings that tables can be written to. */
export const writableEndings: readonly string[] = Object.keys(formats);

/**
 * Opens a table file for writing. Rows go to a temporary file beside it, which
 * takes the name at `close()`, so a run that fails leaves nothing half-written.
 *
 * Date-times are written as ISO 8601 in UTC, whole numbers without a point,
 * booleans as true and false, missing values as empty cells or null.
 *
 * @throws data.format for an unknown ending, data.write when the file cannot be made
 *
 * @example
 * const writer = await openWriter("scores.csv");
 * for await (const table of scores) await writer.write(table);
 * await writer.close();
 */
export async function openWriter(path: string): Promise<TableWriter> {
  const ending = path.slice(path.lastIndexOf(".") + 1).toLowerCase();
  const format = Object.hasOwn(formats, ending) ? formats[ending] : undefined;
  if (format === undefined) {
    throw inputError("data.format", {
      place: path,
      expected: `a name that ends in .${writableEndings.join(", .")}`,
      got: JSON.stringify(basename(path)),
      hint: "give the file one of these endings",
    });
  }
  const part = temporaryPath(path);
  const text = await openText(format === "parquet" ? `${part}.csv` : part, path);
  const encode = encoders[format];
  let columns: readonly { readonly name: string; readonly type: ColumnType }[] | undefined;
  let rows = 0;
  return {
    async write(table) {
      if (columns === undefined) {
        columns = table.columns.map(({ name, type }) => ({ name, type }));
        checkNames(columns, path);
        await text.write(encode.head(columns));
      }
      checkColumns(columns, table, path);
      await text.write(encode.rows(table, rows === 0));
      rows += table.rows;
    },
    async close() {
      try {
        if (columns === undefined && format === "json") await text.write("[");
        await text.write(encode.tail(rows === 0));
        await text.close();
        if (format === "parquet") await toParquet(`${part}.csv`, part, columns ?? [], path);
        await rename(part, path);
      } finally {
        await removeAll(part);
      }
    },
    async discard() {
      await text.close();
      await removeAll(part);
    },
  };
}

/** Writes a whole table, or a stream of chunks, to `path`. See `openWriter`. */
export async function writeTable(
  path: string,
  tables: Table | AsyncIterable<Table> | Iterable<Table>,
): Promise<void> {
  const writer = await openWriter(path);
  try {
    if ("kind" in tables) await writer.write(tables);
    else for await (const table of tables) await writer.write(table);
  } catch (error) {
    await writer.discard();
    throw error;
  }
  await writer.close();
}

/** A name beside `path`, on the same disk so that renaming is one act. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${Date.now().toString(36)}.part`);
}

async function removeAll(part: string): Promise<void> {
  await rm(part, { force: true });
  await rm(`${part}.csv`, { force: true });
}

/** Opens a file for writing; an error names the path that the user wrote. */
export async function openForWriting(file: string, path: string): Promise<FileHandle> {
  return open(file, "w").catch((error: unknown) => {
    throw inputError(
      "data.write",
      {
        place: path,
        expected: "a folder that exists and can be written to",
        got: error instanceof Error ? error.message : String(error),
        hint: "make the folder first, or write somewhere else",
      },
      { cause: error },
    );
  });
}

async function openText(file: string, path: string) {
  const handle = await openForWriting(file, path);
  let closed = false;
  return {
    write: async (text: string) => {
      if (text !== "") await handle.writeFile(text);
    },
    close: async () => {
      if (!closed) await handle.close();
      closed = true;
    },
  };
}

function checkNames(columns: readonly { readonly name: string }[], path: string): void {
  const names = columns.map((column) => column.name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw internalError("data.names", {
    place: path,
    expected: "columns with names of their own",
    got: `${JSON.stringify(twice)} twice`,
  });
}

function checkColumns(
  columns: readonly { readonly name: string; readonly type: ColumnType }[],
  table: Table,
  path: string,
): void {
  const describe = (list: readonly { readonly name: string; readonly type: ColumnType }[]) =>
    list.map(({ name, type }) => `${name}: ${type}`).join(", ");
  const [expected, got] = [describe(columns), describe(table.columns)];
  if (expected === got) return;
  throw internalError("data.chunks", { place: path, expected: `columns ${expected}`, got });
}

interface Encoder {
  head(columns: readonly { readonly name: string }[]): string;
  rows(table: Table, first: boolean): string;
  tail(empty: boolean): string;
}

const encoders: Record<Format, Encoder> = {
  csv: delimited(","),
  tsv: delimited("\t"),
  parquet: delimited(","),
  ndjson: {
    head: () => "",
    rows: (table) =>
      jsonRows(table)
        .map((row) => `${row}\n`)
        .join(""),
    tail: () => "",
  },
  json: {
    head: () => "[",
    rows: (table, first) =>
      jsonRows(table)
        .map((row, i) => (first && i === 0 ? `\n${row}` : `,\n${row}`))
        .join(""),
    tail: (empty) => (empty ? "]\n" : "\n]\n"),
  },
};

function delimited(delimiter: string): Encoder {
  const special = new RegExp(`[${delimiter}"\r\n]`);
  const quote = (text: string) => {
    // Readers trim bare spaces at the ends.
    const plain = !special.test(text) && text === text.trim() && text !== "";
    return plain ? text : `"${text.replaceAll('"', '""')}"`;
  };
  const cellOf = (column: Column) => {
    if (column.type === "text") {
      const quoted = column.dictionary.map(quote);
      return (row: number) => quoted[column.codes[row] ?? -1] ?? "";
    }
    const { values, type } = column;
    return (row: number) => numberText(values[row] ?? NaN, type) ?? "";
  };
  return {
    head: (columns) => `${columns.map(({ name }) => quote(name)).join(delimiter)}\n`,
    rows(table) {
      const cells = table.columns.map(cellOf);
      const lines: string[] = [];
      for (let row = 0; row < table.rows; row++) {
        const line = cells.map((cell) => cell(row)).join(delimiter);
        // A blank line would be no row at all to most readers.
        lines.push(line === "" ? '""\n' : `${line}\n`);
      }
      return lines.join("");
    },
    tail: () => "",
  };
}

function jsonRows(table: Table): string[] {
  const cells = table.columns.map((column) => {
    const key = `${JSON.stringify(column.name)}:`;
    if (column.type === "text") {
      const texts = column.dictionary.map((text) => key + JSON.stringify(text));
      return (row: number) => texts[column.codes[row] ?? -1] ?? `${key}null`;
    }
    const { values, type } = column;
    return (row: number) => {
      const text = numberText(values[row] ?? NaN, type);
      const quoted = type === "datetime" && text !== undefined ? `"${text}"` : text;
      return `${key}${quoted ?? "null"}`;
    };
  });
  return Array.from({ length: table.rows }, (_, row) => `{${cells.map((c) => c(row)).join(",")}}`);
}

/** A number as text in its type; undefined when missing. */
function numberText(value: number, type: ColumnType): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  if (type === "boolean") return value === 0 ? "false" : "true";
  if (type === "integer") return String(Math.round(value));
  if (type === "datetime") {
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
  }
  return String(value);
}

/** Parquet from the CSV just written: DuckDB streams it, so memory stays bounded. */
async function toParquet(
  from: string,
  to: string,
  columns: readonly { readonly name: string; readonly type: ColumnType }[],
  path: string,
): Promise<void> {
  if (columns.length === 0) {
    throw inputError("data.empty", {
      place: path,
      expected: "at least 1 column to write",
      got: "none",
      hint: "write rows before closing",
    });
  }
  const sqlTypes: Record<ColumnType, string> = {
    text: "VARCHAR",
    boolean: "BOOLEAN",
    integer: "BIGINT",
    number: "DOUBLE",
    datetime: "TIMESTAMP",
  };
  const types = columns.map(({ type }, i) => `'c${i}': '${sqlTypes[type]}'`).join(", ");
  const names = columns.map(({ name }, i) => `c${i} AS ${identifier(name)}`).join(", ");
  await withConnection((connection) =>
    connection.run(
      `COPY (SELECT ${names} FROM read_csv(${fileList([from])}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"', nullstr = '', columns = {${types}}, max_line_size = 16777216)) TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`,
    ),
  );
}
