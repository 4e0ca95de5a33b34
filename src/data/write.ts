/** Tables to files, a chunk at a time: CSV, TSV, NDJSON, JSON and Parquet. */

import { open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { inputError, internalError } from "../base/errors.ts";
import { parquetFile, type ParquetFile } from "./parquet-write.ts";
import type { ColumnType, Table } from "./source.ts";
import { delimited, json, type TextEncoder } from "./text-rows.ts";

export interface TableWriter {
  /** Appends rows. Every table has the names and types of the first. */
  write(table: Table): Promise<void>;
  /** Puts the file in its place. Until then there is nothing at `path`. */
  close(): Promise<void>;
  /** Gives up: nothing is left behind. */
  discard(): Promise<void>;
}

/** From where rows go, and what to call it in errors, to what writes them in a format. */
type Format = (put: Put, path: string) => RowsOut;

const lines: Format = (put) => textRows(json("lines"), put);
const formats: Readonly<Record<string, Format>> = {
  csv: (put) => textRows(delimited(","), put),
  tsv: (put) => textRows(delimited("\t"), put),
  ndjson: lines,
  jsonl: lines,
  json: (put) => textRows(json("array"), put),
  parquet: parquetRows,
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
  const file = await openPart(part, path);
  const rows = format(file.put, path);
  let columns: readonly { readonly name: string; readonly type: ColumnType }[] | undefined;
  return {
    async write(table) {
      if (columns === undefined) {
        columns = table.columns.map(({ name, type }) => ({ name, type }));
        checkNames(columns, path);
        await rows.begin(columns);
      }
      checkColumns(columns, table, path);
      await rows.write(table);
    },
    async close() {
      try {
        await rows.finish();
        await file.close();
        await rename(part, path);
      } finally {
        await file.close();
        await rm(part, { force: true });
      }
    },
    async discard() {
      await file.close();
      await rm(part, { force: true });
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

type Put = (pieces: readonly Uint8Array[]) => Promise<void>;

async function openPart(part: string, path: string) {
  const handle = await openForWriting(part, path);
  let closed = false;
  return {
    put: async (pieces: readonly Uint8Array[]) => {
      for (const piece of pieces) if (piece.length > 0) await handle.writeFile(piece);
    },
    close: async () => {
      if (!closed) await handle.close();
      closed = true;
    },
  };
}

/** Rows on their way into a file. */
interface RowsOut {
  begin(columns: readonly { readonly name: string; readonly type: ColumnType }[]): Promise<void>;
  write(table: Table): Promise<void>;
  finish(): Promise<void>;
}

function textRows(encode: TextEncoder, put: Put): RowsOut {
  let first = true;
  return {
    begin: (columns) => put([encode.head(columns)]),
    write: async (table) => {
      await put([encode.rows(table, first)]);
      if (table.rows > 0) first = false;
    },
    finish: () => put([encode.tail(first)]),
  };
}

function parquetRows(put: Put, path: string): RowsOut {
  let file: ParquetFile | undefined;
  return {
    begin: async (columns) => {
      file = parquetFile(columns, put, path);
    },
    write: async (table) => file?.write(table),
    finish: async () => {
      if (file !== undefined) return file.finish();
      throw inputError("data.empty", {
        place: path,
        expected: "at least 1 column to write",
        got: "none",
        hint: "write rows before closing",
      });
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
