/** Sizes and positions, known when the graph runs. */
import { sizeOf, tensor } from "../base/tensor.ts";
import type { Dim } from "../graph/dim.ts";
import { dimProduct, shapeError, staticShape } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne, constant, scalar, scalarOf } from "../graph/value.ts";
import { add, mul } from "./arithmetic.ts";
import { cast, castOp } from "./cast.ts";
import { largest, reduceMaxOp } from "./reduce.ts";
import { gather } from "./select.ts";
import { dimsOf, reshapeLike, reshapeOp, shapeOf } from "./shape.ts";

export const sizeOp: Op = {
  name: "Size",
  infer: () => [{ dtype: "int64", shape: [] }],
};

/** Number of elements along axes as a scalar of x's type, known when the graph runs. */
export function dynamicSize(x: Value, axes: readonly number[]): Value {
  const sizes = shapeOf(x);
  const one = (axis: number): Value => gather(sizes, scalar(axis, "int64"));
  return cast(axes.map(one).reduce(mul), x.dtype);
}

export const rangeOp: Op = {
  name: "Range",
  infer: ([start, limit, step]) => {
    if (start === undefined || scalarOf(start) !== 0 || scalarOf(step) !== 1) {
      throw shapeError("Range", "a count from 0 by 1", "another");
    }
    return [{ dtype: start.dtype, shape: [countOf(limit)] }];
  },
};

/**
 * What a scalar counts: a constant, the size of a value, or the largest of some numbers, which is
 * known when the graph runs and has one name: a graph can hold one such count.
 */
function countOf(limit: Value | undefined): Dim {
  const known = scalarOf(limit);
  if (known !== undefined) return known;
  const [inner] = limit?.node.inputs ?? [];
  if (inner !== undefined && limit?.node.op === castOp) return countOf(inner);
  if (inner !== undefined && limit?.node.op === sizeOp) return dimProduct(inner.shape);
  if (limit?.node.op === reduceMaxOp) return "longest";
  const [only, ...others] = (inner && limit?.node.op === reshapeOp && dimsOf(inner)) || [];
  if (only !== undefined && others.length === 0) return only;
  throw shapeError("Range", "a count that is a constant, a Size or a maximum", "another");
}

/** 0, 1, … up to the largest of x, as int32 `[longest]`; nothing where that is 0. */
export function countsUpTo(x: Value): Value {
  return applyOne(rangeOp, [scalar(0, "int32"), largest(x), scalar(1, "int32")], {});
}

/** 0, 1, … as int32, one for each element of x, in the shape of x. */
export function positionsLike(x: Value): Value {
  const known = staticShape(x.shape);
  if (known) {
    const places = Int32Array.from({ length: sizeOf(known) }, (_, i) => i);
    return constant(tensor("int32", places, known));
  }
  if (x.shape.length === 2 && x.shape.every((dim) => typeof dim === "string")) {
    // Both sizes are known only when the graph runs: rows by their first column, and the reverse.
    const [row, column] = [gather(x, [0], 1), gather(x, [0], 0)].map(positionsLike);
    return add(mul(row as Value, dynamicSize(cast(x, "int32"), [1])), column as Value);
  }
  const size = cast(applyOne(sizeOp, [x], {}), "int32");
  const flat = applyOne(rangeOp, [scalar(0, "int32"), size, scalar(1, "int32")], {});
  return reshapeLike(flat, x.shape);
}
