/** Choosing and placing elements along an axis. */
import { dimProduct, dimSum, normalAxis, shapeError, staticShape } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne, integers, integersOf, scalar } from "../graph/value.ts";
import {
  broadcastLike,
  concat,
  expand,
  reshape,
  reshapeLike,
  shapeOf,
  zerosLike,
} from "./shape.ts";
import { fewOfProduct } from "./sparse-product.ts";

type AxisAttributes = { readonly axis: number };

export const sliceOp: Op = {
  name: "Slice",
  infer: ([x, starts, ends, axes, steps]) => {
    const { start, end, axis, step } = cutOf(starts, ends, axes, steps);
    const count = Math.max(0, Math.ceil((end - start) / step));
    const shape = (x?.shape ?? []).map((dim, i) => (i === axis ? count : dim));
    return [{ dtype: x?.dtype ?? "float32", shape }];
  },
  gradient: ({ inputs: [x, starts, ends, axes, steps] }, [g]) => {
    if (x === undefined || g === undefined) return [];
    const { start, axis, step } = cutOf(starts, ends, axes, steps);
    const places = Array.from({ length: g.shape[axis] as number }, (_, i) => start + i * step);
    return [scatterAdd(g, places, axis, x.shape[axis] as number)];
  },
};

/** What a Slice of ours says: one axis, with bounds from the front and inside. */
function cutOf(...inputs: readonly (Value | undefined)[]) {
  const [start = 0, end = 0, axis = 0, step = 1] = inputs.flatMap(integersOf);
  return { start, end, axis, step };
}

/** Elements from `start` up to `end` along an axis, every `step`-th; negative: from the end. */
export function slice(x: Value, start: number, end: number, axis = -1, step = 1): Value {
  const at = normalAxis(axis, x.shape.length, "Slice");
  const size = x.shape[at];
  if (typeof size !== "number") throw shapeError("Slice", "an axis of known size", String(size));
  const place = (bound: number): number =>
    Math.min(Math.max(bound < 0 ? bound + size : bound, 0), size);
  const cut = [place(start), place(end), at, step].map((n) => integers([n]));
  return applyOne(sliceOp, [x, ...cut], {});
}

export const gatherOp: Op<AxisAttributes> = {
  name: "Gather",
  infer: ([x, index], { axis }) => {
    if (x === undefined || index === undefined) return [];
    return [
      {
        dtype: x.dtype,
        shape: [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)],
      },
    ];
  },
  gradient: ({ inputs: [x, index], attributes: { axis } }, [g]) => {
    if (x === undefined || index === undefined || g === undefined) return [];
    const size = x.shape[axis];
    if (typeof size !== "number")
      throw shapeError("Gather gradient", "an axis of known size", String(size));
    const count = dimProduct(index.shape);
    const flat = reshapeLike(g, [...x.shape.slice(0, axis), count, ...x.shape.slice(axis + 1)]);
    return [scatterAdd(flat, reshapeLike(index, [count]), axis, size)];
  },
};
/** Slices of x chosen by integer index along an axis. */
export function gather(x: Value, index: Value | readonly number[], axis = 0): Value {
  const chosen = Array.isArray(index) ? integers(index as readonly number[]) : (index as Value);
  return applyOne(gatherOp, [x, chosen], { axis: normalAxis(axis, x.shape.length, "Gather") });
}

export const padOp: Op = {
  name: "Pad",
  infer: ([x, pads]) => {
    const held = integersOf(pads);
    const shape = (x?.shape ?? []).map((dim, i, all) => {
      const extra = (held[i] ?? 0) + (held[all.length + i] ?? 0);
      return extra === 0 ? dim : dimSum([dim, extra], "Pad");
    });
    return [{ dtype: x?.dtype ?? "float32", shape }];
  },
  gradient: ({ inputs: [x, pads] }, [g]) => {
    if (x === undefined || g === undefined) return [];
    const held = integersOf(pads);
    let back = g;
    for (const [axis, dim] of x.shape.entries()) {
      const before = held[axis] ?? 0;
      const after = held[x.shape.length + axis] ?? 0;
      if (before !== 0 || after !== 0) back = slice(back, before, before + (dim as number), axis);
    }
    return [back];
  },
};
/** Zeros before and after along each axis. */
export function pad(x: Value, before: readonly number[], after: readonly number[]): Value {
  if ([...before, ...after].every((n) => n === 0)) return x;
  const fill = x.dtype === "float32" ? undefined : scalar(0, x.dtype);
  return applyOne(
    padOp,
    fill ? [x, integers([...before, ...after]), fill] : [x, integers([...before, ...after])],
    {},
  );
}

export const scatterElementsOp: Op<AxisAttributes & { readonly reduction: string }> = {
  name: "ScatterElements",
  infer: ([data]) => [{ dtype: data?.dtype ?? "float32", shape: data?.shape ?? [] }],
  gradient: ({ inputs: [, index], attributes: { axis } }, [g]) =>
    // Only added-to, never overwritten: the base keeps its gradient.
    g && index ? [g, undefined, gatherElements(g, index, axis)] : [],
};

/**
 * A row's numbers at their places in a row of zeros, `[batch, few]` → `[batch, size]`.
 *
 * @param index int64 `[batch, few]`, no place twice in a row
 * @param like `[batch, size]`
 */
export function spread(x: Value, index: Value, like: Value): Value {
  return applyOne(scatterElementsOp, [zerosLike(like), index, x], { axis: 1, reduction: "add" });
}

/**
 * Adds a row's numbers at their places in a row of zeros of the given size, `[batch, few]` →
 * `[batch, size]`.
 *
 * @param index of x's shape; a place that comes twice in a row is added to twice
 */
export function spreadInto(x: Value, index: Value, size: number): Value {
  return applyOne(scatterElementsOp, [zerosAlong(x, 1, size), index, x], {
    axis: 1,
    reduction: "add",
  });
}

/** Adds slices of x into zeros of length `size` along an axis, at the given places. */
export function scatterAdd(
  x: Value,
  index: Value | readonly number[],
  axis: number,
  size: number,
): Value {
  const at = normalAxis(axis, x.shape.length, "scatterAdd");
  const places = Array.isArray(index) ? (index as readonly number[]) : undefined;
  if (places !== undefined && isRun(places)) {
    // A plain run of places is padding, which is a copy and not a search.
    const before = x.shape.map((_, i) => (i === at ? (places[0] ?? 0) : 0));
    const after = x.shape.map((_, i) => (i === at ? size - (places.at(-1) ?? -1) - 1 : 0));
    return pad(x, before, after);
  }
  const flat = places === undefined ? (index as Value) : integers(places);
  const column = reshape(
    flat,
    x.shape.map((_, i) => (i === at ? -1 : 1)),
  );
  const base = zerosAlong(x, at, size);
  return applyOne(scatterElementsOp, [base, broadcastLike(column, x), x], {
    axis: at,
    reduction: "add",
  });
}

function isRun(places: readonly number[]): boolean {
  return places.every((place, i) => place === (places[0] ?? 0) + i);
}

/** Zeros of x's shape but for one axis. */
function zerosAlong(x: Value, axis: number, size: number): Value {
  const zero = scalar(0, x.dtype);
  const known = staticShape(x.shape.map((dim, i) => (i === axis ? size : dim)));
  if (known) return expand(zero, integers(known));
  const sizes = shapeOf(x);
  const around = (from: number, to: number): readonly Value[] =>
    from < to ? [gather(sizes, range(from, to))] : [];
  return expand(
    zero,
    concat([...around(0, axis), integers([size]), ...around(axis + 1, x.shape.length)], 0),
  );
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

export const gatherElementsOp: Op<AxisAttributes> = {
  name: "GatherElements",
  infer: ([data, index]) => [{ dtype: data?.dtype ?? "float32", shape: index?.shape ?? [] }],
  gradient: ({ inputs: [data, index], attributes: { axis } }, [g]) => {
    if (data === undefined || index === undefined || g === undefined) return [];
    return [applyOne(scatterElementsOp, [zerosLike(data), index, g], { axis, reduction: "add" })];
  },
  simplify: (inputs, sources, { axis }) => (axis === 1 ? fewOfProduct(inputs, sources) : undefined),
};
/** Elements of x picked along an axis by an index of the output's shape. */
export function gatherElements(x: Value, index: Value, axis = -1): Value {
  return applyOne(gatherElementsOp, [x, index], {
    axis: normalAxis(axis, x.shape.length, "GatherElements"),
  });
}
