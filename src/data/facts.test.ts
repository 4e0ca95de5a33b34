import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatherFacts } from "./facts.ts";
import type { Cell } from "./memory-columns.ts";
import { arrayFrom, collect, tableFrom } from "./memory.ts";
import type { TableSchema } from "./preprocessing.ts";
import { fitSchema } from "./preprocessings.ts";
import { sliceRows, takeRows } from "./rows.ts";
import type { Rows } from "./source.ts";

const origin = { name: "data" };

function factsOf(rows: Rows, chunk: number, counts: (row: number) => boolean = () => true) {
  const gatherer = gatherFacts();
  for (let from = 0; from < rows.rows; from += chunk)
    gatherer.add(sliceRows(rows, from, Math.min(rows.rows, from + chunk)), (i) => counts(from + i));
  return gatherer.end();
}

const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }),
  fc.constant(null),
);
const whole = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constant(null));
const word = fc.oneof(fc.constantFrom("a", "b", "c", ""), fc.string({ maxLength: 3 }));
const columnsOf = (rows: number) =>
  fc.record({
    number: fc.array(number, { minLength: rows, maxLength: rows }),
    whole: fc.array(whole, { minLength: rows, maxLength: rows }),
    word: fc.array(word, { minLength: rows, maxLength: rows }),
    flag: fc.array(fc.constantFrom(true, false, null), { minLength: rows, maxLength: rows }),
    // Never left out, so that something is left to learn from.
    one: fc.constant(Array.from({ length: rows }, (_, i) => i % 3)),
    two: fc.constant(Array.from({ length: rows }, (_, i) => (i * 7) % 5)),
  });

describe("the facts of all rows", () => {
  test("change nothing where all rows are at hand", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 60 }).chain(columnsOf),
        fc.integer({ min: 1, max: 70 }),
        async (columns, chunk) => {
          const rows = await collect(tableFrom(columns));
          const facts = factsOf(rows, chunk);
          expect(fitSchema(rows, origin, facts)).toEqual(fitSchema(rows, origin));
        },
      ),
      { numRuns: 200 },
    );
  });

  test("of arrays, too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(number, { minLength: 3, maxLength: 3 }), { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        fc.constantFrom([3], [1, 3]),
        async (values, chunk, shape) => {
          const data = Float64Array.from(values.flat(), (x) => x ?? Number.NaN);
          const rows = await collect(arrayFrom(data, shape));
          const facts = factsOf(rows, chunk);
          expect(fitSchema(rows, origin, facts)).toEqual(fitSchema(rows, origin));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** 5,000 rows with things that hardly any sample of 500 has. */
function rare(): Record<string, Cell[]> {
  const rows = Array.from({ length: 5000 }, (_, i) => i);
  return {
    gap: rows.map((i) => (i === 4321 ? null : Math.sin(i))),
    outlier: rows.map((i) => (i === 1234 ? 1e7 : Math.cos(i))),
    odd: rows.map((i) => (i === 77 ? 40 : 2)),
    // Each word comes 5 times, once, or often.
    word: rows.map((i) => (i < 100 ? `w${i % 20}` : i === 101 ? "once" : `often${i % 30}`)),
    rareFlag: rows.map((i) => i === 2500),
    // Row numbers, in and out of order.
    count: rows.map((i) => 10 + i),
    shuffled: rows.map((i) => (i * 1999) % 5000),
    // A third of the texts are new: half of the texts of the sample are.
    code: rows.map((i) => `c${i % 1700}`),
  };
}

describe("a sample with the facts of all rows", () => {
  // Without the rows that matter.
  const sample = Int32Array.from({ length: 500 }, (_, i) => 200 + 9 * i).filter(
    (row) => ![4321, 1234, 2500].includes(row),
  );

  test("knows ranges, gaps, words and identifiers that the sample lacks", async () => {
    const all = await collect(tableFrom(rare()));
    const some = takeRows(all, sample);
    const alone = fitSchema(some, origin) as TableSchema;
    const fitted = fitSchema(some, origin, factsOf(all, 700)) as TableSchema;
    const whole = fitSchema(all, origin) as TableSchema;

    const named = (schema: TableSchema, name: string) =>
      schema.columns.find((column) => column.name === name);
    expect(fitted.leftOut).toEqual(whole.leftOut);
    expect(whole.leftOut.map(({ name }) => name)).toEqual(["count", "shuffled"]);
    expect(alone.leftOut.map(({ name }) => name)).not.toEqual(["count", "shuffled"]);
    expect(named(fitted, "gap")?.missing).toBe(true);
    expect(named(alone, "gap")?.missing).toBe(false);
    expect(named(fitted, "word")).toEqual(named(whole, "word"));
    expect(named(alone, "word")).not.toEqual(named(whole, "word"));
    expect(named(fitted, "rareFlag")).toEqual(named(whole, "rareFlag"));
    for (const column of ["gap", "outlier", "odd"]) {
      const [mine, theirs] = [named(fitted, column), named(whole, column)];
      if (mine === undefined || !("scaling" in mine)) throw new Error(column);
      if (theirs === undefined || !("scaling" in theirs)) throw new Error(column);
      const { low, high, tail } = theirs.scaling;
      expect(mine.scaling).toMatchObject({ low, high });
      if (column !== "odd") expect(mine.scaling.tail).toBe(tail);
      // A value of all rows is no further out than the network can take.
      const far = Math.max(...[low, high].map((x) => Math.abs(x - mine.scaling.center)));
      if (!mine.scaling.tail) expect(far / mine.scaling.scale).toBeLessThan(10);
    }
  });

  test("counts training rows alone", async () => {
    const all = await collect(tableFrom(rare()));
    const facts = factsOf(all, 700, (row) => row !== 1234 && row !== 4321);
    const fitted = fitSchema(takeRows(all, sample), origin, facts) as TableSchema;
    expect(fitted.columns.find(({ name }) => name === "gap")?.missing).toBe(false);
    const outlier = fitted.columns.find(({ name }) => name === "outlier");
    expect(outlier).toMatchObject({ scaling: { high: 1, tail: false } });
  });
});
