/** Elementwise choice between two values. */
import { internalError } from "../base/errors.ts";
import { broadcastShapes } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import { elementwiseRule } from "./cheaper.ts";
import type { Operand } from "./operand.ts";
import { dtypeOf, requireSameType, valueOf } from "./operand.ts";

export const whereOp: Op = {
  name: "Where",
  infer: ([condition, a, b]) => {
    if (condition?.dtype !== "bool" || a === undefined || b === undefined) {
      throw internalError("graph.dtype", {
        place: "Where",
        expected: "a bool condition and two values",
        got: String(condition?.dtype),
      });
    }
    requireSameType("Where", [a, b]);
    const shape = [condition, a, b]
      .map((value) => value.shape)
      .reduce((x, y) => broadcastShapes(x, y, "Where"));
    return [{ dtype: a.dtype, shape }];
  },
  simplify: elementwiseRule(() => whereOp),
  gradient: ({ inputs: [condition] }, [g]) =>
    condition && g ? [undefined, where(condition, g, 0), where(condition, 0, g)] : [],
};

/** a where the condition holds, else b. */
export function where(condition: Value, a: Operand, b: Operand): Value {
  const dtype = dtypeOf(a, b);
  return applyOne(whereOp, [condition, valueOf(a, dtype), valueOf(b, dtype)], {});
}
