import { expect, test } from "vitest";
import { connect, interruptQueries, queryRow, withConnection } from "./duck.ts";

test.each(["answer", "stream"] as const)("a query to %s is broken off at once", async (job) => {
  const connection = await connect(job);
  const began = performance.now();
  // Hours of work.
  const endless = queryRow(
    connection,
    "SELECT sum(sin(a.range * b.range)) FROM range(1000000) a, range(1000000) b",
  );
  setTimeout(interruptQueries, 100);
  await expect(endless).rejects.toThrow(/interrupt/i);
  expect(performance.now() - began).toBeLessThan(5000);
  expect(await queryRow(connection, "SELECT 2::DOUBLE")).toEqual([2]);
  connection.closeSync();
});

test("connections that were closed are left alone", async () => {
  const found = await withConnection((connection) => queryRow(connection, "SELECT 1::DOUBLE"));
  expect(found).toEqual([1]);
  expect(interruptQueries).not.toThrow();
});
