/** The one place that talks to DuckDB. Loaded when the first table is read or written. */

import { availableParallelism } from "node:os";

import type { DuckDBConnection, DuckDBInstance, DuckDBVector } from "@duckdb/node-api";

import { AutoencoderError, inputError, internalError } from "../base/errors.ts";

export type { DuckDBVector };
export type Connection = DuckDBConnection;

/**
 * What DuckDB is to do: answer questions about a whole file, as fast as it can, or hand over rows
 * one after the other. Then the caller works on them meanwhile and needs a core too; and threads
 * that read further ahead than rows are taken spin, and hold more of the file in memory.
 */
type Job = "answer" | "stream";

const instances: Partial<Record<Job, Promise<DuckDBInstance>>> = {};

/** A new connection to an in-memory DuckDB of the process. Close it with `closeSync()`. */
export async function connect(job: Job = "answer"): Promise<Connection> {
  instances[job] ??= start(job);
  const connection = await (await instances[job]).connect();
  const close = connection.closeSync.bind(connection);
  connection.closeSync = () => {
    open.delete(connection);
    close();
  };
  open.add(connection);
  return connection;
}

const open = new Set<Connection>();

/** Breaks off every query that runs, which then fails: a file of gigabytes takes many seconds. */
export function interruptQueries(): void {
  for (const connection of open) connection.interrupt();
}

async function start(job: Job): Promise<DuckDBInstance> {
  const { DuckDBInstance: database } = await import("@duckdb/node-api");
  const started = await database.create(":memory:", {
    // A reader that is not built in must fail, never be fetched from the network.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
  });
  const connection = await started.connect();
  // Times without a zone must not depend on where the program runs.
  await connection.run("SET GLOBAL TimeZone = 'UTC'");
  if (job === "stream") {
    await connection.run(`SET GLOBAL threads = ${Math.max(1, availableParallelism() - 1)}`);
  }
  for (const setting of limits) await connection.run(setting);
  connection.closeSync();
  return started;
}

/** Settings asked for, also before there is anything to set. */
let limits: readonly string[] = [];

/**
 * Sets how much memory DuckDB may take for its own work, in this process, from now on. The rows
 * handed over to us come on top. Rows keep the order of the file whatever the limit. Where no
 * table was read yet, DuckDB is not loaded for it.
 *
 * @param bytes less than 64 MB count as 64 MB: below, not even one block a column fits
 * @param options.threads that DuckDB works with; each holds a row group in memory while it reads
 */
export async function limitMemory(
  bytes: number,
  { threads }: { readonly threads?: number } = {},
): Promise<void> {
  const limit = Math.max(LEAST_MEMORY, Math.floor(bytes));
  limits = [
    `SET GLOBAL memory_limit = '${limit}B'`,
    ...(threads === undefined ? [] : [`SET GLOBAL threads = ${threads}`]),
  ];
  for (const instance of Object.values(instances)) {
    const connection = await (await instance).connect();
    for (const setting of limits) await connection.run(setting);
    connection.closeSync();
  }
}

const LEAST_MEMORY = 64 * 2 ** 20;

/** Runs `act` with a connection of its own. */
export async function withConnection<T>(act: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connect();
  try {
    return await act(connection);
  } finally {
    connection.closeSync();
  }
}

/** `text` as an SQL string literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `name` as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Files as a list literal for DuckDB's readers, taken by name and not as globs. */
export function fileList(files: readonly string[]): string {
  return `[${files.map((file) => literal(file.replace(/[*?[]/g, "[$&]"))).join(", ")}]`;
}

/** The one row that `sql` gives, as JavaScript values. */
export async function queryRow(
  connection: Connection,
  sql: string,
): Promise<readonly (number | string | null)[]> {
  const rows = await queryRows(connection, sql);
  return rows[0] ?? [];
}

/** All rows that `sql` gives. The query casts what it selects to DOUBLE or VARCHAR. */
export async function queryRows(
  connection: Connection,
  sql: string,
): Promise<readonly (readonly (number | string | null)[])[]> {
  const reader = await connection.runAndReadAll(sql);
  return reader.getRows() as (number | string | null)[][];
}

/** A DOUBLE vector without nulls as it lies in memory: no copy, so valid for this chunk only. */
export function doubles(vector: DuckDBVector): Float64Array {
  // The items are private in the types, and the only way that is not a call a value.
  // Missing values read as 0 here: the query must coalesce them to NaN.
  const items = (vector as unknown as { items?: unknown }).items;
  if (items instanceof Float64Array) return items;
  throw internalError("data.duckdb-vector", {
    place: "DuckDB",
    expected: "a column of DOUBLE",
    got: String(vector.type),
  });
}

/**
 * DuckDB's complaint about a file as an error of ours, with the line when it names one.
 *
 * @param place the path as the user wrote it
 */
export function readingError(error: unknown, place: string): Error {
  // What we said ourselves needs no other words.
  if (error instanceof AutoencoderError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const line = /CSV Error on Line: (\d+)/.exec(message)?.[1];
  const where = line === undefined ? place : `${place}, line ${line}`;
  const options = { cause: error };
  const widths = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(message);
  if (widths !== null) {
    return inputError(
      "data.ragged",
      {
        place: where,
        expected: `${widths[1]} fields, as in the first line`,
        got: `${widths[2]}`,
        hint: "mend the line; a value that holds the delimiter must stand in double quotes",
      },
      options,
    );
  }
  if (message.includes("unterminated quote")) {
    return inputError(
      "data.quote",
      {
        place: where,
        expected: "a closing double quote",
        got: "the end of the value without one",
        hint: "write a double quote inside a value as two",
      },
      options,
    );
  }
  if (/^Out of Memory|could not allocate block/.test(message)) {
    return inputError(
      "data.memory",
      {
        place: where,
        expected: "to be read in the memory that there is",
        got: firstSentence(message),
        hint: "give more (--memory, or { memory } in code), or convert it to Parquet, which takes less to read",
      },
      options,
    );
  }
  if (message.includes("not utf-8") || message.includes("Invalid unicode")) {
    return inputError(
      "data.encoding",
      {
        place: where,
        expected: "text in UTF-8",
        got: "bytes that are not UTF-8",
        hint: "save the file as UTF-8",
      },
      options,
    );
  }
  return inputError(
    "data.unreadable",
    {
      place: where,
      expected: "a table that can be read",
      got: firstSentence(message),
      hint: "check that the file is what its name says and is complete",
    },
    options,
  );
}

function firstSentence(message: string): string {
  const line = message.split("\n")[0] ?? message;
  return line
    .replace(/^[\w ]+ Error: /, "")
    .replace(/\.\s*$/, "")
    .slice(0, 300);
}
