import { expect, test } from "vitest";
import { tensor } from "../base/tensor.ts";
import { markOwned } from "../data/owned.ts";
import type { Table } from "../data/source.ts";
import { movable } from "./movable.ts";

function tableOf(...values: readonly Float64Array[]): Table {
  const columns = values.map((column, i) => ({
    name: `x${i}`,
    type: "number" as const,
    values: column,
  }));
  return { kind: "table", rows: values[0]?.length ?? 0, columns };
}

const feedsOf = (table: Table) =>
  Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      tensor("float64", column.type === "text" ? new Float64Array(0) : column.values),
    ]),
  );

/** Moves the memory of feeds away, as a message to a worker does. */
function send(feeds: ReturnType<typeof movable>) {
  const buffers = new Set(Object.values(feeds).map(({ data }) => (data as Float64Array).buffer));
  return structuredClone(feeds, { transfer: [...buffers] as ArrayBuffer[] });
}

test("arrays of the caller stay whole, and travel as one", () => {
  const all = Float64Array.from({ length: 9 }, (_, i) => i);
  // Parts of one array, as a chunk of a longer column is.
  const table = tableOf(all.subarray(1, 4), Float64Array.of(7, 8, 9), all.subarray(4, 7));
  const feeds = movable(feedsOf(table), table);
  expect(new Set(Object.values(feeds).map(({ data }) => (data as Float64Array).buffer)).size).toBe(
    1,
  );
  expect(send(feeds)).toMatchObject({
    x0: { data: Float64Array.of(1, 2, 3), shape: [3] },
    x1: { data: Float64Array.of(7, 8, 9) },
    x2: { data: Float64Array.of(4, 5, 6) },
  });
  expect([...all]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect([...feedsOf(table)["x1"]!.data]).toEqual([7, 8, 9]);
});

test("what was made for the feeds, or is owned, goes without a copy", () => {
  const table = tableOf(Float64Array.of(1, 2));
  const made = { own: tensor("float64", Float64Array.of(5)), word: tensor("string", ["a"]) };
  expect(movable(made, table)).toEqual(made);
  expect(movable(made, table)["own"]!.data).toBe(made.own.data);
  const owned = markOwned(tableOf(Float64Array.of(1, 2)));
  const feeds = feedsOf(owned);
  expect(movable(feeds, owned)).toBe(feeds);
});
