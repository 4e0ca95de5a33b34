import { expect, test } from "vitest";
import { smallTable } from "../../test/support/small-data.ts";
import { tableSource } from "../data/memory.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows } from "../data/source.ts";
import { blockRows, inBlocks } from "./blocks.ts";

test.each([1, 3, 7, 10, 64])(
  "read %i at a time, rows come in blocks of ten all the same",
  async (read) => {
    const table = smallTable(43);
    const blocks: Rows[] = [];
    for await (const block of inBlocks(tableSource(table), { read }).read({ chunk: 10 }))
      blocks.push(block);
    expect(blocks.map(({ rows }) => rows)).toEqual([10, 10, 10, 10, 3]);
    const joined = concatRows(blocks);
    if (joined.kind !== "table") throw new Error("no table");
    for (const [i, column] of joined.columns.entries()) {
      const wanted = table.columns[i];
      if (column.type === "text" || wanted?.type === "text") {
        const words = (one: typeof column | typeof wanted) =>
          one?.type === "text" ? Array.from(one.codes, (code) => one.dictionary[code]) : [];
        expect(words(column)).toEqual(words(wanted));
      } else expect(column.values).toEqual(wanted?.values);
    }
  },
);

test("blocks are smaller where rows are larger, and never a handful", () => {
  expect([8, 784, 2 ** 14, 2 ** 22].map(blockRows)).toEqual([512, 512, 256, 16]);
});
