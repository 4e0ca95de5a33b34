import { describe, expect, test } from "vitest";
import { runModel } from "../../test/runtime.ts";
import { smallTable } from "../../test/support/small-data.ts";
import type { Tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import { fitTable } from "./fit-table.ts";
import { tableFrom } from "./memory.ts";
import type { Cell } from "./memory-columns.ts";
import { tablePreprocessing } from "./preprocess-table.ts";
import type { Preprocessing } from "./preprocessing.ts";
import type { Column, Table } from "./source.ts";

/** Raw rows → compact, features and raw rows again, by the graph of the saved model. */
async function throughGraph(preprocessing: Preprocessing, rows: Table) {
  const inputs = preprocessing.inputs();
  const compact = preprocessing.compactFrom(inputs);
  const { x, observed } = preprocessing.batch(compact, { complete: false });
  const outputs = preprocessing.outputs(x);
  const model = exportModel({
    name: "preprocessing",
    inputs: Object.values(inputs),
    outputs: {
      x,
      ...(observed === undefined ? {} : { observed }),
      ...outputs,
      ...Object.fromEntries(
        Object.entries(compact).map(([name, value]) => [`compact.${name}`, value]),
      ),
    },
  });
  const out = await runModel(model, preprocessing.feeds(rows, "rows"));
  return { out, rows: preprocessing.rows(out, rows.rows) as Table };
}

function fit(rows: Table): Preprocessing {
  return tablePreprocessing(fitTable(rows, { name: "rows" }));
}

async function tableOf(columns: Readonly<Record<string, readonly Cell[]>>): Promise<Table> {
  for await (const table of tableFrom(columns).read()) return table;
  throw new Error("no rows");
}

const cells = (column: Column | undefined): unknown[] => {
  if (column === undefined) return [];
  return column.type === "text"
    ? Array.from(column.codes, (code) => column.dictionary[code] ?? null)
    : Array.from(column.values, (x) => (Number.isNaN(x) ? null : x + 0));
};
const named = (table: Table, name: string) => table.columns.find((column) => column.name === name);
const repeated = <T>(length: number, values: readonly T[]): T[] =>
  Array.from({ length }, (_, i) => values[i % values.length] as T);

describe("the small table", () => {
  const table = smallTable();
  const preprocessing = fit(table);

  test("comes back from its features: numbers, words, gaps, dates", async () => {
    const { rows } = await throughGraph(preprocessing, table);
    expect(rows.columns.map(({ name, type }) => [name, type])).toEqual(
      table.columns.map(({ name, type }) => [name, type]),
    );
    for (const [i, column] of table.columns.entries()) {
      const [before, after] = [cells(column), cells(rows.columns[i])];
      for (const [row, value] of before.entries()) {
        const place = `${column.name}, row ${row}`;
        if (typeof value !== "number" || column.type === "integer" || column.type === "boolean")
          expect(after[row], place).toBe(value);
        else
          expect(Math.abs(Number(after[row]) - value), place).toBeLessThan(
            1e-4 * Math.max(1, Math.abs(value)),
          );
      }
    }
  });

  test("is the same from TypeScript, where it trains, as from the graph, where it serves", async () => {
    const { out } = await throughGraph(preprocessing, table);
    for (const [name, value] of Object.entries(preprocessing.ingest(table, "rows"))) {
      expect(out[`compact.${name}`], name).toEqual(value);
    }
  });

  test("has its features where the layout says", async () => {
    const { out } = await throughGraph(preprocessing, table);
    const { shape, segments } = preprocessing.layout;
    // Numbers sine, square, tail, count, day; a flag for square; word: 4 + missing + other;
    // half: 2 + other; flag: 2 + other.
    expect(segments.map(({ kind, size }) => [kind, size])).toEqual([
      ["numbers", 5],
      ["flags", 1],
      ["category", 6],
      ["category", 3],
      ["category", 3],
    ]);
    expect(shape).toEqual([18]);
    const { data } = out["x"] as Tensor<"float32">;
    const gone = cells(named(table, "square")).map((x) => Number(x === null));
    for (let row = 0; row < table.rows; row += 1) {
      const features = data.slice(row * 18, row * 18 + 18);
      expect(features[5]).toBe(gone[row]);
      if (gone[row] === 1) expect(features[1]).toBe(0);
      for (const { kind, start, size } of segments.filter((s) => s.kind === "category")) {
        const hot = Array.from(features.slice(start, start + size));
        expect(
          hot.reduce((a, b) => a + b, 0),
          kind,
        ).toBe(1);
        expect(Math.max(...hot)).toBe(1);
      }
    }
    const observed = (out["observed"] as Tensor<"float32">).data;
    for (let row = 0; row < table.rows; row += 1) {
      const expected = [1, 1 - (gone[row] as number), 1, 1, 1];
      expect(Array.from(observed.slice(row * 5, row * 5 + 5))).toEqual(expected);
    }
  });

  test("each part of the loss belongs to a column", () => {
    const names = preprocessing.partColumns.map((i) => preprocessing.columns[i]);
    expect(names).toEqual([
      "sine",
      "square",
      "tail",
      "count",
      "day",
      "square",
      "word",
      "half",
      "flag",
    ]);
  });
});

describe("values that training never saw", () => {
  const words = repeated(60, ["a", "b", "c", null]);
  const numbers = repeated(60, [1.5, 2.5, 4]);

  test("another word, or a gap in a column without any, goes to `other`; the graph agrees", async () => {
    const trained = fit(
      await tableOf({ word: words, full: repeated(60, ["x", "y"]), number: numbers }),
    );
    const rows = await tableOf({
      word: ["a", "zebra", null, "c"],
      full: ["y", null, "never", "x"],
      number: [1, 2, 3, 4],
    });
    const { out, rows: back } = await throughGraph(trained, rows);
    expect(out["compact.codes"]).toEqual(trained.ingest(rows, "rows")["codes"]);
    const { start } = trained.layout.segments.find(({ kind }) => kind === "category") as {
      start: number;
    };
    const width = trained.layout.shape[0] as number;
    const { data } = out["x"] as Tensor<"float32">;
    const hot = (row: number, from: number, size: number) =>
      Array.from(data.slice(row * width + start + from, row * width + start + from + size));
    // word: a, b, c, missing, other; full: x, y, other.
    expect([0, 1, 2, 3].map((row) => hot(row, 0, 5).indexOf(1))).toEqual([0, 4, 3, 2]);
    expect([0, 1, 2, 3].map((row) => hot(row, 5, 3).indexOf(1))).toEqual([1, 2, 2, 0]);
    // The answer is a word that is known, or missing where that was learned.
    const { dictionary } = named(back, "word") as { dictionary: readonly string[] };
    expect(dictionary).toEqual(["a", "b", "c"]);
    expect(cells(named(back, "word")).filter((_, row) => row !== 1)).toEqual(["a", null, "c"]);
    expect(cells(named(back, "full"))).not.toContain(null);
  });

  test("a gap in a number column without any is filled and not counted", async () => {
    const trained = fit(await tableOf({ number: numbers, other: repeated(60, [1, 2, 5, 8]) }));
    const rows = await tableOf({ number: [null, 2.5], other: [1, 2] });
    const { out, rows: back } = await throughGraph(trained, rows);
    expect([...(out["observed"] as Tensor<"float32">).data]).toEqual([0, 1, 1, 1]);
    expect(cells(named(back, "number"))[0]).toBeCloseTo(numbers.reduce((a, b) => a + b, 0) / 60, 5);
  });

  test("the empty text is missing, in TypeScript and in the graph", async () => {
    const rows = await tableOf({ word: words, number: repeated(60, [1, 2, 5]) });
    const trained = fit(rows);
    const text = named(rows, "word") as Column & { type: "text" };
    const empty = {
      ...rows,
      columns: [
        {
          ...text,
          codes: text.codes.map((code) => (code < 0 ? 3 : code)),
          dictionary: [...text.dictionary, ""],
        },
        ...rows.columns.slice(1),
      ],
    };
    expect(trained.ingest(empty, "rows")).toEqual(trained.ingest(rows, "rows"));
    expect(fit(empty).schema).toEqual(trained.schema);
    const { out } = await throughGraph(trained, empty);
    expect(out["compact.codes"]).toEqual(trained.ingest(rows, "rows")["codes"]);
  });
});

describe("tables of one sort of column", () => {
  test.each<[string, Record<string, Cell[]>]>([
    ["numbers only", { a: repeated(30, [1.5, 2, 7]), b: repeated(30, [3, 1]) }],
    [
      "numbers with gaps only",
      { a: repeated(30, [1.5, null, 7]), b: repeated(30, [null, 3, 4, 5]) },
    ],
    ["words only", { a: repeated(30, ["x", "y", "z"]), b: repeated(30, ["m", null]) }],
    ["booleans only", { a: repeated(30, [true, false, null]), b: repeated(30, [true, false]) }],
    [
      "dates only",
      {
        a: repeated(30, [new Date(0), new Date(864e5), null]),
        b: repeated(30, [new Date(1e12), new Date(0)]),
      },
    ],
  ])("%s", async (_, columns) => {
    const table = await tableOf(columns);
    const { rows } = await throughGraph(fit(table), table);
    for (const column of table.columns) {
      const back = cells(named(rows, column.name));
      for (const [row, value] of cells(column).entries()) {
        if (typeof value === "number") expect(back[row]).toBeCloseTo(value, 4);
        else expect(back[row]).toBe(value);
      }
    }
  });

  test("words that hardly repeat still have some of their own", async () => {
    const table = await tableOf({
      a: Array.from({ length: 120 }, (_, i) => `word ${i % 40}`),
      b: repeated(120, ["x", "y"]),
    });
    const trained = fit(table);
    expect(trained.layout.shape).toEqual([21 + 3]);
    const { rows } = await throughGraph(trained, table);
    const known = new Set((named(rows, "a") as { dictionary: readonly string[] }).dictionary);
    const [before, after] = [cells(named(table, "a")), cells(named(rows, "a"))];
    for (const [row, word] of before.entries())
      if (known.has(word as string)) expect(after[row]).toBe(word);
  });

  test("columns of any name, the model's own names included", async () => {
    const names = [
      "latent",
      "score",
      "parts",
      "",
      "column.latent",
      "column.column.latent",
      "reconstruction",
      "reconstruction.score",
      "encoder.0.weight",
      "decoder.output.bias",
      "a b\"'<&>\n",
      "ü 🐌",
      "__proto__",
      "constructor",
      "x.y",
    ];
    const values = (i: number) => repeated(30, [i, i + 0.5, i + 3]);
    const columns = names.map((name, i): Column => ({
      name,
      type: "number",
      values: Float64Array.from(values(i)),
    }));
    const table: Table = { kind: "table", rows: 30, columns };
    const trained = fit(table);
    expect(
      new Set(
        Object.values(trained.schema.kind === "table" ? trained.schema.columns : []).map(
          ({ input }) => input,
        ),
      ).size,
    ).toBe(names.length);
    const { rows } = await throughGraph(trained, table);
    expect(rows.columns.map(({ name }) => name)).toEqual(names);
    for (const [i, name] of names.entries())
      expect(Number(cells(named(rows, name))[1]), name).toBeCloseTo(i + 0.5, 4);
  });
});

describe("rows of another form", () => {
  const columns = {
    amount: repeated(30, [1.5, 2, 7]),
    word: repeated(30, ["x", "y"]),
    yes: repeated(30, [true, false]),
    same: repeated(30, [4]),
  };
  const check = async (changed: Readonly<Record<string, readonly Cell[]>>) => {
    const trained = fit(await tableOf(columns));
    return trained.feeds(await tableOf(changed), "today.csv");
  };

  test("in another order are fine, and a column that was left out may be there or not", async () => {
    const { same: _, ...kept } = columns;
    const turned = Object.fromEntries(Object.entries(kept).toReversed());
    expect(await check(turned)).toEqual(await check(columns));
  });

  test.each<[string, Record<string, unknown>, string, RegExp]>([
    [
      "a missing column",
      { amount: undefined },
      "data.column-missing",
      /column "amount", as in training/,
    ],
    ["an extra column", { fee: repeated(30, [1]) }, "data.column-extra", /"fee".*\n.*--drop fee/],
    [
      "text for numbers",
      { amount: repeated(30, [1, "n/a"]) },
      "data.column-type",
      /column "amount", row 2.*a number.*"n\/a"/,
    ],
    [
      "numbers for text",
      { word: repeated(30, [1, 2]) },
      "data.column-type",
      /column "word", row 1.*category.*number 1/,
    ],
    [
      "other numbers for booleans",
      { yes: repeated(30, [0, 2]) },
      "data.column-type",
      /column "yes"/,
    ],
  ])("with %s are refused by name", async (_, change, code, message) => {
    const changed = Object.fromEntries(
      Object.entries({ ...columns, ...change }).filter(([, value]) => value !== undefined),
    );
    const running = check(changed as Record<string, Cell[]>);
    await expect(running).rejects.toMatchObject({ code, fault: "input" });
    await expect(running).rejects.toThrow(message);
    await expect(running).rejects.toThrow(/^today\.csv/);
  });

  test("0 and 1 pass for booleans, and all-missing for anything", async () => {
    const feeds = await check({
      ...columns,
      yes: repeated(30, [1, 0]),
      amount: repeated(30, [null]),
    });
    expect(feeds["yes"]).toEqual((await check(columns))["yes"]);
    expect((feeds["amount"] as Tensor<"float64">).data.every(Number.isNaN)).toBe(true);
  });

  test("of another kind are refused", async () => {
    const trained = fit(await tableOf(columns));
    const array = { kind: "array", rows: 1, shape: [2], data: new Float32Array(2) } as const;
    expect(() => trained.feeds(array, "x.npy")).toThrow(/x\.npy: expected a table.*got array/);
  });
});
