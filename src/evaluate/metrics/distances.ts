/** Squared Euclidean distances in a graph, and rows made ready for them. */
import type { Matrix } from "../../base/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { add, gemm, mul, reshape, square, sum } from "../../ops/index.ts";

/** ‖a‖² + ‖b‖² − 2 a · b, `[rows of a, rows of b]`. */
export function squaredDistances(a: Value, b: Value): Value {
  const lengths = (x: Value): Value => sum(square(x), { axes: [1], keep: true });
  return add(add(mul(gemm(a, b, { transB: 1 }), -2), lengths(a)), reshape(lengths(b), [1, -1]));
}

/** The mean of each column. */
export function centerOf({ data, rows, columns }: Matrix): Float64Array {
  const center = new Float64Array(columns);
  for (const [i, x] of data.entries())
    center[i % columns] = (center[i % columns] as number) + x / rows;
  return center;
}

/** About zero, where float32 tells distances best. */
export function centred({ data, rows, columns }: Matrix, center: Float64Array): Matrix {
  return { rows, columns, data: data.map((x, i) => x - (center[i % columns] as number)) };
}
