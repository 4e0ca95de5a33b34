/** Normalized exponentials along an axis. */
import { normalAxis } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import { add, mul, sub } from "./arithmetic.ts";
import { elementwise } from "./operand.ts";
import { exp, log, stopGradient } from "./pointwise.ts";
import { largest, sum } from "./reduce.ts";
import { reshapeLike } from "./shape.ts";

type AxisAttributes = { readonly axis: number };

export const softmaxOp: Op<AxisAttributes> = {
  name: "Softmax",
  infer: (inputs) => elementwise("Softmax", inputs),
  gradient: ({ outputs: [y], attributes: { axis } }, [g]) => {
    if (y === undefined || g === undefined) return [];
    const weighted = mul(g, y);
    return [sub(weighted, mul(y, sum(weighted, { axes: [axis], keep: true })))];
  },
};
export function softmax(x: Value, axis = -1): Value {
  return applyOne(softmaxOp, [x], { axis: normalAxis(axis, x.shape.length, "Softmax") });
}

export const logSoftmaxOp: Op<AxisAttributes> = {
  name: "LogSoftmax",
  infer: (inputs) => elementwise("LogSoftmax", inputs),
  gradient: ({ outputs: [y], attributes: { axis } }, [g]) => {
    if (y === undefined || g === undefined) return [];
    return [sub(g, mul(exp(y), sum(g, { axes: [axis], keep: true })))];
  },
};
export function logSoftmax(x: Value, axis = -1): Value {
  return applyOne(logSoftmaxOp, [x], { axis: normalAxis(axis, x.shape.length, "LogSoftmax") });
}

/** log Σ exp(x) along an axis, which is dropped; shifted by the maximum against overflow. */
export function logSumExp(x: Value, axis = -1): Value {
  const at = normalAxis(axis, x.shape.length, "logSumExp");
  // The shift cancels in the value, so it needs no gradient of its own.
  const peak = stopGradient(largest(x, { axes: [at], keep: true }));
  const total = add(log(sum(exp(sub(x, peak)), { axes: [at], keep: true })), peak);
  return reshapeLike(
    total,
    x.shape.filter((_, i) => i !== at),
  );
}
