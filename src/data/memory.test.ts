import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { arrayFrom, collect, imagesFrom, tableFrom, tableSource } from "./memory.ts";
import { concatRows, sliceRows, takeRows } from "./rows.ts";
import type { Table, TextColumn } from "./source.ts";

const words = (column: TextColumn) =>
  Array.from(column.codes, (code) => column.dictionary[code] ?? null);

describe("tableFrom", () => {
  it("types columns by what they hold; absent keys are missing", async () => {
    const source = tableFrom([
      { n: 1.5, i: 1, b: true, d: new Date(5), t: "x", m: 1 },
      { n: null, i: NaN, b: false, d: null, t: "", m: "y" },
      { i: 3, n: 2, t: "x", big: 7n },
    ]);
    expect(source.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "n number",
      "i integer",
      "b boolean",
      "d datetime",
      "t text",
      "m text",
      "big integer",
    ]);
    const { columns } = await collect(source);
    expect(columns.slice(0, 4).map((c) => c.type !== "text" && [...c.values])).toEqual([
      [1.5, NaN, 2],
      [1, NaN, 3],
      [1, 0, NaN],
      [5, NaN, NaN],
    ]);
    expect(words(columns[4] as TextColumn)).toEqual(["x", null, "x"]);
    expect(words(columns[5] as TextColumn)).toEqual(["1", "y", null]);
  });

  it("takes columns, typed arrays too, and keeps labels apart", async () => {
    const source = tableFrom(
      { x: Float32Array.of(1, 2), kind: ["a", null], class: [1, 2] },
      { label: "class", drop: ["kind"] },
    );
    expect(source.columns).toEqual([{ name: "x", type: "integer" }]);
    expect(await source.labels?.()).toEqual(["1", "2"]);
  });

  it("refuses what cannot be a table", () => {
    expect(() => tableFrom([])).toThrow("at least 1 row and 1 column");
    expect(() => tableFrom({ a: [1, 2], b: [1] })).toThrow(
      'table, column "b": expected 2 values, as in column "a", got 1',
    );
    expect(() => tableFrom([{ a: 1 }, { a: -Infinity }])).toThrow(
      'table, row 2, column "a": expected a finite number, or null for missing, got -Infinity',
    );
    expect(() => tableFrom([{ a: [1] as never }])).toThrow("got an array");
    expect(() => tableFrom([{ income: 1 }], { label: "incom" })).toThrow('Write "income"');
  });
});

describe("imagesFrom and arrayFrom", () => {
  it("count rows and refuse what does not fit the shape", async () => {
    const images = imagesFrom(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), {
      height: 2,
      width: 2,
      labels: [3, null],
    });
    expect(images).toMatchObject({ rows: 2, channels: 1 });
    expect(await images.labels?.()).toEqual(["3", null]);
    expect(() => imagesFrom(new Uint8Array(7), { height: 2, width: 2 })).toThrow(
      "2 × 2 × 1 = 4 values, got 7",
    );
    expect(() => imagesFrom(new Uint8Array(4), { height: 2, width: 2, labels: [1, 2] })).toThrow(
      "expected 1 labels",
    );
    expect(
      arrayFrom([
        [1, 2, 3],
        [4, 5, NaN],
      ]),
    ).toMatchObject({ rows: 2, shape: [3] });
    expect(arrayFrom(Float32Array.of(1, 2, 3))).toMatchObject({ rows: 3, shape: [1] });
    expect(() => arrayFrom([[1, 2], [3]])).toThrow("row 2: expected 2 numbers");
    expect(() => arrayFrom(Float64Array.of(1, 2, 3, Infinity), [2])).toThrow("row 2, column 2");
  });
});

/** Any table: a number and a text column, in pieces with dictionaries of their own. */
const anyTable = fc
  .array(fc.tuple(fc.option(fc.integer()), fc.option(fc.constantFrom("a", "b", "c", "d"))), {
    minLength: 1,
    maxLength: 30,
  })
  .map((rows) => ({
    rows,
    table: {
      kind: "table",
      rows: rows.length,
      columns: [
        { name: "n", type: "number", values: Float64Array.from(rows, ([n]) => n ?? NaN) },
        {
          name: "t",
          type: "text",
          codes: Int32Array.from(rows, ([, t]) => (t === null ? -1 : "zdcba".indexOf(t))),
          dictionary: ["z", "d", "c", "b", "a"],
        },
      ],
    } satisfies Table,
  }));

function cells({ columns: [n, t] }: Table): (readonly [number | null, string | null])[] {
  if (n?.type !== "number" || t?.type !== "text") throw new Error("types");
  return words(t).map((word, i) => [
    Number.isNaN(n.values[i]) ? null : (n.values[i] ?? null),
    word,
  ]);
}

describe("rows", () => {
  it("cut anywhere and joined are what they were, whatever the dictionaries", () => {
    fc.assert(
      fc.property(anyTable, fc.array(fc.nat(30)), ({ rows, table }, cuts) => {
        const edges = [...new Set([0, ...cuts.filter((c) => c < rows.length), rows.length])].sort(
          (a, b) => a - b,
        );
        const parts = edges.slice(1).map((to, i) => {
          const part = sliceRows<Table>(table, edges[i] ?? 0, to);
          if (i % 2 === 0) return part;
          const columns = part.columns.map((column) =>
            column.type === "text"
              ? {
                  ...column,
                  codes: column.codes.map((code) => (code < 0 ? -1 : 4 - code)),
                  dictionary: column.dictionary.toReversed(),
                }
              : column,
          );
          return { ...part, columns };
        });
        expect(cells(concatRows(parts))).toEqual(rows);
      }),
    );
  });

  it("taken by number, in any order and more than once", () => {
    fc.assert(
      fc.property(anyTable, fc.array(fc.nat(1000)), ({ rows, table }, numbers) => {
        const indices = numbers.map((n) => n % rows.length);
        const taken = takeRows<Table>(table, Int32Array.from(indices));
        expect(taken.rows).toBe(indices.length);
        expect(cells(taken)).toEqual(indices.map((i) => rows[i]));
      }),
    );
    const images = {
      kind: "images",
      rows: 3,
      height: 1,
      width: 2,
      channels: 1,
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    } as const;
    expect([...takeRows(images, Int32Array.of(2, 0)).data]).toEqual([5, 6, 1, 2]);
    expect(() => takeRows(images, Int32Array.of(3))).toThrow("row numbers from 0 to 2, got 3");
  });

  it("walk in chunks", async () => {
    const table = await collect(tableFrom({ a: [1, 2, 3, 4, 5] }));
    const sizes: number[] = [];
    for await (const part of tableSource(table).read({ chunk: 2 })) sizes.push(part.rows);
    expect(sizes).toEqual([2, 2, 1]);
    const source = arrayFrom([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    const parts: number[][] = [];
    for await (const part of source.read({ chunk: 2 })) parts.push([...part.data]);
    expect(parts).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
  });
});
