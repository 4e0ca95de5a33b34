/** What a variable's chances rest on, and that values one by one say what they say at once. */
import { expect, test } from "vitest";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { slice } from "../ops/select.ts";
import { concat } from "../ops/shape.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { autoregressive } from "./autoregressive.ts";
import { createScope } from "./scope.ts";

const SIZES = [2, 4, 3];
const SLOTS = 9;
const ROWS = 4;

function network() {
  let site = 0;
  const scope = createScope({
    training: false,
    parameter: ({ shape }) => {
      const size = shape.reduce((product, n) => product * n, 1);
      return constant(tensor("float32", normals(atSite(keyAt(1, 0), ++site), 1, size), [...shape]));
    },
    buffer: () => {
      throw new Error("no buffers");
    },
  });
  const context = constant(tensor("float32", normals(keyAt(2, 0), ROWS, 3), [ROWS, 3]));
  return autoregressive(scope, SIZES, context);
}

/** One-hot rows: for each variable the value of each row. */
function rowsOf(values: readonly (readonly number[])[]): Value {
  const data = new Float32Array(ROWS * SLOTS);
  let start = 0;
  for (const [i, size] of SIZES.entries()) {
    for (let row = 0; row < ROWS; row += 1)
      data[row * SLOTS + start + (values[i]?.[row] as number)] = 1;
    start += size;
  }
  return constant(tensor("float32", data, [ROWS, SLOTS]));
}

const numbers = (value: Value): readonly number[] =>
  Array.from(evaluate([value], new Map())[0]?.data ?? []);
const VALUES = [
  [0, 1, 0, 1],
  [3, 0, 1, 2],
  [2, 2, 0, 1],
];

test("values given one by one say the same as all at once", () => {
  const one = network();
  const rows = rowsOf(VALUES);
  let known = one.start();
  let start = 0;
  const found: Value[] = [];
  for (const [i, size] of SIZES.entries()) {
    found.push(one.next(known, i));
    known = one.seen(known, i, slice(rows, start, start + size, 1));
    start += size;
  }
  const together = numbers(one.logits(rows));
  for (const [i, x] of numbers(concat(found, 1)).entries())
    expect(x).toBeCloseTo(together[i] as number, 4);
});

test("a variable hears of those before it, and of none else", () => {
  const one = network();
  const before = numbers(one.logits(rowsOf(VALUES)));
  for (const [variable, size] of SIZES.entries()) {
    const changed = VALUES.map((values, i) =>
      i === variable ? values.map((value) => (value + 1) % size) : values,
    );
    const after = numbers(one.logits(rowsOf(changed)));
    const starts = [0, 2, 6, 9];
    for (const [i, x] of after.entries()) {
      const place = i % SLOTS;
      const later = place >= (starts[variable + 1] as number);
      if (later) expect(x).not.toBe(before[i]);
      else expect(x).toBe(before[i]);
    }
  }
});
