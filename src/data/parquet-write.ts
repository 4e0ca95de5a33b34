/**
 * Parquet files, a row group at a time: memory stays bounded, and rows are on their way to the
 * disk while the next are made. Numbers lie as they are, whole numbers as differences, words by
 * their place in a dictionary. Not compressed: what a network gives hardly shrinks.
 *
 * https://parquet.apache.org/docs/file-format/
 */
import { bytesOut, written } from "./bytes-out.ts";
import { columnGatherer, type EncodedColumn } from "./parquet-columns.ts";
import { ENCODINGS } from "./parquet-encodings.ts";
import { putStruct, type Fields, type Thrift } from "./parquet-thrift.ts";
import type { ColumnType, Table } from "./source.ts";

export interface ParquetFile {
  /** Every table has the columns of the file. */
  write(table: Table): Promise<void>;
  /** Writes what is still held, and the footer. */
  finish(): Promise<void>;
}

interface FileColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Rows of a group, unless they are wide: as many as readers take for one thread's work. */
const GROUP_ROWS = 122_880;
const LEAST_GROUP_ROWS = 2048;
/** Numbers of a group; and characters of text in one column of it. */
const GROUP_NUMBERS = 2 ** 21;
const GROUP_CHARACTERS = 2 ** 24;

const MAGIC = new TextEncoder().encode("PAR1");
const CREATED_BY = "autoencoders";
/** The format's numbers for what follows. */
const PAGES = { data: 0, dictionary: 2 } as const;
const TYPES: Readonly<Record<ColumnType, number>> = {
  boolean: 0,
  integer: 2,
  datetime: 2,
  number: 5,
  text: 6,
};
const OPTIONAL = 1;
const UTF8 = 0;
const UNCOMPRESSED = 0;

/**
 * @param put appends bytes to the file; they are not touched again until it is done
 * @param place of the file, for messages
 * @throws data.write for whole numbers beyond 64 bits
 */
export function parquetFile(
  columns: readonly FileColumn[],
  put: (pieces: readonly Uint8Array[]) => Promise<void>,
  place: string,
): ParquetFile {
  const capacity = Math.min(
    GROUP_ROWS,
    Math.max(LEAST_GROUP_ROWS, Math.floor(GROUP_NUMBERS / columns.length)),
  );
  const gatherers = columns.map((column) => columnGatherer(column, capacity, place));
  const groups: Thrift[] = [];
  let offset = 0;
  let held = 0;
  let total = 0;

  async function append(pieces: readonly Uint8Array[]): Promise<void> {
    if (offset === 0) {
      offset = MAGIC.length;
      await put([MAGIC]);
    }
    offset += lengthOf(pieces);
    await put(pieces);
  }

  async function flush(): Promise<void> {
    if (held === 0) return;
    const chunks: Thrift[] = [];
    let bytes = 0;
    for (const [i, column] of columns.entries()) {
      const encoded = gatherers[i]?.encode(held) as EncodedColumn;
      const start = Math.max(offset, MAGIC.length);
      const { dictionary } = encoded;
      if (dictionary !== undefined) await append([dictionaryHeader(dictionary), dictionary.page]);
      const data = Math.max(offset, MAGIC.length);
      await append([dataHeader(encoded, held), ...encoded.page]);
      const size = offset - start;
      bytes += size;
      const [low, high] = encoded.range ?? [];
      chunks.push({
        struct: [
          [2, { i64: start }],
          [
            3,
            {
              struct: [
                [1, { i32: TYPES[column.type] }],
                [2, { list: encodingsOf(encoded).map((i32) => ({ i32 })) }],
                [3, { list: [{ text: column.name }] }],
                [4, { i32: UNCOMPRESSED }],
                [5, { i64: held }],
                [6, { i64: size }],
                [7, { i64: size }],
                [9, { i64: data }],
                [11, dictionary === undefined ? undefined : { i64: start }],
                [
                  12,
                  {
                    struct: [
                      [3, { i64: encoded.missing }],
                      [5, high === undefined ? undefined : { binary: high }],
                      [6, low === undefined ? undefined : { binary: low }],
                    ],
                  },
                ],
              ],
            },
          ],
        ],
      });
    }
    groups.push({
      struct: [
        [1, { list: chunks }],
        [2, { i64: bytes }],
        [3, { i64: held }],
      ],
    });
    total += held;
    held = 0;
  }

  return {
    async write(table) {
      for (let from = 0; from < table.rows;) {
        const count = Math.min(table.rows - from, capacity - held);
        for (const [i, column] of table.columns.entries()) {
          gatherers[i]?.add(column, from, count, held);
        }
        held += count;
        from += count;
        const long = gatherers.some((gatherer) => gatherer.held() > GROUP_CHARACTERS);
        if (held === capacity || long) await flush();
      }
    },
    async finish() {
      await flush();
      const footer = structBytes([
        [1, { i32: 1 }],
        [2, { list: schemaOf(columns) }],
        [3, { i64: total }],
        [4, { list: groups }],
        [6, { text: CREATED_BY }],
        // Smallest and largest go by the order of the type.
        [7, { list: columns.map(() => ({ struct: [[1, { struct: [] }]] })) }],
      ]);
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, footer.length, true);
      await append([footer, length, MAGIC]);
    },
  };
}

function schemaOf(columns: readonly FileColumn[]): readonly Thrift[] {
  return [
    {
      struct: [
        [4, { text: "root" }],
        [5, { i32: columns.length }],
      ],
    },
    ...columns.map(({ name, type }): Thrift => ({
      struct: [
        [1, { i32: TYPES[type] }],
        [3, { i32: OPTIONAL }],
        [4, { text: name }],
        [6, type === "text" ? { i32: UTF8 } : undefined],
        [10, logicalType(type)],
      ],
    })),
  ];
}

function logicalType(type: ColumnType): Thrift | undefined {
  if (type === "text") return { struct: [[1, { struct: [] }]] };
  if (type !== "datetime") return undefined;
  const microseconds: Thrift = { struct: [[2, { struct: [] }]] };
  const timestamp: Thrift = {
    struct: [
      // Without a zone.
      [1, { bool: false }],
      [2, microseconds],
    ],
  };
  return { struct: [[8, timestamp]] };
}

function encodingsOf({ encoding, dictionary }: EncodedColumn): readonly number[] {
  const own = dictionary === undefined ? [encoding] : [ENCODINGS.plain, encoding];
  return [...own, ENCODINGS.rle];
}

function dictionaryHeader({ page, size }: NonNullable<EncodedColumn["dictionary"]>): Uint8Array {
  return structBytes([
    [1, { i32: PAGES.dictionary }],
    [2, { i32: page.length }],
    [3, { i32: page.length }],
    [
      7,
      {
        struct: [
          [1, { i32: size }],
          [2, { i32: ENCODINGS.plain }],
        ],
      },
    ],
  ]);
}

function dataHeader({ page, encoding }: EncodedColumn, rows: number): Uint8Array {
  const size = lengthOf(page);
  return structBytes([
    [1, { i32: PAGES.data }],
    [2, { i32: size }],
    [3, { i32: size }],
    [
      5,
      {
        struct: [
          [1, { i32: rows }],
          [2, { i32: encoding }],
          [3, { i32: ENCODINGS.rle }],
          [4, { i32: ENCODINGS.rle }],
        ],
      },
    ],
  ]);
}

function structBytes(fields: Fields): Uint8Array {
  const out = bytesOut();
  putStruct(out, fields);
  return written(out);
}

function lengthOf(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
