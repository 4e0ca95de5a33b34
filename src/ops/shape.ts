/** Ops that arrange elements anew: shapes, repetition, transposition, joining, cutting. */
import type { Dim, Shape } from "../graph/dim.ts";
import {
  broadcastShapes,
  dimProduct,
  dimQuotient,
  dimSum,
  normalAxis,
  sameShape,
  shapeError,
  showShape,
  staticShape,
} from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import {
  apply,
  applyOne,
  constantOf,
  inputOp,
  integers,
  integersOf,
  scalar,
} from "../graph/value.ts";
import { requireSameType } from "./operand.ts";

export const shapeOp: Op = {
  name: "Shape",
  infer: ([x]) => [{ dtype: "int64", shape: [x?.shape.length ?? 0] }],
};
/** The shape as an int64 vector, known when the graph runs. */
export function shapeOf(x: Value): Value {
  const known = staticShape(x.shape);
  return known ? integers(known) : applyOne(shapeOp, [x], {});
}

/** The dimensions an int64 vector holds, where it is made of constants and sizes. */
export function dimsOf(value: Value): Shape | undefined {
  const { op, inputs, attributes } = value.node;
  const held = constantOf(value);
  if (held !== undefined) return Array.from(held.data as BigInt64Array, Number);
  if (op === inputOp) {
    // A count that is given when the graph runs: the axis has the name of its input.
    const count = value.dtype === "int64" && value.shape.length === 1 && value.shape[0] === 1;
    return count ? [attributes["name"] as string] : undefined;
  }
  const [x, index] = inputs;
  if (x === undefined) return undefined;
  if (op.name === "Shape") return x.shape;
  if (op.name === "Gather" && attributes["axis"] === 0) {
    const dims = dimsOf(x);
    const places = constantOf(index)?.data as BigInt64Array | undefined;
    return dims && places && Array.from(places, (place) => dims.at(Number(place)) as Dim);
  }
  if (op.name === "Concat") {
    const parts = inputs.map((part) => (part === undefined ? undefined : dimsOf(part)));
    return parts.every((part) => part !== undefined) ? parts.flat() : undefined;
  }
  if (op.name === "Mul") {
    const [a, b] = inputs.map((part) => part && dimsOf(part));
    return a && b && a.map((dim, i) => dimProduct([dim, b[i] ?? 1]));
  }
  return undefined;
}

export const reshapeOp: Op = {
  name: "Reshape",
  infer: ([x, target]) => {
    if (x === undefined) return [];
    const dims = integersOf(target);
    const copied: Dim[] = dims.map((dim, i) => (dim === 0 ? (x.shape[i] ?? 0) : dim));
    const total = dimProduct(x.shape);
    const open = copied.indexOf(-1);
    if (open >= 0) {
      const rest = dimQuotient(total, dimProduct(copied.filter((_, i) => i !== open)));
      if (rest === undefined) {
        throw shapeError("Reshape", `a shape that holds ${showShape(x.shape)}`, showShape(dims));
      }
      copied[open] = rest;
    } else if (dimProduct(copied) !== total) {
      throw shapeError("Reshape", `a shape that holds ${showShape(x.shape)}`, showShape(dims));
    }
    return [{ dtype: x.dtype, shape: copied }];
  },
  gradient: ({ inputs: [x] }, [g]) => [x && g && reshapeLike(g, x.shape)],
  simplify: ([x, target], [source]) => {
    const copies = integersOf(target).includes(0);
    const first = source?.op === reshapeOp && !copies ? source.inputs[0] : x;
    if (first === undefined) return undefined;
    const result = applyOne(reshapeOp, [first, target], {});
    if (sameShape(first.shape, result.shape)) return first;
    return first === x ? undefined : result;
  },
};

/**
 * x in another shape: −1 once for what is left, 0 for the size x has there.
 *
 * @example
 * reshape(x, [-1, 784]); // [batch, 28, 28, 1] → [batch, 784]
 */
export function reshape(x: Value, shape: readonly number[]): Value {
  const known = staticShape(x.shape);
  if (known && sameShape(known, shape)) return x;
  return applyOne(reshapeOp, [x, integers(shape)], {});
}

/** x in a shape that may have one symbolic dimension. */
export function reshapeLike(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const symbolic = shape.filter((dim) => typeof dim === "string");
  if (symbolic.length > 1) throw shapeError("Reshape", "one symbolic dimension", showShape(shape));
  return reshape(
    x,
    shape.map((dim) => (typeof dim === "string" ? -1 : dim)),
  );
}

/** [batch, …] → [batch, features]. */
export function flatten(x: Value): Value {
  const features = dimProduct(x.shape.slice(1));
  return x.shape.length === 2 ? x : reshapeLike(x, [x.shape[0] ?? 1, features]);
}

export const expandOp: Op = {
  name: "Expand",
  infer: ([x, target]) => {
    const shape = target && dimsOf(target);
    if (x === undefined || shape === undefined) {
      throw shapeError("Expand", "a target shape known as constants and sizes", "another");
    }
    return [{ dtype: x.dtype, shape: broadcastShapes(x.shape, shape, "Expand") }];
  },
  // The walk sums over what was repeated.
  gradient: (_call, [g]) => [g],
};

/** x repeated to a shape, an int64 vector made of constants and sizes. */
export function expand(x: Value, shape: Value): Value {
  return applyOne(expandOp, [x, shape], {});
}

/** x repeated to the shape of `like`. */
export function broadcastLike(x: Value, like: Value): Value {
  return sameShape(x.shape, like.shape) ? x : expand(x, shapeOf(like));
}

/** Zeros of x's shape. */
export function zerosLike(x: Value): Value {
  return broadcastLike(scalar(0, x.dtype), x);
}

type PermAttributes = { readonly perm: readonly number[] };

export const transposeOp: Op<PermAttributes> = {
  name: "Transpose",
  infer: ([x], { perm }) => [
    { dtype: x?.dtype ?? "float32", shape: perm.map((axis) => x?.shape[axis] ?? 1) },
  ],
  gradient: ({ attributes: { perm } }, [g]) => [
    g &&
      transpose(
        g,
        perm.map((_, i) => perm.indexOf(i)),
      ),
  ],
};
/** Axes in another order; reversed by default. */
export function transpose(
  x: Value,
  perm: readonly number[] = x.shape.map((_, i) => x.shape.length - 1 - i),
): Value {
  return perm.every((axis, i) => axis === i) ? x : applyOne(transposeOp, [x], { perm });
}

type AxisAttributes = { readonly axis: number };

export const concatOp: Op<AxisAttributes> = {
  name: "Concat",
  infer: (inputs, { axis }) => {
    const [first] = inputs;
    if (first === undefined) return [];
    requireSameType("Concat", inputs);
    const alike = (shape: Shape): boolean =>
      shape.length === first.shape.length &&
      shape.every((dim, i) => i === axis || dim === first.shape[i]);
    if (!inputs.every((value) => alike(value.shape))) {
      const got = inputs.map((value) => showShape(value.shape)).join(" ");
      throw shapeError("Concat", `shapes alike but for axis ${axis}`, got);
    }
    const size = dimSum(
      inputs.map((value) => value.shape[axis] ?? 0),
      "Concat",
    );
    return [{ dtype: first.dtype, shape: first.shape.map((dim, i) => (i === axis ? size : dim)) }];
  },
  gradient: ({ inputs, attributes: { axis } }, [g]) => {
    if (g === undefined) return [];
    const sizes = inputs.map((value) => value.shape[axis] as Dim);
    const known = staticShape(sizes);
    if (known) return split(g, known, axis);
    if (sizes.every((size) => size === sizes[0])) return splitEvenly(g, sizes.length, axis);
    throw shapeError("Concat gradient", "known or equal sizes", showShape(sizes));
  },
};

/** Joins values along an axis. */
export function concat(values: readonly Value[], axis = -1): Value {
  const [first] = values;
  if (first === undefined) throw shapeError("Concat", "at least one value", "none");
  return values.length === 1
    ? first
    : applyOne(concatOp, values, { axis: normalAxis(axis, first.shape.length, "Concat") });
}

export const splitOp: Op<AxisAttributes & { readonly num_outputs?: number }> = {
  name: "Split",
  infer: ([x, sizes], { axis, num_outputs: count = 1 }) => {
    if (x === undefined) return [];
    const even = dimQuotient(x.shape[axis] ?? 1, count);
    const parts: Shape = sizes ? integersOf(sizes) : Array.from({ length: count }, () => even ?? 0);
    return parts.map((part) => ({
      dtype: x.dtype,
      shape: x.shape.map((dim, i) => (i === axis ? part : dim)),
    }));
  },
  gradient: ({ outputs, attributes: { axis } }, gradients) => [
    concat(
      outputs.map((out, i) => gradients[i] ?? zerosLike(out)),
      axis,
    ),
  ],
};

/** Cuts a value along an axis into parts of the given sizes. */
export function split(x: Value, sizes: readonly number[], axis = -1): readonly Value[] {
  const at = normalAxis(axis, x.shape.length, "Split");
  const total = sizes.reduce((a, b) => a + b, 0);
  if (x.shape[at] !== total) {
    throw shapeError("Split", `parts that add to ${x.shape[at]}`, String(total));
  }
  return sizes.length === 1 ? [x] : apply(splitOp, [x, integers(sizes)], { axis: at });
}

/** Cuts a value along an axis, which may be symbolic, into equal parts. */
export function splitEvenly(x: Value, count: number, axis = -1): readonly Value[] {
  const at = normalAxis(axis, x.shape.length, "Split");
  if (dimQuotient(x.shape[at] ?? 1, count) === undefined) {
    throw shapeError("Split", `a multiple of ${count}`, String(x.shape[at]));
  }
  return count === 1 ? [x] : apply(splitOp, [x], { axis: at, num_outputs: count });
}
