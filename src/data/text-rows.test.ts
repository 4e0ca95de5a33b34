import fc from "fast-check";
import { expect, test } from "vitest";
import { roundDigits } from "../base/decimals.ts";
import { bytesOut, written } from "./bytes-out.ts";
import { delimited, json, putNumber } from "./text-rows.ts";
import type { Table } from "./source.ts";

const numbers = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => roundDigits(value, 7)),
  fc.double({ min: -1000, max: 1000, noNaN: true }).map((value) => roundDigits(value, 9)),
  fc.integer(),
  fc.maxSafeInteger(),
  fc
    .tuple(fc.maxSafeInteger(), fc.integer({ min: -25, max: 10 }))
    .map(([digits, exponent]) => Number(`${digits}e${exponent}`)),
);

test("numbers are written as String writes them, whatever was written before", () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 8 }), (values) => {
      const out = bytesOut(1);
      let guess = 0;
      for (const value of values) {
        out.at = 0;
        guess = putNumber(out, value, guess);
        expect(Buffer.from(written(out)).toString()).toBe(String(value));
      }
    }),
    { numRuns: 2000 },
  );
});

test("words come out right when chunks share a dictionary, and when it grows", () => {
  const dictionary = ["a", "b,c"];
  const chunk = (codes: readonly number[], words: readonly string[]): Table => ({
    kind: "table",
    rows: codes.length,
    columns: [
      { name: "n", type: "number", values: Float64Array.from(codes, (code) => code / 4) },
      { name: "w", type: "text", codes: Int32Array.from(codes), dictionary: words },
    ],
  });
  const chunks = [
    chunk([0, 1], dictionary),
    chunk([1, -1], dictionary),
    chunk([2, 0], [...dictionary, "d"]),
  ];
  const text = (encode: ReturnType<typeof json>) =>
    chunks.map((part, i) => Buffer.from(encode.rows(part, i === 0)).toString());
  expect(text(delimited(","))).toEqual([
    '0,a\n0.25,"b,c"\n',
    '0.25,"b,c"\n-0.25,\n',
    "0.5,d\n0,a\n",
  ]);
  expect(JSON.parse([...text(json("array")), "]"].join(""))).toEqual([
    { n: 0, w: "a" },
    { n: 0.25, w: "b,c" },
    { n: 0.25, w: "b,c" },
    { n: -0.25, w: null },
    { n: 0.5, w: "d" },
    { n: 0, w: "a" },
  ]);
});
