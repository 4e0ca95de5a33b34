/** Integer bit operations, for random numbers in the graph. None passes a gradient. */
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import type { Operand } from "./operand.ts";
import { binary, elementwise, valueOf } from "./operand.ts";

export const bitwiseXorOp: Op = {
  name: "BitwiseXor",
  infer: (inputs) => elementwise("BitwiseXor", inputs),
};
export function bitwiseXor(a: Operand, b: Operand): Value {
  return binary(bitwiseXorOp, a, b);
}

export const bitShiftOp: Op<{ readonly direction: string }> = {
  name: "BitShift",
  infer: (inputs) => elementwise("BitShift", inputs),
};
/** x >> by, filled with zeros; x is unsigned. */
export function shiftRight(x: Value, by: number): Value {
  return applyOne(bitShiftOp, [x, valueOf(by, x.dtype)], { direction: "RIGHT" });
}
