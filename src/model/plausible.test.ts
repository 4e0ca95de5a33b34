/** Values that are made up become values that could have been. */
import { expect, test } from "vitest";
import type { Schema } from "../data/preprocessing.ts";
import type { Table } from "../data/source.ts";
import { plausible } from "./plausible.ts";

const scaling = {
  center: 0,
  scale: 1,
  tail: false,
  mean: 0,
  deviation: 1,
  low: 0,
  high: 10,
  integer: false,
};

function moved(
  values: readonly number[],
  low: readonly number[],
  high: readonly number[],
  decimals?: number,
): readonly number[] {
  const column = { name: "rain", input: "rain", missing: true, role: "numeric", scaling } as const;
  const seen = { bins: { low, high }, ...(decimals === undefined ? {} : { decimals }) };
  const schema: Schema = {
    kind: "table",
    leftOut: [],
    label: undefined,
    columns: [{ ...column, ...seen }],
  };
  const table: Table = {
    kind: "table",
    rows: values.length,
    columns: [{ name: "rain", type: "number", values: Float64Array.from(values) }],
  };
  const [again] = (plausible(table, schema) as Table).columns;
  if (again?.type === "text" || again === undefined) throw new Error("no numbers came back");
  return Array.from(again.values);
}

test("what lies between two bins goes to the nearer one: a spike at 0 is 0", () => {
  const near = moved([-1, 1e-7, 0.4, 0.6, 5, 99], [0, 1], [0, 9]);
  expect(near).toEqual([0, 0, 0, 1, 5, 9]);
});

test("decimals are those of the data, but ends of ranges stay as they were", () => {
  expect(moved([1.2345, 0.123, 9], [0.123, 1], [0.123, 9], 2)).toEqual([1.23, 0.123, 9]);
  expect(moved([1.2345], [1], [9])).toEqual([1.2345]);
});

test("missing stays missing", () => {
  expect(moved([Number.NaN], [0], [1], 1)).toEqual([Number.NaN]);
});
