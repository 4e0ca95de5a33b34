/** That products with few numbers a row are written without the large product, and are the same. */
import { expect, test } from "vitest";
import { cells } from "../../test/evaluator/cells.ts";
import { evaluate } from "../../test/evaluator/evaluate.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { lower, sortedNodes } from "../graph/walk.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import { gemm } from "./matrix.ts";
import { square } from "./pointwise.ts";
import { topK } from "./rank.ts";
import { sum } from "./reduce.ts";
import { spread } from "./select.ts";

const ROWS = 5;
/** Forwards, and the gradients of the code, of the matrix and of the offset. The last two stay. */
const ALL = ["Gemm", "Gemm", "Gemm", "Gemm"];

function drawn(shape: readonly number[], site: number) {
  const size = shape.reduce((a, b) => a * b, 1);
  return cells("float64", shape, normals(atSite(keyAt(4, 0), site), 1, size));
}

/** The k largest of `units` numbers a row, times a matrix, and the gradients of what comes of it. */
function product(units: number, k: number, width: number) {
  const active = input("active", "float64", ["batch", units]);
  const weight = input("weight", "float64", [units, width]);
  const offset = input("offset", "float64", [width]);
  const { values, index } = topK(active, k);
  const y = gemm(spread(values, index, active), weight, {}, offset);
  const outputs = [y, ...gradients(sum(square(y)), [active, weight, offset])];
  const fed = new Map([
    [active, drawn([ROWS, units], 0)],
    [weight, drawn([units, width], 1)],
    [offset, drawn([width], 2)],
  ]);
  return { outputs, fed };
}

function products(outputs: readonly Value[]): string[] {
  return sortedNodes(outputs).flatMap(({ op }) => (/Gemm|MatMul/.test(op.name) ? [op.name] : []));
}

test("a rare code reads the rows that it meets, forwards and backwards, with the same result", () => {
  const { outputs, fed } = product(256, 2, 9);
  expect(products(outputs)).toEqual(ALL);
  const lowered = lower(outputs);
  expect(products(lowered).toSorted()).toEqual(["Gemm", "Gemm", "MatMul", "MatMul"]);
  const plain = evaluate(outputs, fed);
  for (const [i, found] of evaluate(lowered, fed).entries()) {
    expect(found.shape).toEqual(plain[i]?.shape);
    for (const [j, value] of found.data.entries())
      expect(value).toBeCloseTo(plain[i]?.data[j] as number, 10);
  }
  expect(plain[0]?.data.some((value) => value !== 0)).toBe(true);
});

test.each([
  ["a code that is not rare", 256, 5, 9],
  ["rows so wide that copying them takes more memory than the code", 256, 2, 600],
])("%s is multiplied as it is", (_, units, k, width) => {
  expect(products(lower(product(units, k, width).outputs))).toEqual(ALL);
});

test("other products with a transposed side or a factor are left alone", () => {
  const active = input("active", "float64", ["batch", 256]);
  const weight = input("weight", "float64", [9, 256]);
  const { values, index } = topK(active, 2);
  const code = spread(values, index, active);
  const turned = gemm(code, weight, { transB: 1 });
  const halved = gemm(code, input("other", "float64", [256, 9]), { alpha: 0.5 });
  expect(products(lower([turned, halved]))).toEqual(["Gemm", "Gemm"]);
});
