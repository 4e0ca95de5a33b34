/**
 * Table files as DuckDB relations: which reader takes them, what their columns
 * are called, and the SQL that gives each column's raw value.
 */

import { basename } from "node:path";

import { inputError } from "../base/errors.ts";
import { packingOf, rawHead, unpackedHead, type Packing } from "./bytes.ts";
import { detectDialect, missingTokens, uniqueNames, type Dialect } from "./csv-dialect.ts";
import { fileList, identifier, literal, queryRows, readingError, type Connection } from "./duck.ts";
import { listNames } from "./names.ts";
import { readFooter, type Footer } from "./parquet-footer.ts";

export type TableFormat = "csv" | "parquet" | "ndjson" | "json";

/** What a column holds before its values were looked at; `text` may turn out to be more. */
export type RawType = "text" | "integer" | "number" | "boolean" | "datetime";

export interface RawColumn {
  readonly name: string;
  readonly type: RawType;
  /** SQL expression of the value: VARCHAR for text, else the file's own type. */
  readonly sql: string;
  /** What the file calls it, which is not always unique. */
  readonly field?: string;
  /** Smallest and largest value, where the file itself says so: all are finite then. */
  readonly range?: readonly [low: number, high: number];
}

export interface Relation {
  readonly from: string;
  readonly columns: readonly RawColumn[];
  /** Where the file itself says so. */
  readonly rows?: number;
  /** Whether text tokens such as `NA` mean missing. */
  readonly tokens: boolean;
  readonly delimiter: string | undefined;
  readonly notes: readonly string[];
}

const formats: Record<string, TableFormat> = {
  csv: "csv",
  tsv: "csv",
  parquet: "parquet",
  ndjson: "ndjson",
  jsonl: "ndjson",
  json: "json",
};

/** Endings of table files that can be read. CSV, TSV and JSON may carry `.gz` or `.zst`. */
export const tableEndings: readonly string[] = Object.keys(formats);

/** The format a file's name speaks of; undefined when it is no table. */
export function tableFormat(path: string): TableFormat | undefined {
  const name = basename(path)
    .toLowerCase()
    .replace(/\.(?:gz|zst)$/, "");
  const ending = name.slice(name.lastIndexOf(".") + 1);
  return Object.hasOwn(formats, ending) ? formats[ending] : undefined;
}

/**
 * Opens `files`, all of one format. `place` is the path as the user wrote it.
 *
 * @param otherwise what files of other endings are
 */
export async function openRelation(
  connection: Connection,
  files: readonly string[],
  place: string,
  otherwise?: TableFormat,
): Promise<Relation> {
  const format = tableFormat(files[0] ?? "") ?? otherwise;
  const odd = files.find((file) => (tableFormat(file) ?? otherwise) !== format);
  if (format === undefined || odd !== undefined) {
    throw inputError("data.format", {
      place,
      expected: `files of one kind, ending in one of .${tableEndings.join(" .")}`,
      got: odd ?? files[0] ?? "nothing",
      hint: "name files of one kind; convert others to CSV or Parquet",
    });
  }
  const packings = await Promise.all(files.map((file) => checkContent(file, format)));
  const packing = packings[0] ?? "none";
  if (format === "csv") return csvRelation(connection, files, packings, place);
  if (format === "parquet") {
    const reader = `read_parquet(${fileList(files)}, union_by_name = true)`;
    const described = await describedRelation(connection, reader, place);
    return withFooter(described, await readFooter(connection, files, place));
  }
  const reader = `read_json(${fileList(files)}, format = '${format === "ndjson" ? "newline_delimited" : "auto"}', compression = '${packing === "none" ? "uncompressed" : packing}', sample_size = -1, union_by_name = true, maximum_object_size = 67108864)`;
  return describedRelation(connection, reader, place);
}

const contentHint = "check that the file is what its name says; save text as UTF-8";

/** Refuses content that cannot be what the name says, before DuckDB puzzles over it. */
async function checkContent(file: string, format: TableFormat): Promise<Packing> {
  const head = await rawHead(file, 4096);
  if (head.length === 0) {
    throw inputError("data.empty", {
      place: file,
      expected: "a table with at least 1 row",
      got: "an empty file",
      hint: "check that the file was written completely",
    });
  }
  const packing = packingOf(head);
  const parquet = Buffer.from(head.subarray(0, 4)).toString("latin1") === "PAR1";
  if (format === "parquet") {
    if (!parquet) {
      throw inputError("data.content", {
        place: file,
        expected: "a Parquet file, which begins with PAR1",
        got: describeHead(head),
        hint: contentHint,
      });
    }
    return "none";
  }
  if (packing === "none" && (parquet || isBinary(head))) {
    throw inputError("data.content", {
      place: file,
      expected: "a text file in UTF-8",
      got: parquet ? "a Parquet file" : describeHead(head),
      hint: parquet ? "rename it to end in .parquet" : contentHint,
    });
  }
  return packing;
}

function isBinary(head: Uint8Array): boolean {
  // Control characters other than tab, line feed, form feed and carriage return.
  return head.some((byte) => byte < 9 || byte === 11 || (byte > 13 && byte < 27));
}

function describeHead(head: Uint8Array): string {
  const bytes = [...head.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ");
  const utf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff);
  return utf16 ? "text in UTF-16" : `binary data (first bytes ${bytes})`;
}

async function csvRelation(
  connection: Connection,
  files: readonly string[],
  packings: readonly Packing[],
  place: string,
): Promise<Relation> {
  const dialects: Dialect[] = [];
  for (const [index, file] of files.entries()) {
    const { text, whole } =
      packings[index] === "zstd" ? await zstdHead(connection, file) : await textHead(file);
    dialects.push(detectDialect(text, whole, files.length === 1 ? place : file));
  }
  const [first] = dialects;
  if (first === undefined) throw new RangeError("no files");
  const key = (d: Dialect) => JSON.stringify([d.names, d.delimiter, d.header]);
  const odd = dialects.findIndex((dialect) => key(dialect) !== key(first));
  if (odd > 0) {
    throw inputError("data.columns", {
      place: files[odd] ?? place,
      expected: `the columns of ${files[0]}: ${listNames(first.names)}`,
      got: listNames(dialects[odd]?.names ?? []),
      hint: "give files with the same columns in the same order, or one file at a time",
    });
  }
  const columns = first.names.map((_, i) => `'c${i}': 'VARCHAR'`).join(", ");
  const reader = (paths: readonly string[], packing: Packing, skip: number) =>
    `read_csv(${fileList(paths)}, auto_detect = false, delim = ${literal(first.delimiter)}, quote = '"', escape = '"', header = ${first.header}, skip = ${skip}, comment = '', strict_mode = true, nullstr = [${missingTokens.map(literal).join(", ")}], compression = '${packing}', columns = {${columns}}, max_line_size = 16777216, buffer_size = 33554432)`;
  // One reader for files that are packed alike, so that many files stay one scan.
  const alike =
    packings.every((p) => p === packings[0]) && dialects.every((d) => d.skip === first.skip);
  const from = alike
    ? reader(files, packings[0] ?? "none", first.skip)
    : `(${files
        .map(
          (f, i) => `SELECT * FROM ${reader([f], packings[i] ?? "none", dialects[i]?.skip ?? 0)}`,
        )
        .join(" UNION ALL ")})`;
  return {
    from,
    columns: first.names.map((name, i) => ({ name, type: "text", sql: `c${i}` })),
    tokens: true,
    delimiter: first.delimiter,
    notes: dialects.flatMap((dialect) => dialect.notes),
  };
}

const headBytes = 1 << 18;

async function textHead(file: string): Promise<{ text: string; whole: boolean }> {
  const { bytes, whole } = await unpackedHead(file, headBytes);
  if (isBinary(bytes.subarray(0, 4096))) {
    throw inputError("data.content", {
      place: file,
      expected: "a text file in UTF-8",
      got: describeHead(bytes),
      hint: contentHint,
    });
  }
  return { text: new TextDecoder().decode(bytes), whole };
}

/** Node 20 has no Zstandard, so the first lines come through DuckDB as one wide column. */
async function zstdHead(connection: Connection, file: string) {
  const lines = 500;
  try {
    const rows = await queryRows(
      connection,
      `SELECT line FROM read_csv(${fileList([file])}, auto_detect = false, delim = '\u001F', quote = '', escape = '', header = false, compression = 'zstd', columns = {'line': 'VARCHAR'}) LIMIT ${lines}`,
    );
    return { text: `${rows.map(([line]) => line ?? "").join("\n")}\n`, whole: true };
  } catch (error) {
    throw readingError(error, file);
  }
}

function withFooter(relation: Relation, { rows, ranges }: Footer): Relation {
  const columns = relation.columns.map((column) => {
    const range = column.field === undefined ? undefined : ranges.get(column.field);
    return range === undefined ? column : { ...column, range };
  });
  return { ...relation, columns, rows };
}

/** Columns of a format that says its own types. */
async function describedRelation(
  connection: Connection,
  reader: string,
  place: string,
): Promise<Relation> {
  let described: readonly (readonly (number | string | null)[])[];
  try {
    described = await queryRows(
      connection,
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM ${reader})`,
    );
  } catch (error) {
    throw readingError(error, place);
  }
  const notes: string[] = [];
  const raw = described.map(([name]) => String(name));
  const names = uniqueNames(raw, place, notes);
  const columns = described.map(([, type], i) => {
    const field = raw[i] ?? "";
    return {
      ...typedColumn(names[i] ?? "", identifier(field), String(type), place, notes),
      field,
    };
  });
  return { from: reader, columns, tokens: false, delimiter: undefined, notes };
}

function typedColumn(
  name: string,
  ref: string,
  type: string,
  place: string,
  notes: string[],
): RawColumn {
  if (type === "BOOLEAN") return { name, type: "boolean", sql: ref };
  if (/^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/.test(type)) {
    return { name, type: "integer", sql: ref };
  }
  if (/^(?:FLOAT|DOUBLE|DECIMAL\(\d+,\d+\))$/.test(type)) return { name, type: "number", sql: ref };
  if (type === "TIME WITH TIME ZONE") return { name, type: "datetime", sql: `(${ref}::TIME)` };
  if (/^(?:DATE|TIME|TIMESTAMP)/.test(type) && !type.endsWith("]")) {
    return { name, type: "datetime", sql: ref };
  }
  if (type === "JSON") return { name, type: "text", sql: `json_extract_string(${ref}, '$')` };
  const plain = /^(?:VARCHAR|ENUM\(.*\)|UUID|"NULL")$/s.test(type);
  if (!plain) {
    notes.push(
      `${place}: column ${JSON.stringify(name)} holds ${type.slice(0, 40)}: read as text.`,
    );
  }
  return { name, type: "text", sql: `CAST(${ref} AS VARCHAR)` };
}
