import { expect, test } from "vitest";
import { gradients } from "../autodiff/gradients.ts";
import { input, scalar } from "../graph/value.ts";
import { add, conv2d, convTranspose2d, gather, gemm, loop, shapeOf, sum } from "../ops/index.ts";
import { withKnownSizes } from "../ops/known-sizes.ts";
import { multiplications, threadsFor } from "./work.ts";

test("counts the products of a dense layer, forward and backward", () => {
  const x = input("x", "float32", ["batch", 30]);
  const w = input("w", "float32", [30, 16]);
  const v = input("v", "float32", [16, 4]);
  const y = gemm(gemm(x, w), v);
  expect(multiplications([y], 10)).toBe(10 * (30 * 16 + 16 * 4));
  const sizes = new Map([["batch", gather(shapeOf(x), [0])]]);
  const backward = withKnownSizes(gradients(sum(y), [w, v]), sizes);
  // The hidden layer again; then the gradients of both weights, and of what lies between them.
  expect(multiplications(backward, 10)).toBe(10 * (30 * 16 + (30 * 16 + 16 * 4 + 16 * 4)));
});

test("counts convolutions by the positions that a kernel meets", () => {
  const x = input("x", "float32", ["batch", 8, 8, 3]);
  const w = input("w", "float32", [3, 3, 3, 5]);
  const y = conv2d(x, w, { stride: 2 });
  expect(multiplications([y], 2)).toBe(2 * 4 * 4 * 5 * 27);
  const back = convTranspose2d(y, w, [8, 8], { stride: 2 });
  expect(multiplications([back], 2)).toBe(2 * (2 * 4 * 4 * 5 * 27));
  const sizes = new Map([["batch", gather(shapeOf(x), [0])]]);
  const toKernel = withKnownSizes(gradients(sum(y), [w]), sizes);
  expect(multiplications(toKernel, 2)).toBe(2 * 4 * 4 * 5 * 27);
});

test("looks into loops, and shares out only what is worth it", () => {
  const w = input("w", "float32", [512, 512]);
  const { state } = loop(
    scalar(3, "int64"),
    [input("x", "float32", ["batch", 512])],
    (_turn, [x]) => ({
      state: [add(gemm(x as typeof w, w), 1)],
      scans: [],
    }),
  );
  expect(multiplications(state, 64)).toBe(64 * 512 * 512);
  expect(threadsFor(multiplications(state, 64))).toBe(1);
  expect(threadsFor(multiplications(state, 256))).toBeUndefined();
});
