import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fitTable } from "./fit-table.ts";
import { collectRows } from "./json-rows.ts";
import { collect } from "./memory.ts";
import type { Schema } from "./preprocessing.ts";
import { tablePreprocessing } from "./preprocess-table.ts";
import { readTable } from "./tables.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ae-rows-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A row of training: `note` is missing in some. */
const rowOf = (i: number) => ({
  amount: i * 1.25 - 7,
  text_number: String(i % 9),
  when: new Date(Date.UTC(2024, i % 12, 1 + (i % 28), i % 24, i % 60)).toISOString(),
  day: `2024-${String(1 + (i % 12)).padStart(2, "0")}-${String(1 + (i % 28)).padStart(2, "0")}`,
  clock: `${String(i % 24).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}`,
  kind: ["card", "cash", "wire"][i % 3] as string,
  zip: ["7", "12", "x9"][i % 3] as string,
  large: i % 5 === 0,
  note: i % 4 === 0 ? null : ["a", "b"][i % 2],
});

async function trained() {
  const path = join(folder, "rows.ndjson");
  const rows = Array.from({ length: 200 }, (_, i) => rowOf(i));
  await writeFile(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  const source = await readTable(path);
  const table = await collect(source);
  return { rows, table, schema: fitTable(table, source) };
}

const labelNone = { label: undefined };

test("rows one at a time are what a file of them is", async () => {
  const { rows, table, schema } = await trained();
  expect(schema.columns.map(({ role }) => role)).toEqual(
    expect.arrayContaining(["numeric", "datetime", "categorical", "boolean"]),
  );
  const preprocessing = tablePreprocessing(schema);
  const collector = collectRows({ schema, ...labelNone }, rows.length);
  for (const [i, row] of rows.entries()) collector.add(row, `row ${i + 1}`);
  expect(collector.count).toBe(rows.length);
  const source = collector.take();
  if (source.kind !== "table") throw new Error("no table");
  expect(preprocessing.feeds(await collect(source), "stream")).toEqual(
    preprocessing.feeds(table, "file"),
  );
});

async function feedsOf(schema: Schema, ...rows: unknown[]) {
  const collector = collectRows({ schema, ...labelNone }, rows.length);
  for (const row of rows) collector.add(row, "row");
  const source = collector.take();
  if (schema.kind !== "table" || source.kind !== "table") throw new Error("no table");
  const feeds = tablePreprocessing(schema).feeds(await collect(source), "stream");
  return Object.fromEntries(Object.entries(feeds).map(([name, { data }]) => [name, [...data]]));
}

test("values in other clothes", async () => {
  const { schema } = await trained();
  const plain = rowOf(4);
  const same = {
    ...plain,
    amount: ` ${plain.amount} `,
    text_number: Number(plain.text_number),
    when: plain.when.replace("T", " ").replace(".000Z", "+00:00"),
    day: plain.day.replaceAll("-", "/"),
    large: "FALSE",
    note: "",
    unknown: { deep: [1] },
  };
  const { note: _, ...without } = same;
  const wanted = await feedsOf(schema, plain);
  expect(await feedsOf(schema, same)).toEqual(wanted);
  // A field may be absent where training saw gaps.
  expect(await feedsOf(schema, without)).toEqual(wanted);
});

test("times: zones, fractions, days alone, milliseconds, clocks", async () => {
  const { schema } = await trained();
  const rows = [
    ["2024-05-31T10:00:00Z", Date.UTC(2024, 4, 31, 10)],
    // No zone is UTC, whatever the machine's.
    ["2024-05-31 10:00", Date.UTC(2024, 4, 31, 10)],
    ["2024-05-31T10:00:00.250+02:00", Date.UTC(2024, 4, 31, 8, 0, 0, 250)],
    ["2024-05-31T10:00:00-0530", Date.UTC(2024, 4, 31, 15, 30)],
    ["2024-05-31", Date.UTC(2024, 4, 31)],
    [1.7e12, 1.7e12],
    [null, Number.NaN],
  ] as const;
  const feeds = await feedsOf(schema, ...rows.map(([when]) => ({ ...rowOf(1), when })));
  expect(feeds["when"]).toEqual(rows.map(([, time]) => time));
  const clocks = await feedsOf(schema, { ...rowOf(1), clock: "01:30:15" });
  expect(clocks["clock"]).toEqual([1000 * (90 * 60 + 15)]);
});

test("null is missing even where training had no gap, and an unknown word is a word", async () => {
  const { schema } = await trained();
  const feeds = await feedsOf(schema, { ...rowOf(3), amount: null, kind: "cheque", large: null });
  expect(feeds).toMatchObject({ amount: [Number.NaN], kind: ["cheque"], large: [""] });
  expect((await feedsOf(schema, { ...rowOf(3), zip: 12 }))["zip"]).toEqual(["12"]);
});

test.each([
  [{ amount: "lots" }, 'row 7, column "amount": expected a number, as in training, got "lots"'],
  [{ amount: [1] }, 'column "amount": expected a number'],
  [{ amount: { value: 1 } }, 'got {"value":1}'],
  [{ when: "soon" }, 'column "when": expected a date such as'],
  [{ when: "2024-02-31" }, "expected a date"],
  [{ when: "31.05.2024" }, "expected a date"],
  [{ large: "perhaps" }, 'column "large": expected true or false'],
  [{ large: 2 }, "true or false"],
  [{ kind: 3 }, 'column "kind": expected a category, as in training, got 3'],
  [{ kind: ["card"] }, 'column "kind": expected a text'],
  [{ kind: undefined }, 'row 7: expected a field "kind", which no row of training lacked'],
])("%o is refused", async (change, words) => {
  const { schema } = await trained();
  const collector = collectRows({ schema, ...labelNone }, 2);
  expect(() => collector.add({ ...rowOf(1), ...change }, "row 7")).toThrow(words);
  // Nothing of it is left: the next row is the first.
  collector.add(rowOf(2), "row 8");
  expect(collector.count).toBe(1);
  const source = collector.take();
  expect(source.rows).toBe(1);
});

test.each([[null], [[1, 2]], ["text"], [7]])("%o is no row of a table", async (value) => {
  const { schema } = await trained();
  const collector = collectRows({ schema, ...labelNone }, 1);
  expect(() => collector.add(value, "row 1")).toThrow("row 1: expected an object");
});

const scaling = {
  center: 0,
  scale: 1,
  tail: false,
  mean: 0,
  deviation: 1,
  low: 0,
  high: 1,
  integer: false,
};

test("arrays: flat or nested, null is missing", async () => {
  const schema: Schema = { kind: "array", shape: [2, 3], scalings: [scaling], missing: [] };
  const collector = collectRows({ schema, ...labelNone }, 4);
  collector.add([1, 2, 3, 4, 5, 6], "row 1");
  collector.add(
    [
      [7, null, 9],
      [10, 11, 12],
    ],
    "row 2",
  );
  expect(() => collector.add([1, 2, 3], "row 3")).toThrow(
    "row 3: expected an array of 2 × 3 numbers, got 3",
  );
  expect(() => collector.add([1, 2, "3", 4, 5, 6], "row 4")).toThrow(
    "row 4, number 3: expected finite numbers",
  );
  expect(() => collector.add({ a: 1 }, "row 5")).toThrow("expected an array");
  const source = collector.take();
  if (source.kind !== "array") throw new Error("no array");
  const rows = await collect(source);
  expect(rows).toMatchObject({ rows: 2, shape: [2, 3] });
  expect([...rows.data]).toEqual([1, 2, 3, 4, 5, 6, 7, Number.NaN, 9, 10, 11, 12]);
});

test("images: bytes, row by row", async () => {
  const schema: Schema = { kind: "images", height: 2, width: 2, channels: 1 };
  const collector = collectRows({ schema, ...labelNone }, 2);
  collector.add(
    [
      [0, 128],
      [255, 3],
    ],
    "row 1",
  );
  expect(() => collector.add([0, 1, 2, 256], "row 2")).toThrow(
    "row 2, number 4: expected whole numbers from 0 to 255, got 256",
  );
  expect(() => collector.add([0, 1, 2, 0.5], "row 3")).toThrow("number 4");
  const source = collector.take();
  if (source.kind !== "images") throw new Error("no images");
  expect([...(await collect(source)).data]).toEqual([0, 128, 255, 3]);
});

test("labels that the model needs come along, and are checked", async () => {
  const { schema } = await trained();
  const label = {
    name: "fraud",
    input: "fraud",
    classes: ["no", "yes"],
    shares: [0.5, 0.5],
    required: true,
  };
  const collector = collectRows({ schema, label }, 3);
  collector.add({ ...rowOf(1), fraud: "yes" }, "row 1");
  expect(() => collector.add({ ...rowOf(2), fraud: "maybe" }, "row 2")).toThrow(
    'row 2, column "fraud": expected one of the classes it was trained on: no, yes, got "maybe"',
  );
  expect(() => collector.add(rowOf(2), "row 3")).toThrow('expected a field "fraud"');
  expect(await collector.take().labels?.()).toEqual(["yes"]);
});

test("series are refused", () => {
  const schema: Schema = { kind: "series", window: 4, channels: [{ name: "a", scaling }] };
  expect(() => collectRows({ schema, ...labelNone }, 1)).toThrow(
    "write the series to a file".replace("w", "W"),
  );
});
