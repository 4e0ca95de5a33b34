import { expect, it } from "vitest";
import { arrayFrom, tableFrom } from "./memory.ts";
import { pickRows } from "./pick.ts";
import type { ReadOptions, Source } from "./source.ts";

/** The source read in chunks of 7 rows, so that picks fall in many of them. */
function chunked<S extends Source>(source: S): S {
  return { ...source, read: (options: ReadOptions) => source.read({ ...options, chunk: 7 }) };
}

it("rows come in the order asked for, repeats too, from any chunk", async () => {
  const source = chunked(
    arrayFrom(
      Float64Array.from({ length: 100 }, (_, i) => i),
      [2],
    ),
  );
  const rows = await pickRows(source, Int32Array.of(49, 0, 13, 14, 0));
  if (rows.kind !== "array") throw new Error(rows.kind);
  expect(rows.rows).toBe(5);
  expect([...rows.data]).toEqual([98, 99, 0, 1, 26, 27, 28, 29, 0, 1]);
});

it("dictionaries of several chunks are brought together", async () => {
  const words = Array.from({ length: 30 }, (_, i) => `w${i % 11}`);
  const rows = await pickRows(chunked(tableFrom({ word: words })), Int32Array.of(29, 3, 12));
  const [column] = rows.kind === "table" ? rows.columns : [];
  if (column?.type !== "text") throw new Error("text");
  expect(Array.from(column.codes, (code) => column.dictionary[code])).toEqual(["w7", "w3", "w1"]);
});
