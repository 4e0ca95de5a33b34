/** Reductions over axes. */
import type { Dim, Shape } from "../graph/dim.ts";
import { dimProduct, normalAxis, sameShape } from "../graph/dim.ts";
import type { Call, Op, Type, Value } from "../graph/value.ts";
import { applyOne, constantOf, integers, scalar } from "../graph/value.ts";
import { div, mul } from "./arithmetic.ts";
import { cast, isFloat } from "./cast.ts";
import { equal } from "./compare.ts";
import { dynamicSize } from "./count.ts";
import { gemm } from "./matrix.ts";
import { gather } from "./select.ts";
import { broadcastLike, concat, expand, reshape, reshapeLike, shapeOf } from "./shape.ts";

type ReduceAttributes = { readonly keepdims: number };

function axesOf(x: Value, axes: Value | undefined): readonly number[] {
  const held = constantOf(axes);
  if (held === undefined) return x.shape.map((_, i) => i);
  return Array.from(held.data as BigInt64Array, (axis) =>
    normalAxis(Number(axis), x.shape.length, "reduce"),
  );
}

function keptShape(x: Value, axes: readonly number[]): Shape {
  return x.shape.map((dim, i) => (axes.includes(i) ? 1 : dim));
}

function inferReduced(
  [x, axes]: readonly Value[],
  { keepdims }: ReduceAttributes,
): readonly Type[] {
  if (x === undefined) return [];
  const reduced = axesOf(x, axes);
  const shape = keepdims ? keptShape(x, reduced) : x.shape.filter((_, i) => !reduced.includes(i));
  return [{ dtype: x.dtype, shape }];
}

/** A reduced value or its gradient, with the reduced axes back as ones. */
function withAxes(call: Call<ReduceAttributes>, value: Value): Value {
  const [x, axes] = call.inputs;
  if (x === undefined || call.attributes.keepdims) return value;
  return reshapeLike(value, keptShape(x, axesOf(x, axes)));
}

export const reduceSumOp: Op<ReduceAttributes> = {
  name: "ReduceSum",
  infer: inferReduced,
  gradient: (call, [g]) => {
    const [x] = call.inputs;
    return [x && g && broadcastLike(withAxes(call, g), x)];
  },
};

export const reduceSumSquareOp: Op<ReduceAttributes> = {
  name: "ReduceSumSquare",
  infer: inferReduced,
  gradient: (call, [g]) => {
    const [x] = call.inputs;
    return [x && g && mul(x, mul(withAxes(call, g), 2))];
  },
};

/** Equal extremes share the gradient evenly. */
function extreme(name: string): Op<ReduceAttributes> {
  return {
    name,
    infer: inferReduced,
    gradient: (call, [g]) => {
      const [x, axes] = call.inputs;
      const [y] = call.outputs;
      if (x === undefined || y === undefined || g === undefined) return [];
      const chosen = cast(equal(x, withAxes(call, y)), x.dtype);
      const ties = applyOne(reduceSumOp, [chosen, axes], { keepdims: 1 });
      return [mul(chosen, div(withAxes(call, g), ties))];
    },
  };
}

export const reduceMaxOp = extreme("ReduceMax");
export const reduceMinOp = extreme("ReduceMin");

export interface ReduceOptions {
  /** Axes to reduce; all by default. */
  readonly axes?: readonly number[];
  /** Keep reduced axes as ones. */
  readonly keep?: boolean;
}

function reduce(op: Op<ReduceAttributes>): (x: Value, options?: ReduceOptions) => Value {
  return (x, { axes, keep = false } = {}) => {
    const over = (axes ?? x.shape.map((_, i) => i)).map((axis) =>
      normalAxis(axis, x.shape.length, op.name),
    );
    if (over.every((axis) => x.shape[axis] === 1)) {
      // Reducing unit axes is a change of shape; and ONNX takes "no axes" for "all axes".
      const y = op === reduceSumSquareOp ? mul(x, x) : x;
      return reshapeLike(y, keep ? x.shape : x.shape.filter((_, i) => !over.includes(i)));
    }
    return applyOne(op, axes === undefined ? [x] : [x, integers(over)], { keepdims: keep ? 1 : 0 });
  };
}

export const sum = reduce(reduceSumOp);
export const sumOfSquares = reduce(reduceSumSquareOp);
export const largest = reduce(reduceMaxOp);
export const smallest = reduce(reduceMinOp);

/** Sums a gradient over the axes along which its input was repeated. */
export function sumTo(g: Value, shape: Shape): Value {
  if (sameShape(g.shape, shape)) return g;
  const quick = sumOfRows(g, shape);
  if (quick !== undefined) return quick;
  const lead = g.shape.length - shape.length;
  const axes = g.shape.flatMap((dim, i) =>
    i < lead || (shape[i - lead] === 1 && dim !== 1) ? [i] : [],
  );
  return reshapeLike(axes.length === 0 ? g : sum(g, { axes, keep: true }), shape);
}

/**
 * All rows of `[…, width]` added up, as for a bias: a row of ones times a matrix, which takes a
 * fifth of the time of ONNX Runtime's sum over leading axes; and a single column row by row, since
 * the runtime does not share out one long sum (docs/decisions/training-step.md).
 */
function sumOfRows(g: Value, shape: Shape): Value | undefined {
  const [width] = shape;
  if (!isFloat(g.dtype) || shape.length !== 1 || g.shape.length < 2) return undefined;
  if (typeof width !== "number" || g.shape.at(-1) !== width) return undefined;
  if (width === 1) {
    const rest = g.shape.map((_, i) => i).slice(1);
    return reshapeLike(sum(sum(g, { axes: rest })), shape);
  }
  const flat = reshape(g, [-1, width]);
  const rows = concat([integers([1]), gather(shapeOf(flat), [0])], 0);
  return reshapeLike(gemm(expand(scalar(1, g.dtype), rows), flat), shape);
}

/** Arithmetic mean over axes, all by default; the batch may be of any size. */
export function mean(x: Value, options: ReduceOptions = {}): Value {
  const over = (options.axes ?? x.shape.map((_, i) => i)).map((axis) =>
    normalAxis(axis, x.shape.length, "mean"),
  );
  const count: Dim = dimProduct(over.map((axis) => x.shape[axis] ?? 1));
  const total = sum(x, options);
  if (typeof count === "number") return mul(total, scalar(1 / count, x.dtype));
  return div(total, dynamicSize(x, over));
}
