/** Matrix products. */
import { broadcastShapes, shapeError, showShape } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import { mul } from "./arithmetic.ts";
import { transpose } from "./shape.ts";
import { productOfFew } from "./sparse-product.ts";

export type GemmAttributes = {
  readonly transA?: number;
  readonly transB?: number;
  readonly alpha?: number;
  readonly beta?: number;
};

export const gemmOp: Op<GemmAttributes> = {
  name: "Gemm",
  floats: ["alpha", "beta"],
  infer: ([a, b], { transA, transB }) => {
    if (a?.shape.length !== 2 || b?.shape.length !== 2 || a.dtype !== b.dtype) {
      throw shapeError(
        "Gemm",
        "two matrices of one type",
        `${a?.dtype}${showShape(a?.shape ?? [])} and ${b?.dtype}${showShape(b?.shape ?? [])}`,
      );
    }
    const [m, k] = transA ? [a.shape[1], a.shape[0]] : a.shape;
    const [k2, n] = transB ? [b.shape[1], b.shape[0]] : b.shape;
    if (k !== k2 || m === undefined || n === undefined) {
      throw shapeError(
        "Gemm",
        "inner sizes that agree",
        `${showShape(a.shape)} and ${showShape(b.shape)}`,
      );
    }
    return [{ dtype: a.dtype, shape: [m, n] }];
  },
  gradient: (
    { inputs: [a, b, c], attributes: { transA = 0, transB = 0, alpha = 1, beta = 1 } },
    [g],
  ) => {
    if (a === undefined || b === undefined || g === undefined) return [];
    const toA = transA
      ? gemm(b, g, { transA: transB, transB: 1, alpha })
      : gemm(g, b, { transA: 0, transB: 1 - transB, alpha });
    const toB = transB
      ? gemm(g, a, { transA: 1, transB: transA, alpha })
      : gemm(a, g, { transA: 1 - transA, transB: 0, alpha });
    // The walk sums c over what it was repeated along.
    return [toA, toB, c && mul(g, beta)];
  },
  simplify: productOfFew,
};

/** alpha · op(a) · op(b) + beta · c, where op transposes on demand; c broadcasts. */
export function gemm(a: Value, b: Value, attributes: GemmAttributes = {}, c?: Value): Value {
  const { transA, transB, alpha, beta } = attributes;
  const kept: GemmAttributes = {
    ...(transA ? { transA } : {}),
    ...(transB ? { transB } : {}),
    ...(alpha !== undefined && alpha !== 1 ? { alpha } : {}),
    ...(beta !== undefined && beta !== 1 ? { beta } : {}),
  };
  return applyOne(gemmOp, c ? [a, b, c] : [a, b], kept);
}

export const matMulOp: Op = {
  name: "MatMul",
  infer: ([a, b]) => {
    if (a === undefined || b === undefined || a.shape.length < 2 || b.shape.length < 2) {
      throw shapeError(
        "MatMul",
        "two values of rank 2 or more",
        `${showShape(a?.shape ?? [])} and ${showShape(b?.shape ?? [])}`,
      );
    }
    const lead = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2), "MatMul");
    const [m, k] = a.shape.slice(-2);
    const [k2, n] = b.shape.slice(-2);
    if (k !== k2 || m === undefined || n === undefined) {
      throw shapeError(
        "MatMul",
        "inner sizes that agree",
        `${showShape(a.shape)} and ${showShape(b.shape)}`,
      );
    }
    return [{ dtype: a.dtype, shape: [...lead, m, n] }];
  },
  gradient: ({ inputs: [a, b] }, [g]) =>
    a && b && g ? [matMul(g, swapLast(b)), matMul(swapLast(a), g)] : [],
};

/** Matrix product over the last two axes, broadcast over the others. */
export function matMul(a: Value, b: Value): Value {
  return a.shape.length === 2 && b.shape.length === 2 ? gemm(a, b) : applyOne(matMulOp, [a, b], {});
}

function swapLast(x: Value): Value {
  const rank = x.shape.length;
  return transpose(
    x,
    x.shape.map((_, i) => (i < rank - 2 ? i : i === rank - 2 ? rank - 1 : rank - 2)),
  );
}
