import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bytesOut, written } from "./bytes-out.ts";
import { literal, queryRows, withConnection } from "./duck.ts";
import { putDeltas } from "./parquet-encodings.ts";
import type { Column, ColumnType, Table } from "./source.ts";
import { openWriter, writeTable } from "./write.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-parquet-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What DuckDB, which has nothing to do with the writer, makes of a file. */
function ask(path: string, what: string, more = "") {
  return withConnection((connection) =>
    queryRows(connection, `SELECT ${what} FROM read_parquet(${literal(path)}) ${more}`),
  );
}

function typesOf(path: string) {
  return withConnection((connection) =>
    queryRows(
      connection,
      `SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet(${literal(path)}))`,
    ),
  );
}

const number = (
  name: string,
  type: Exclude<ColumnType, "text">,
  values: readonly number[],
): Column => ({
  name,
  type,
  values: Float64Array.from(values),
});
const words = (name: string, codes: readonly number[], dictionary: readonly string[]): Column => ({
  name,
  type: "text",
  codes: Int32Array.from(codes),
  dictionary,
});
const tableOf = (...columns: readonly Column[]): Table => {
  const [first] = columns;
  const rows =
    first === undefined ? 0 : (first.type === "text" ? first.codes : first.values).length;
  return { kind: "table", rows, columns };
};

describe("types and bounds", () => {
  test("every type, with what is missing as null", async () => {
    const path = join(folder, "types.parquet");
    const table = tableOf(
      number("x", "number", [0.1, Number.NaN, -0, 5e-324, -1.7976931348623157e308, Infinity]),
      number("whole", "integer", [1, Number.NaN, -(2 ** 63), 2 ** 63 - 1024, 0.6, -7]),
      number("flag", "boolean", [1, 0, Number.NaN, 0, 1, 1]),
      number("time", "datetime", [0, 1577934245678, -1, Number.NaN, 8.64e15, -8.64e15]),
      number("day", "datetime", [0, 86400000, -86400000, Number.NaN, 9e15, 2 * 86400000]),
      words("text", [0, 1, 2, -1, 3, 4], ['say "hi",\n\tno', "ünïcødé 🙂", " spaces ", "", "x"]),
      words("none", [-1, -1, -1, -1, -1, -1], []),
      number(
        "never",
        "integer",
        [1, 2, 3, 4, 5, 6].map(() => Number.NaN),
      ),
    );
    await writeTable(path, table);
    expect(await typesOf(path)).toEqual([
      ["x", "DOUBLE"],
      ["whole", "BIGINT"],
      ["flag", "BOOLEAN"],
      ["time", "TIMESTAMP"],
      ["day", "TIMESTAMP"],
      ["text", "VARCHAR"],
      ["none", "VARCHAR"],
      ["never", "BIGINT"],
    ]);
    const text = (name: string) => `CAST(${name} AS VARCHAR)`;
    const found = await ask(
      path,
      `x, ${text("whole")}, ${text("flag")}, ${text("epoch_us(time)")}, ${text("epoch_us(day)")}, text, none, ${text("never")}`,
    );
    const day = 86_400_000_000;
    expect(found).toEqual([
      [0.1, "1", "true", "0", "0", 'say "hi",\n\tno', null, null],
      [null, null, "false", "1577934245678000", String(day), "ünïcødé 🙂", null, null],
      [-0, "-9223372036854775808", null, "-1000", String(-day), " spaces ", null, null],
      [5e-324, "9223372036854774784", "false", null, null, null, null, null],
      [-1.7976931348623157e308, "1", "true", "8640000000000000000", null, null, null, null],
      [null, "-7", "true", "-8640000000000000000", String(2 * day), "x", null, null],
    ]);
  });

  test("the ranges that the file tells are those of its values", async () => {
    const path = join(folder, "ranges.parquet");
    await writeTable(
      path,
      tableOf(
        number("x", "number", [0.5, Number.NaN, -2.25]),
        number("i", "integer", [-3, 12, Number.NaN]),
        number("d", "datetime", [1000, Number.NaN, 5000]),
      ),
    );
    const stats = await withConnection((connection) =>
      queryRows(
        connection,
        `SELECT path_in_schema, stats_min_value, stats_max_value, CAST(stats_null_count AS DOUBLE) FROM parquet_metadata(${literal(path)})`,
      ),
    );
    expect(stats).toEqual([
      ["x", "-2.25", "0.5", 1],
      ["i", "-3", "12", 1],
      ["d", "1970-01-01 00:00:01", "1970-01-01 00:00:05", 1],
    ]);
    // Readers skip what the ranges exclude.
    expect(await ask(path, "x", "WHERE i > 11")).toEqual([[null]]);
  });

  test("no rows, and only missing ones", async () => {
    const path = join(folder, "empty.parquet");
    await writeTable(path, tableOf(number("a", "number", []), words("b", [], [])));
    expect(await typesOf(path)).toEqual([
      ["a", "DOUBLE"],
      ["b", "VARCHAR"],
    ]);
    expect(await ask(path, "CAST(count(*) AS DOUBLE)")).toEqual([[0]]);
  });

  test("whole numbers beyond 64 bits are refused, and nothing is left", async () => {
    const path = join(folder, "beyond.parquet");
    const table = tableOf(number("n", "integer", [1, 2 ** 63]));
    await expect(writeTable(path, table)).rejects.toThrow(
      /column "n": expected whole numbers of at most 64 bits.*write CSV/is,
    );
    expect((await readdir(folder)).filter((name) => name.includes("beyond"))).toEqual([]);
  });

  test("no table at all is refused", async () => {
    const writer = await openWriter(join(folder, "never.parquet"));
    await expect(writer.close()).rejects.toThrow("at least 1 column");
    expect((await readdir(folder)).filter((name) => name.includes("never"))).toEqual([]);
  });
});

describe("any values, in any chunks", () => {
  const cell = {
    number: fc.double({ noNaN: true, noDefaultInfinity: true }),
    integer: fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.constantFrom(0, 1, 2 ** 62, -(2 ** 62)),
    ),
    boolean: fc.constantFrom(0, 1),
    datetime: fc.integer({ min: -8.64e15, max: 8.64e15 }),
    word: fc.nat({ max: 5 }),
  };
  const missing = { nil: Number.NaN, freq: 4 } as const;
  const row = fc.record({
    number: fc.option(cell.number, missing),
    integer: fc.option(cell.integer, missing),
    boolean: fc.option(cell.boolean, missing),
    datetime: fc.option(cell.datetime, missing),
    word: fc.option(cell.word, { nil: -1, freq: 4 }),
  });
  const wordsOf = fc.uniqueArray(fc.string({ unit: "grapheme", minLength: 1 }), {
    minLength: 6,
    maxLength: 6,
  });
  // Some rows many times over, so that runs and packed groups of every length come.
  const rows = fc
    .array(fc.tuple(row, fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 12 })
    .map((list) => list.flatMap(([one, times]) => Array.from({ length: times }, () => one)));

  test("come back as they were, in order", async () => {
    const path = join(folder, "any.parquet");
    await fc.assert(
      fc.asyncProperty(rows, wordsOf, fc.integer({ min: 1, max: 50 }), async (list, some, size) => {
        const chunks: Table[] = [];
        for (let from = 0; from < list.length; from += size) {
          const part = list.slice(from, from + size);
          chunks.push(
            tableOf(
              number(
                "number",
                "number",
                part.map((r) => r.number),
              ),
              number(
                "integer",
                "integer",
                part.map((r) => r.integer),
              ),
              number(
                "boolean",
                "boolean",
                part.map((r) => r.boolean),
              ),
              number(
                "datetime",
                "datetime",
                part.map((r) => r.datetime),
              ),
              // Every other chunk has its words in another order.
              chunks.length % 2 === 0
                ? words(
                    "word",
                    part.map((r) => r.word),
                    some,
                  )
                : words(
                    "word",
                    part.map((r) => (r.word < 0 ? -1 : 5 - r.word)),
                    some.toReversed(),
                  ),
            ),
          );
        }
        await writeTable(path, chunks);
        const found = await ask(
          path,
          "number, CAST(integer AS VARCHAR), CAST(boolean AS DOUBLE), CAST(epoch_us(datetime) AS VARCHAR), word",
        );
        const whole = (value: number, unit = 1n) =>
          Number.isNaN(value) ? null : String(BigInt(value) * unit);
        expect(found).toEqual(
          list.map((r) => [
            Number.isNaN(r.number) ? null : r.number,
            whole(r.integer),
            Number.isNaN(r.boolean) ? null : r.boolean,
            whole(r.datetime, 1000n),
            r.word < 0 ? null : some[r.word],
          ]),
        );
      }),
      { numRuns: 60 },
    );
  });

  test("many row groups, words that hardly repeat, and words that do", async () => {
    const path = join(folder, "long.parquet");
    const count = 300_000;
    const size = 7_001;
    async function* chunks() {
      for (let from = 0; from < count; from += size) {
        const rows = Math.min(size, count - from);
        const places = Array.from({ length: rows }, (_, i) => from + i);
        yield tableOf(
          number("i", "integer", places),
          number(
            "x",
            "number",
            places.map((i) => (i % 10 === 3 ? Number.NaN : i / 7)),
          ),
          words(
            "unique",
            places.map((_, i) => i),
            places.map((i) => `row ${i}`),
          ),
          words(
            "few",
            places.map((i) => i % 300),
            Array.from({ length: 300 }, (_, i) => `kind ${i}`),
          ),
        );
      }
    }
    await writeTable(path, chunks());
    const right = (what: string) => `CAST(count_if(${what}) AS DOUBLE)`;
    expect(
      await withConnection((connection) =>
        queryRows(
          connection,
          `SELECT ${right("i = n")}, ${right("x = n / 7.0::DOUBLE OR (x IS NULL AND n % 10 = 3)")},
           ${right(`"unique" = 'row ' || n`)}, ${right("few = 'kind ' || n % 300")}
           FROM (SELECT *, file_row_number AS n FROM read_parquet(${literal(path)}, file_row_number = true))`,
        ),
      ),
    ).toEqual([[count, count, count, count]]);
    const [groups] = await withConnection((connection) =>
      queryRows(
        connection,
        `SELECT CAST(num_row_groups AS DOUBLE) FROM parquet_file_metadata(${literal(path)})`,
      ),
    );
    expect(groups?.[0]).toBe(3);
  });
});

test("differences take few bits where numbers are near one another", () => {
  const size = (values: readonly number[]) => {
    const out = bytesOut();
    putDeltas(out, Float64Array.from(values));
    return written(out).length;
  };
  const rows = Array.from({ length: 10_000 }, (_, i) => i);
  expect(size(rows)).toBeLessThan(600);
  expect(size(rows.map((i) => (i * 7919) % 100))).toBeLessThan(10_000 * 1.1);
});
