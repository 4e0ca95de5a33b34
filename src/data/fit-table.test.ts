import { describe, expect, test } from "vitest";
import { fitTable } from "./fit-table.ts";
import { tableFrom } from "./memory.ts";
import type { Cell } from "./memory-columns.ts";
import type { CategoryColumnSchema, NumberColumnSchema, TableSchema } from "./preprocessing.ts";

async function fit(columns: Readonly<Record<string, readonly Cell[]>>): Promise<TableSchema> {
  for await (const table of tableFrom(columns).read()) return fitTable(table, { name: "rows" });
  throw new Error("no rows");
}
const repeated = <T>(length: number, values: readonly T[]): T[] =>
  Array.from({ length }, (_, i) => values[i % values.length] as T);

describe("fitting a table", () => {
  test("refuses one column alone", async () => {
    const rows = { amount: repeated(40, [1, 2]), same: repeated(40, [7]) };
    await expect(fit(rows)).rejects.toThrow(
      /at least 2 columns.*only "amount"; "same" is left out/,
    );
  });

  test("gives each column its role, and says what is left out and why", async () => {
    const { columns, leftOut } = await fit({
      amount: repeated(40, [1.5, 2, 7]),
      count: repeated(40, [1, null, 3]),
      word: repeated(40, ["b", "a", "b", null]),
      yes: repeated(40, [true, false]),
      day: repeated(40, [new Date(0), new Date(1e12)]),
      id: Array.from({ length: 40 }, (_, i) => i * 7),
      same: repeated(40, ["one"]),
    });
    expect(columns.map(({ name, role, missing }) => [name, role, missing])).toEqual([
      ["amount", "numeric", false],
      ["count", "numeric", true],
      ["word", "categorical", true],
      ["yes", "boolean", false],
      ["day", "datetime", false],
    ]);
    expect(leftOut.map(({ name }) => name)).toEqual(["id", "same"]);
    const scalings = columns.flatMap((c) =>
      "scaling" in c ? [(c as NumberColumnSchema).scaling] : [],
    );
    expect(scalings.map(({ integer }) => integer)).toEqual([false, true, true]);
  });

  test("puts words in the order of their counts, equal ones in that of the alphabet", async () => {
    const words = ["d", "b", "b", "a", "c", "b", "c", "a", "b", "d"];
    const { columns } = await fit({ word: repeated(50, words), other: repeated(50, [1, 2]) });
    expect((columns[0] as CategoryColumnSchema).words).toEqual(["b", "a", "c", "d"]);
    const turned = await fit({
      word: repeated(50, words).toReversed(),
      other: repeated(50, [1, 2]),
    });
    expect((turned.columns[0] as CategoryColumnSchema).words).toEqual(["b", "a", "c", "d"]);
  });

  test("gives rare words of a long list no slot, and never more than 256", async () => {
    // 30 frequent words, and 20 that come once.
    const frequent = repeated(
      600,
      Array.from({ length: 30 }, (_, i) => `w${i}`),
    );
    const rare = Array.from({ length: 20 }, (_, i) => `rare ${i}`);
    const { columns } = await fit({ word: [...frequent, ...rare], other: repeated(620, [1, 2]) });
    expect((columns[0] as CategoryColumnSchema).words).toHaveLength(30);
    const long = Array.from({ length: 300 }, (_, i) => `w${i}`);
    const many = await fit({ word: repeated(3000, long), other: repeated(3000, [1, 2]) });
    expect((many.columns[0] as CategoryColumnSchema).words).toHaveLength(256);
    const few = await fit({
      word: [...repeated(100, ["x", "y"]), "once"],
      other: repeated(101, [1, 2]),
    });
    expect((few.columns[0] as CategoryColumnSchema).words).toEqual(["x", "y", "once"]);
  });
});
