/** Sizes and positions, known when the graph runs. */
import { sizeOf, tensor } from "../base/tensor.ts";
import type { Dim } from "../graph/dim.ts";
import { dimProduct, shapeError, staticShape } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne, constant, scalar, scalarOf } from "../graph/value.ts";
import { mul } from "./arithmetic.ts";
import { cast, castOp } from "./cast.ts";
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

/** What a scalar counts: a constant, or the size of a value. */
function countOf(limit: Value | undefined): Dim {
  const known = scalarOf(limit);
  if (known !== undefined) return known;
  const [inner] = limit?.node.inputs ?? [];
  if (inner !== undefined && limit?.node.op === castOp) return countOf(inner);
  if (inner !== undefined && limit?.node.op === sizeOp) return dimProduct(inner.shape);
  const [only, ...others] = (inner && limit?.node.op === reshapeOp && dimsOf(inner)) || [];
  if (only !== undefined && others.length === 0) return only;
  throw shapeError("Range", "a count that is a constant or a Size", "another");
}

/** 0, 1, … as int32, one for each element of x, in the shape of x. */
export function positionsLike(x: Value): Value {
  const known = staticShape(x.shape);
  if (known) {
    const places = Int32Array.from({ length: sizeOf(known) }, (_, i) => i);
    return constant(tensor("int32", places, known));
  }
  const size = cast(applyOne(sizeOp, [x], {}), "int32");
  const flat = applyOne(rangeOp, [scalar(0, "int32"), size, scalar(1, "int32")], {});
  return reshapeLike(flat, x.shape);
}
