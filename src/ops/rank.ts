/** The largest along an axis and where they are, and where anything is at all. */
import { normalAxis, shapeError } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { apply, applyOne, integers } from "../graph/value.ts";
import { scatterElementsOp } from "./select.ts";
import { dimsOf, reshape, zerosLike } from "./shape.ts";

type AxisAttributes = { readonly axis: number };

export const topKOp: Op<AxisAttributes & { readonly largest: number; readonly sorted: number }> = {
  name: "TopK",
  infer: ([x, k], { axis }) => {
    const [count] = (k && dimsOf(k)) ?? [];
    if (count === undefined) throw shapeError("TopK", "a count of constants and sizes", "another");
    const shape = (x?.shape ?? []).map((dim, i) => (i === axis ? count : dim));
    return [
      { dtype: x?.dtype ?? "float32", shape },
      { dtype: "int64", shape },
    ];
  },
  gradient: ({ inputs: [x], outputs: [, index], attributes: { axis } }, [g]) => {
    if (x === undefined || index === undefined || g === undefined) return [];
    return [applyOne(scatterElementsOp, [zerosLike(x), index, g], { axis, reduction: "add" })];
  },
};
/**
 * The k largest along an axis, in falling order, and where they are.
 *
 * @param k a number, or an int64 vector of one: made of constants and sizes, or an input
 */
export function topK(
  x: Value,
  k: number | Value,
  axis = -1,
): { readonly values: Value; readonly index: Value } {
  const at = normalAxis(axis, x.shape.length, "TopK");
  const [values, index] = apply(topKOp, [x, typeof k === "number" ? integers([k]) : k], {
    axis: at,
    largest: 1,
    sorted: 1,
  });
  return { values: values as Value, index: index as Value };
}

export const nonZeroOp: Op = {
  name: "NonZero",
  infer: ([x]) => [{ dtype: "int64", shape: [x?.shape.length ?? 0, "found"] }],
};
/**
 * Where a vector holds true, or numbers other than 0: int64 `[found]`. How many there are is
 * known when the graph runs, and has one name: a graph can hold one such search.
 */
export function placesOf(x: Value): Value {
  if (x.shape.length !== 1) throw shapeError("NonZero", "a vector", `rank ${x.shape.length}`);
  return reshape(applyOne(nonZeroOp, [x], {}), [-1]);
}

export const argMaxOp: Op<AxisAttributes & { readonly keepdims: 0 }> = {
  name: "ArgMax",
  infer: ([x], { axis }) => [
    { dtype: "int64", shape: (x?.shape ?? []).filter((_, i) => i !== axis) },
  ],
};
/** Index of the largest along an axis, which is dropped. */
export function argMax(x: Value, axis = -1): Value {
  return applyOne(argMaxOp, [x], { axis: normalAxis(axis, x.shape.length, "ArgMax"), keepdims: 0 });
}
