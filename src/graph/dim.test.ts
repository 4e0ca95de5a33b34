import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Dim } from "./dim.ts";
import { broadcastShapes, dimProduct, dimQuotient, dimSum, normalAxis, sameShape } from "./dim.ts";

/** A dimension, with what it is when the symbols are given sizes. */
const SIZES: Readonly<Record<string, number>> = { a: 3, batch: 5, rows: 7 };
const symbol = fc.constantFrom(...Object.keys(SIZES));
const dims = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.array(symbol, { maxLength: 3 }))
  .map(([count, symbols]) => dimProduct([count, ...symbols]));

function sizeOf(dim: Dim): number {
  if (typeof dim === "number") return dim;
  return dim.split("*").reduce((n, part) => n * (SIZES[part] ?? Number(part)), 1);
}

describe("products and quotients", () => {
  test("spell equal dimensions alike", () => {
    expect(dimProduct(["batch", 7, 7])).toBe("49*batch");
    expect(dimProduct([7, "rows", "batch"])).toBe("7*batch*rows");
    expect(dimProduct(["batch*rows", 2])).toBe("2*batch*rows");
    expect(dimProduct([1, "batch"])).toBe("batch");
    expect(dimProduct(["batch", 0])).toBe(0);
    expect(dimProduct([])).toBe(1);
    fc.assert(
      fc.property(fc.array(dims, { maxLength: 4 }), (list) => {
        const product = dimProduct(list);
        expect(dimProduct(list.toReversed())).toBe(product);
        expect(sizeOf(product)).toBe(list.reduce<number>((n, dim) => n * sizeOf(dim), 1));
      }),
    );
  });

  test("are each other's inverse", () => {
    fc.assert(
      fc.property(dims, dims, (a, b) => {
        expect(dimQuotient(dimProduct([a, b]), b)).toBe(a);
      }),
    );
  });

  test("do not divide what does not come out even", () => {
    expect(dimQuotient(7, 2)).toBeUndefined();
    expect(dimQuotient("7*batch", 2)).toBeUndefined();
    expect(dimQuotient(6, "batch")).toBeUndefined();
    expect(dimQuotient("batch", "batch*batch")).toBeUndefined();
    expect(dimQuotient(6, 0)).toBeUndefined();
  });
});

describe("sums", () => {
  test("add counts of one symbol", () => {
    expect(dimSum([2, 3], "here")).toBe(5);
    expect(dimSum(["batch", "3*batch"], "here")).toBe("4*batch");
    expect(dimSum([0, "batch"], "here")).toBe("batch");
  });

  test("refuse to mix, and name the place", () => {
    expect(() => dimSum(["batch", 1], "Concat")).toThrow(
      "Concat: expected dimensions that can be added, got batch + 1",
    );
    expect(() => dimSum(["batch", "rows"], "Concat")).toThrow("batch + rows");
  });
});

describe("broadcasting", () => {
  test("follows numpy, symbols included", () => {
    expect(broadcastShapes(["batch", 3], [3], "here")).toEqual(["batch", 3]);
    expect(broadcastShapes([], ["batch"], "here")).toEqual(["batch"]);
    expect(broadcastShapes(["batch", 1, 4], [5, 1], "here")).toEqual(["batch", 5, 4]);
  });

  test("does not guess that a symbol is a number", () => {
    expect(() => broadcastShapes(["batch"], [4], "Add")).toThrow("Add");
    expect(() => broadcastShapes(["batch"], ["rows"], "Add")).toThrow("[batch] and [rows]");
  });

  test("is symmetric, and adds nothing to its own result", () => {
    const shape = fc.array(fc.constantFrom<Dim>(1, 2, "batch"), { maxLength: 4 });
    fc.assert(
      fc.property(shape, shape, (a, b) => {
        let both;
        try {
          both = broadcastShapes(a, b, "here");
        } catch {
          expect(() => broadcastShapes(b, a, "here")).toThrow();
          return;
        }
        expect(broadcastShapes(b, a, "here")).toEqual(both);
        expect(broadcastShapes(both, a, "here")).toEqual(both);
      }),
    );
  });
});

test("axes count from either end", () => {
  expect(normalAxis(-1, 3, "here")).toBe(2);
  expect(normalAxis(0, 3, "here")).toBe(0);
  expect(() => normalAxis(3, 3, "Softmax")).toThrow("Softmax: expected an axis below 3, got 3");
  expect(() => normalAxis(-4, 3, "here")).toThrow();
});

test("shapes are the same when every dimension is", () => {
  expect(sameShape(["batch", 2], ["batch", 2])).toBe(true);
  expect(sameShape(["batch", 2], ["batch", 2, 1])).toBe(false);
  expect(sameShape(["batch"], ["rows"])).toBe(false);
});
