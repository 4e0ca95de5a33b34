/** Tables from files: CSV, TSV, Parquet, NDJSON and JSON, through DuckDB. */

import { inputError } from "../base/errors.ts";
import { doubles, readingError, withConnection, connect, type DuckDBVector } from "./duck.ts";
import { findName, pickColumns, type ColumnPick } from "./names.ts";
import { markOwned } from "./owned.ts";
import { expandPath } from "./paths.ts";
import { openRelation, type Relation } from "./table-files.ts";
import { refuseInfinite, typeColumns, type TypedColumn } from "./table-types.ts";
import type { Column, NumberColumn, ReadOptions, Table, TableSource } from "./source.ts";

export interface TableOptions extends ColumnPick {
  /** Columns whose values stay text even where all are numbers or dates: codes, classes. */
  readonly text?: readonly string[];
}

/**
 * Opens a table. Nothing is kept in memory: each `read()` walks the file again.
 *
 * @param path a file or a glob of `.csv`, `.tsv`, `.parquet`, `.ndjson`, `.jsonl`
 *   or `.json`; text formats may be packed as `.gz` or `.zst`
 * @param options.select columns to keep, in this order; default all
 * @param options.drop columns to leave out
 * @param options.label column kept apart as labels
 * @param options.text columns to leave as text whatever their values look like
 *
 * Missing are SQL nulls, empty cells, NaN, and in CSV and TSV the cells that
 * pandas takes as missing (`NA`, `N/A`, `null`, `None`, …) and `?`. A lone `-`
 * is missing in a column of numbers, and a category elsewhere.
 *
 * Types come from all values of a column: text that is numbers, ISO dates,
 * `true` and `false` throughout is read as such; numbers with leading zeros
 * (`00501`) stay text. Times are milliseconds, without a zone taken as UTC.
 *
 * @throws data.missing, data.empty, data.content, data.ragged, data.encoding,
 *   data.column, data.infinite; each names file, row or column
 *
 * @example
 * const rows = await readTable("payments.parquet", { drop: ["id"], label: "fraud" });
 */
export async function readTable(path: string, options: TableOptions = {}): Promise<TableSource> {
  const files = await expandPath(path);
  return withConnection(async (connection) => {
    const relation = await openRelation(connection, files, path);
    const names = relation.columns.map((column) => column.name);
    const { keep, label, unused } = pickColumns(names, options, path);
    const needed = label === undefined ? keep : [...keep, label];
    const picked = needed.flatMap((index) => relation.columns[index] ?? []);
    const asText = new Set(options.text ?? []);
    for (const name of asText) findName(name, names, path, "text");
    const typed = await typeColumns(connection, { ...relation, columns: picked }, path, asText);
    if (typed.rows === 0) throw emptyTable(relation, path);
    const columns = typed.columns.slice(0, keep.length);
    await refuseInfinite(connection, relation, columns, path);
    const labelColumn = typed.columns[keep.length];
    return {
      kind: "table",
      name: path,
      rows: typed.rows,
      columns: columns.map(({ name, type }) => ({ name, type })),
      unused,
      notes: [...relation.notes, ...typed.notes],
      read: (read) => walk(relation, columns, typed.rows, path, read),
      ...(labelColumn === undefined
        ? {}
        : {
            label: labelColumn.name,
            labels: () => readLabels(relation, labelColumn, typed.rows, path),
          }),
    };
  });
}

async function* walk(
  relation: Relation,
  columns: readonly TypedColumn[],
  rows: number,
  place: string,
  { chunk, signal, own = false }: ReadOptions = {},
): AsyncGenerator<Table> {
  signal?.throwIfAborted();
  // About 16 MB of float64, in whole DuckDB chunks of 2048 rows.
  const size = chunk ?? Math.min(65536, Math.max(2048, 2048 * Math.floor(1024 / columns.length)));
  const connection = await connect("stream");
  try {
    const result = await connection
      .stream(`SELECT ${columns.map((c) => c.sql).join(", ")} FROM ${relation.from}`)
      .catch((error: unknown) => {
        throw readingError(error, place);
      });
    // Memory of a chunk, for all its columns of numbers: made anew each time, as it is given away.
    const capacity = Math.min(size, rows);
    const wide = columns.filter(({ type }) => type !== "text").length * capacity;
    let block = new Float64Array(0);
    let used = wide;
    const room = (): Float64Array<ArrayBuffer> => {
      if (used === wide) {
        block = new Float64Array(wide);
        used = 0;
      }
      used += capacity;
      return block.subarray(used - capacity, used);
    };
    const fills = columns.map((column) =>
      column.type === "text" ? textFill(column.name, capacity) : numberFill(column, room),
    );
    let held = 0;
    let total = 0;
    const take = (): Table => {
      const chunk: Table = {
        kind: "table",
        rows: held,
        columns: fills.map((fill) => fill.take(held)),
      };
      held = 0;
      return own ? markOwned(chunk) : chunk;
    };
    for (;;) {
      const part = await result.fetchChunk().catch((error: unknown) => {
        throw readingError(error, place);
      });
      signal?.throwIfAborted();
      const count = part?.rowCount ?? 0;
      if (part === null || count === 0) break;
      total += count;
      if (total > rows) break;
      let from = 0;
      while (from < count) {
        const some = Math.min(count - from, size - held);
        for (const [index, fill] of fills.entries()) {
          fill.add(part.getColumnVector(index), from, some, held);
        }
        held += some;
        from += some;
        if (held === size) {
          yield take();
          signal?.throwIfAborted();
        }
      }
    }
    if (held > 0) yield take();
    if (total !== rows) {
      throw inputError("data.changed", {
        place,
        expected: `${rows} rows, as when it was opened`,
        got: total > rows ? "more" : `${total}`,
        hint: "leave the file alone while it is read",
      });
    }
  } finally {
    connection.closeSync();
  }
}

/** Collects one column of a chunk from DuckDB's smaller ones. */
interface Fill {
  /** Values `from` to `from + count` of `vector`, as those after `held`. */
  add(vector: DuckDBVector, from: number, count: number, held: number): void;
  take(rows: number): Column;
}

function numberFill({ name, type }: TypedColumn, room: () => Float64Array<ArrayBuffer>): Fill {
  let values = new Float64Array(0);
  return {
    add(vector, from, count, held) {
      if (held === 0) values = room();
      // A copy: DuckDB's memory goes away with its chunk.
      values.set(doubles(vector).subarray(from, from + count), held);
    },
    take: (rows) => ({
      name,
      type: type as NumberColumn["type"],
      values: values.subarray(0, rows),
    }),
  };
}

function textFill(name: string, capacity: number): Fill {
  let codes = new Int32Array(0);
  let known = new Map<string, number>();
  let dictionary: readonly string[] = [];
  return {
    add(vector, from, count, held) {
      if (held === 0) codes = new Int32Array(capacity);
      for (let i = 0; i < count; i++) {
        const text = vector.getItem(from + i) as string | null;
        let code = -1;
        if (text !== null) {
          code = known.get(text) ?? known.size;
          if (code === known.size) known.set(text, code);
        }
        codes[held + i] = code;
      }
    },
    take(rows) {
      // The same dictionary serves chunk after chunk until it grows large, so
      // that memory stays bounded and joining chunks of few categories is free.
      if (dictionary.length !== known.size) dictionary = [...known.keys()];
      const column = { name, type: "text", codes: codes.subarray(0, rows), dictionary } as const;
      if (known.size > 65536) {
        known = new Map();
        dictionary = [];
      }
      return column;
    },
  };
}

async function readLabels(
  relation: Relation,
  column: TypedColumn,
  rows: number,
  place: string,
): Promise<readonly (string | null)[]> {
  const labels: (string | null)[] = [];
  const labelColumn: TypedColumn = { ...column, type: "text", sql: column.labelSql };
  for await (const { columns, rows: count } of walk(relation, [labelColumn], rows, place)) {
    const [read] = columns;
    if (read?.type !== "text") continue;
    for (let i = 0; i < count; i++) labels.push(read.dictionary[read.codes[i] ?? -1] ?? null);
  }
  return labels;
}

export function emptyTable({ tokens }: Pick<Relation, "tokens">, place: string): Error {
  return inputError("data.empty", {
    place,
    expected: "at least 1 row of data",
    got: tokens ? "a header and no row below it" : "0 rows",
    hint: "check that the file was written completely",
  });
}
