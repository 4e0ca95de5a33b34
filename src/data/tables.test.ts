import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { literal, withConnection } from "./duck.ts";
import { collect } from "./memory.ts";
import type { Column, Table } from "./source.ts";
import { readTable, type TableOptions } from "./tables.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-tables-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A column's values as plain JavaScript: null is missing. */
function plain(column: Column): (string | number | null)[] {
  return column.type === "text"
    ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
    : Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
}

function plainTable(table: Table): Record<string, (string | number | null)[]> {
  return Object.fromEntries(table.columns.map((column) => [column.name, plain(column)]));
}

async function read(name: string, content: string | Uint8Array, options: TableOptions = {}) {
  await writeFile(join(folder, name), content);
  const source = await readTable(join(folder, name), options);
  return { source, table: await collect(source), notes: source.notes.join("\n") };
}

async function failure(name: string, content: string | Uint8Array, options: TableOptions = {}) {
  try {
    await read(name, content, options);
  } catch (error) {
    return (error as Error).message.replaceAll(`${folder}/`, "");
  }
  throw new Error("no error");
}

describe("types", () => {
  it("come from all values of a column", async () => {
    const { source, table } = await read(
      "types.csv",
      [
        "whole,real,yes,day,time,code,word,mixed",
        "1,0.5,true,2020-01-02,2020-01-02T03:04:05Z,00501,a,1",
        "-2,1e3,FALSE,1969-12-31,2020-01-02 03:04:05.5,02134,b,x",
        "3,-.25,True,2020-02-29,2020-01-02 05:04:05+02,10001,a,3",
        "",
      ].join("\n"),
    );
    expect(source.columns.map(({ type }) => type)).toEqual([
      "integer",
      "number",
      "boolean",
      "datetime",
      "datetime",
      "text",
      "text",
      "text",
    ]);
    const time = Date.UTC(2020, 0, 2, 3, 4, 5);
    expect(plainTable(table)).toEqual({
      whole: [1, -2, 3],
      real: [0.5, 1000, -0.25],
      yes: [1, 0, 1],
      day: [Date.UTC(2020, 0, 2), Date.UTC(1969, 11, 31), Date.UTC(2020, 1, 29)],
      time: [time, time + 500, time],
      code: ["00501", "02134", "10001"],
      word: ["a", "b", "a"],
      mixed: ["1", "x", "3"],
    });
  });

  it("missing is never 0: null, empty, and the usual words", async () => {
    const { table } = await read(
      "missing.csv",
      "n,t,b,d\n1,a,true,2020-01-01\n,,,\nNA,NA,NA,NA\n?, ?,?,?\nNaN,None,null,N/A\n0,-,false,2020-01-02\n",
    );
    expect(plainTable(table)).toEqual({
      n: [1, null, null, null, null, 0],
      t: ["a", null, null, null, null, "-"],
      b: [1, null, null, null, null, 0],
      d: [Date.UTC(2020, 0, 1), null, null, null, null, Date.UTC(2020, 0, 2)],
    });
  });

  it("a word in the last of many rows makes a column text", async () => {
    const rows = Array.from({ length: 30_000 }, (_, i) => `${i},${i}`).join("\n");
    const { source } = await read("late.csv", `a,b\n${rows}\nx,1\n`);
    expect(source.columns).toEqual([
      { name: "a", type: "text" },
      { name: "b", type: "integer" },
    ]);
  });

  it("a lone hyphen is missing among numbers only", async () => {
    const { table, notes } = await read("hyphen.csv", "n,s\n1,-\n-,http\n3,-\n");
    expect(plainTable(table)).toEqual({ n: [1, null, 3], s: ["-", "http", "-"] });
    expect(notes).toContain('column "n": a lone "-", "--" or "." is read as missing');
  });

  it("decimal commas and dates in other writings, with a note", async () => {
    const { table, notes } = await read(
      "euro.csv",
      "x;d;m\n1,5;31.12.2019;Jan 5 2020\n-2;01.02.2020;Feb 6 2020\n",
    );
    expect(plainTable(table)).toEqual({
      x: [1.5, -2],
      d: [Date.UTC(2019, 11, 31), Date.UTC(2020, 1, 1)],
      m: [Date.UTC(2020, 0, 5), Date.UTC(2020, 1, 6)],
    });
    expect(notes).toMatch(/"x": read as numbers with a decimal comma/);
    expect(notes).toMatch(/"d": read as dates written %d\.%m\.%Y/);
  });

  it("text named so stays text", async () => {
    const { table } = await read("codes.csv", "c,n\n1,1\n2,2\n", { text: ["c"] });
    expect(plainTable(table)).toEqual({ c: ["1", "2"], n: [1, 2] });
  });

  it("rounds integers beyond 2^53 and says so", async () => {
    const { table, notes } = await read("big.csv", "a\n9007199254740993\n1\n");
    expect(plainTable(table)).toEqual({ a: [9007199254740992, 1] });
    expect(notes).toMatch(/beyond 2\^53/);
  });
});

describe("how a file is written", () => {
  it("keeps the first row of a file without a header", async () => {
    const { table, notes } = await read("bare.csv", "0,5,13\n0,1,2\n");
    expect(plainTable(table)).toEqual({ column0: [0, 0], column1: [5, 1], column2: [13, 2] });
    expect(notes).toMatch(/looks like data, not a header/);
  });

  it.each([
    ["tab", "tab.tsv", "a\tb\n1\tx\n"],
    ["semicolon", "semi.csv", "a;b\n1;x\n"],
    ["bar", "bar.csv", "a|b\n1|x\n"],
    ["carriage returns", "crlf.csv", "a,b\r\n1,x\r\n"],
    ["byte order mark", "bom.csv", "\uFEFFa,b\n1,x\n"],
    ["no last line end", "end.csv", "a,b\n1,x"],
    ["comment lines", "comment.csv", "# one\n# two\na,b\n1,x\n"],
    ["spaces around names", "spaces.csv", "a, b\n1,x\n"],
    ["quotes", "quotes.csv", '"a","b"\n"1","x"\n'],
  ])("%s", async (_, name, content) => {
    const { table } = await read(name, content);
    expect(plainTable(table)).toEqual({ a: [1], b: ["x"] });
  });

  it("quotes hold delimiters, line ends and quotes, wherever they first come", async () => {
    const head = Array.from({ length: 3000 }, (_, i) => `${i},w${i % 7}`).join("\n");
    const { table } = await read("quoted.csv", `n,t\n${head}\n1,"a,""b""\nc"\n`);
    const last = table.columns[1];
    expect(table.rows).toBe(3001);
    expect(last && plain(last).at(-1)).toBe('a,"b"\nc');
  });

  it("gives repeated and empty names names of their own", async () => {
    const { source, notes } = await read("names.csv", "a,a,,A\n1,2,3,4\n");
    expect(source.columns.map(({ name }) => name)).toEqual(["a", "a_2", "column2", "A"]);
    expect(notes).toMatch(/column 2 repeats the name "a": read as "a_2"/);
    expect(notes).toMatch(/column 3 has no name/);
  });

  it("reads packed files, and many files as one", async () => {
    const packed = await read("packed.csv.gz", gzipSync("a,b\n1,x\n2,y\n"));
    expect(plainTable(packed.table)).toEqual({ a: [1, 2], b: ["x", "y"] });
    for (const i of [10, 2, 1]) await writeFile(join(folder, `part${i}.csv`), `a\n${i}\n`);
    const many = await collect(await readTable(join(folder, "part*.csv")));
    expect(plainTable(many)).toEqual({ a: [1, 2, 10] });
    await writeFile(join(folder, "part3.csv"), "b\n3\n");
    await expect(readTable(join(folder, "part*.csv"))).rejects.toThrow(
      /part3\.csv: expected the columns of/,
    );
  });

  it("takes a name with glob characters literally", async () => {
    await writeFile(join(folder, "x1.csv"), "a\n2\n");
    const { table } = await read("x[1]*.csv", "a\n1\n");
    expect(plainTable(table)).toEqual({ a: [1] });
  });
});

describe("other formats", () => {
  it("JSON and NDJSON", async () => {
    const rows = [
      { n: 1, t: "a", b: true, m: "x" },
      { n: null, t: null, b: null, m: 5 },
      { n: 2.5, t: "b", b: false },
    ];
    const expected = {
      n: [1, null, 2.5],
      t: ["a", null, "b"],
      b: [1, null, 0],
      m: ["x", "5", null],
    };
    const json = await read("a.json", JSON.stringify(rows));
    expect(plainTable(json.table)).toEqual(expected);
    const lines = rows.map((row) => JSON.stringify(row)).join("\n");
    expect(plainTable((await read("a.ndjson", lines)).table)).toEqual(expected);
    expect(plainTable((await read("a.jsonl.gz", gzipSync(lines))).table)).toEqual(expected);
  });

  const parquet = (name: string, query: string) =>
    withConnection((connection) =>
      connection.run(
        `COPY (${query}) TO ${literal(join(folder, name))} (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
      ),
    );

  it("Parquet whose footer tells all, and some that does not", async () => {
    await parquet(
      "footer.parquet",
      `SELECT range AS i, CASE WHEN range % 3 > 0 THEN range / 4 END AS some, NULL::DOUBLE AS never,
       CASE WHEN range = 7000 THEN 'nan'::DOUBLE ELSE -range END AS odd,
       range + 9007199254740993 AS big, {'i': 1.5} AS s FROM range(10000)`,
    );
    const source = await readTable(join(folder, "footer.parquet"), { drop: ["s"] });
    expect(source.rows).toBe(10_000);
    expect(source.columns.map(({ type }) => type)).toEqual([
      "integer",
      "number",
      "number",
      "number",
      "integer",
    ]);
    expect(source.notes.join()).toMatch(/"big": integers beyond 2\^53/);
    const [i, some, never, odd] = (await collect(source)).columns.map(plain);
    expect(i?.every((value, row) => value === row)).toBe(true);
    expect(some?.slice(0, 4)).toEqual([null, 0.25, 0.5, null]);
    expect(never?.every((value) => value === null)).toBe(true);
    expect([odd?.[6999], odd?.[7000]]).toEqual([-6999, null]);
  });

  it("an infinite value in Parquet is found wherever it is", async () => {
    const query = (value: string, row: number) =>
      `SELECT 1.5 AS a, CASE WHEN range = ${row} THEN ${value}::DOUBLE ELSE range END AS b FROM range(10000)`;
    for (const [value, row] of [
      ["'inf'", 9000],
      ["'-inf'", 0],
    ] as const) {
      await parquet("inf.parquet", query(value, row));
      await expect(readTable(join(folder, "inf.parquet"))).rejects.toThrow(
        `inf.parquet, row ${row + 1}, column "b": expected finite numbers`,
      );
    }
    // In the second of two files, of which the first lacks the column.
    await parquet("part1.parquet", "SELECT 1.5 AS a FROM range(3)");
    await parquet("part2.parquet", query("'inf'", 4));
    await expect(readTable(join(folder, "part*.parquet"))).rejects.toThrow('row 8, column "b"');
  });

  it("numbers throughout the first rows, and something else far below", async () => {
    const rows = Array.from({ length: 5_000 }, (_, i) => `${i}.5,${i},${i},${i},${i}`);
    rows[4_000] = " NA , 7,007,1.5,-";
    rows[4_500] = "inf,7,7,7,7";
    await expect(read("late.csv", `a,b,c,d,e\n${rows.join("\n")}\n`)).rejects.toThrow(
      'row 4501, column "a": expected finite numbers',
    );
    rows[4_500] = "1,7,7,7,7";
    const { source, table } = await read("late.csv", `a,b,c,d,e\n${rows.join("\n")}\n`);
    expect(source.columns.map(({ type }) => type)).toEqual([
      "number",
      "integer",
      "text",
      "number",
      "integer",
    ]);
    const at = (row: number) => table.columns.map((column) => plain(column)[row]);
    expect(at(4_000)).toEqual([null, 7, "007", 1.5, null]);
    expect(at(4_500)).toEqual([1, 7, "7", 7, 7]);
  });

  it("Parquet of all types", async () => {
    const path = join(folder, "types.parquet");
    await withConnection((connection) =>
      connection.run(`COPY (SELECT * FROM (VALUES
        (1::TINYINT, 2::UBIGINT, 1.5::FLOAT, 12.34::DECIMAL(9,2), TRUE, DATE '2020-01-02', TIME '00:01:00', TIMESTAMP '2020-01-02 00:00:01', 'a', [1, 2], '7'),
        (NULL, NULL, 'nan'::FLOAT, NULL, NULL, NULL, NULL, NULL, '', NULL, '8'))
        t(tiny, huge, single, fixed, flag, day, clock, stamp, word, list, digits)) TO ${literal(path)} (FORMAT parquet)`),
    );
    const source = await readTable(path);
    expect(source.columns.map(({ type }) => type)).toEqual([
      "integer",
      "integer",
      "number",
      "number",
      "boolean",
      "datetime",
      "datetime",
      "datetime",
      "text",
      "text",
      "integer",
    ]);
    const day = Date.UTC(2020, 0, 2);
    expect(plainTable(await collect(source))).toEqual({
      tiny: [1, null],
      huge: [2, null],
      single: [1.5, null],
      fixed: [12.34, null],
      flag: [1, null],
      day: [day, null],
      clock: [60_000, null],
      stamp: [day + 1000, null],
      word: ["a", null],
      list: ["[1, 2]", null],
      digits: [7, 8],
    });
    expect(source.notes.join()).toMatch(/"list" holds INTEGER\[\]: read as text/);
  });
});

describe("walking", () => {
  it("gives the same rows in order for any chunk size, and twice", async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => `${i},w${i % 300}`);
    const { source, table } = await read("order.csv", `n,t\n${rows.join("\n")}\n`);
    const whole = plainTable(table);
    expect(whole["n"]).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
    expect(whole["t"]?.[12_345]).toBe("w45");
    for (const chunk of [777, 2048, 50_000]) {
      let n: unknown[] = [];
      let t: unknown[] = [];
      for await (const part of source.read({ chunk })) {
        expect(part.rows).toBeLessThanOrEqual(chunk);
        const some = plainTable(part);
        n = n.concat(some["n"]);
        t = t.concat(some["t"]);
      }
      expect(n).toEqual(whole["n"]);
      expect(t).toEqual(whole["t"]);
    }
  });

  it("stops when aborted, and says when the file changed", async () => {
    const { source } = await read("stop.csv", "a\n1\n2\n");
    const reason = new Error("enough");
    await expect(collect(source, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await writeFile(join(folder, "stop.csv"), "a\n1\n");
    await expect(collect(source)).rejects.toThrow("expected 2 rows, as when it was opened, got 1");
  });

  it("reads any table of floats back exactly", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), {
          minLength: 1,
          maxLength: 40,
        }),
        async (values) => {
          const lines = values.map((x, i) => `${i},${x === null ? "" : String(x)}`).join("\n");
          const { table } = await read("floats.csv", `i,x\n${lines}\n`);
          const column = table.columns[1];
          expect(column && plain(column)).toEqual(
            values.map((x) => (x === 0 ? expect.closeTo(0) : x)),
          );
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe("picking columns", () => {
  const content = "a,b,c\n1,x,0.0\n2,,1.0\n";

  it("select orders, drop removes, the label is kept apart", async () => {
    const selected = await read("pick.csv", content, { select: ["b", "a"], drop: ["b"] });
    expect(plainTable(selected.table)).toEqual({ a: [1, 2] });
    const labelled = await read("pick.csv", content, { label: "c" });
    expect(Object.keys(plainTable(labelled.table))).toEqual(["a", "b"]);
    expect(await labelled.source.labels?.()).toEqual(["0", "1"]);
    const words = await read("pick.csv", content, { label: "b" });
    expect(await words.source.labels?.()).toEqual(["x", null]);
  });

  it("names the nearest column for an unknown one", async () => {
    const long = "income,age\n1,2\n";
    expect(await failure("near.csv", long, { label: "incmoe" })).toBe(
      'near.csv, --label: expected one of the columns "income", "age", got "incmoe".\n  Write "income" if that is the one you mean.',
    );
    expect(await failure("near.csv", long, { drop: ["nothing"] })).toMatch(
      /--drop: expected one of/,
    );
    expect(await failure("near.csv", long, { select: ["Age"] })).toMatch(/Write "age"/);
    expect(await failure("near.csv", long, { drop: ["income", "age"] })).toMatch(
      /got 0 of 2 columns/,
    );
  });
});

describe("bad files", () => {
  const garbage = Uint8Array.from({ length: 600 }, (_, i) => (i * 89 + 7) % 256);

  it.each<[string, string, string | Uint8Array, RegExp]>([
    ["empty", "e.csv", "", /^e\.csv: expected a table with at least 1 row, got an empty file\./],
    ["blank", "e.csv", "\n\n", /got an empty file/],
    ["empty gzip", "e.csv.gz", gzipSync(""), /got an empty file/],
    [
      "header only",
      "h.csv",
      "a,b\n",
      /^h\.csv: expected at least 1 row of data, got a header and no row below it\./,
    ],
    [
      "too few fields",
      "r.csv",
      "a,b,c\n1,2,3\n4,5\n",
      /^r\.csv, line 3: expected 3 fields, as in the first line, got 2\./,
    ],
    [
      "too many fields",
      "r.csv",
      "a,b\n1,2\n3,4,5\n",
      /^r\.csv, line 3: expected 2 fields, as in the first line, got 3\./,
    ],
    ["open quote", "q.csv", 'a,b\n1,"x\n', /^q\.csv, line 2: expected a closing double quote/],
    [
      "binary",
      "g.csv",
      garbage,
      /^g\.csv: expected a text file in UTF-8, got binary data \(first bytes 07 60 b9 12\)/,
    ],
    ["packed binary", "g.csv.gz", gzipSync(garbage), /got binary data/],
    [
      "Latin-1",
      "l.csv",
      Buffer.from("a,b\ncaf\xe9,1\n", "latin1"),
      /^l\.csv, line 2: expected text in UTF-8/,
    ],
    ["UTF-16", "u.csv", Buffer.from("\uFEFFa,b\n1,2\n", "utf16le"), /got text in UTF-16/],
    [
      "infinity",
      "i.csv",
      "a,b\n1,2\n3,inf\n4,-inf\n",
      /^i\.csv, row 2, column "b": expected finite numbers, or missing values, got an infinite value \(2 in this column\)/,
    ],
    ["no Parquet", "p.parquet", "a,b\n1,2\n", /expected a Parquet file, which begins with PAR1/],
    ["cut Parquet", "p.parquet", "PAR1abcdefgh", /^p\.parquet: expected a table that can be read/],
    ["broken JSON", "j.json", '[{"a": 1}, {"a": ', /^j\.json: expected a table that can be read/],
  ])("%s", async (_, name, content, message) => {
    expect(await failure(name, content)).toMatch(message);
  });

  it("an absent file names its neighbour", async () => {
    await writeFile(join(folder, "payments.csv"), "a\n1\n");
    await expect(readTable(join(folder, "payment.csv"))).rejects.toThrow(/Write ".*payments\.csv"/);
    await expect(readTable(join(folder, "nowhere", "a.csv"))).rejects.toThrow("no folder");
    await expect(readTable(join(folder, "zzz*.csv"))).rejects.toThrow("got no match");
  });

  it("one row and one column are fine to read", async () => {
    expect(plainTable((await read("one.csv", "a,b\n1,x\n")).table)).toEqual({ a: [1], b: ["x"] });
    expect(plainTable((await read("one.csv", "a\n1\n2\n")).table)).toEqual({ a: [1, 2] });
  });
});
