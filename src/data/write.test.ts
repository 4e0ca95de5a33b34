import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { collect, tableFrom } from "./memory.ts";
import type { Cell } from "./memory-columns.ts";
import type { Table } from "./source.ts";
import { readTable } from "./tables.ts";
import { openWriter, writeTable } from "./write.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-write-"));
});
afterAll(() => rm(folder, { recursive: true }));

const rows: Record<string, Cell>[] = [
  { n: 0.1, i: 3, b: true, d: new Date("2020-01-02T03:04:05.678Z"), t: 'a "b", c\nd' },
  { n: null, i: null, b: null, d: null, t: null },
  { n: -1e-7, i: -4, b: false, d: new Date(0), t: " spaced " },
];

/** Cells as JavaScript values, column by column. */
function plain(table: Table) {
  return Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      column.type === "text"
        ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
        : Array.from(column.values, (value) => (Number.isNaN(value) ? null : value)),
    ]),
  );
}

const table = () => collect(tableFrom(rows));
const text = (name: string) => readFile(join(folder, name), "utf8");

describe("exact text", () => {
  it("CSV and TSV", async () => {
    await writeTable(join(folder, "a.csv"), await table());
    expect(await text("a.csv")).toBe(
      'n,i,b,d,t\n0.1,3,true,2020-01-02T03:04:05.678Z,"a ""b"", c\nd"\n,,,,\n-1e-7,-4,false,1970-01-01T00:00:00.000Z," spaced "\n',
    );
    await writeTable(join(folder, "a.tsv"), await collect(tableFrom({ x: ["p\tq", "r,s"] })));
    expect(await text("a.tsv")).toBe('x\n"p\tq"\nr,s\n');
  });

  it("NDJSON and JSON", async () => {
    const small = await collect(
      tableFrom([
        { "a b": 1, t: 'é"' },
        { "a b": null, t: null },
      ]),
    );
    await writeTable(join(folder, "a.ndjson"), [small, small]);
    const line = '{"a b":1,"t":"é\\""}\n{"a b":null,"t":null}\n';
    expect(await text("a.ndjson")).toBe(line + line);
    await writeTable(join(folder, "a.json"), [small, small]);
    const objects = [
      { "a b": 1, t: 'é"' },
      { "a b": null, t: null },
    ];
    expect(JSON.parse(await text("a.json"))).toEqual([...objects, ...objects]);
    await writeTable(join(folder, "none.json"), []);
    expect(JSON.parse(await text("none.json"))).toEqual([]);
  });
});

describe("there and back", () => {
  it("a lone column keeps its missing rows", async () => {
    const path = join(folder, "lone.csv");
    await writeTable(path, await collect(tableFrom({ a: [1, null, 3] })));
    expect(plain(await collect(await readTable(path)))).toEqual({ a: [1, null, 3] });
  });

  it.each(["csv", "tsv", "ndjson", "json", "parquet"])("%s", async (ending) => {
    const path = join(folder, `back.${ending}`);
    await writeTable(path, [await table(), await table()]);
    const source = await readTable(path);
    expect(source.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "n number",
      "i integer",
      "b boolean",
      "d datetime",
      "t text",
    ]);
    const once = plain(await table());
    const twice = Object.fromEntries(Object.entries(once).map(([k, v]) => [k, [...v, ...v]]));
    expect(plain(await collect(source))).toEqual(twice);
  });

  it("any text and number, in Parquet and CSV", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            t: fc.option(fc.string({ unit: "grapheme", minLength: 1 }).map((s) => `w${s}`)),
            x: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async (list) => {
          const all = [{ t: "word", x: 0.5 }, ...list];
          for (const ending of ["parquet", "csv"]) {
            const path = join(folder, `any.${ending}`);
            const before = await collect(tableFrom(all));
            await writeTable(path, before);
            expect(plain(await collect(await readTable(path, { text: ["t"] })))).toEqual(
              plain(before),
            );
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("a run that fails", () => {
  it("leaves nothing, and leaves what was there", async () => {
    const path = join(folder, "kept.csv");
    await writeTable(path, await table());
    const before = await text("kept.csv");
    async function* failing() {
      yield await table();
      throw new Error("out of luck");
    }
    await expect(writeTable(path, failing())).rejects.toThrow("out of luck");
    expect(await text("kept.csv")).toBe(before);
    const writer = await openWriter(join(folder, "other.parquet"));
    await writer.write(await table());
    expect((await readdir(folder)).includes("other.parquet")).toBe(false);
    await writer.discard();
    expect((await readdir(folder)).filter((name) => name.includes(".part"))).toEqual([]);
  });

  it("says what is wrong with the path or the chunks", async () => {
    await expect(openWriter(join(folder, "a.xlsx"))).rejects.toThrow("ends in .csv, .tsv");
    await expect(openWriter(join(folder, "no/where/a.csv"))).rejects.toThrow(
      "expected a folder that exists",
    );
    const writer = await openWriter(join(folder, "b.csv"));
    await writer.write(await collect(tableFrom({ a: [1] })));
    await expect(writer.write(await collect(tableFrom({ a: ["x"] })))).rejects.toThrow(
      "expected columns a: integer, got a: text",
    );
    await writer.discard();
  });
});
