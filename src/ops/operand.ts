/** What op functions take: a value, or a number that becomes a constant of the fitting type. */
import { internalError } from "../base/errors.ts";
import type { DType } from "../base/tensor.ts";
import { broadcastShapes } from "../graph/dim.ts";
import type { Op, Type, Value } from "../graph/value.ts";
import { applyOne, scalar } from "../graph/value.ts";

export type Operand = Value | number;

/** Gives a bare number the dtype of its neighbour. */
export function valueOf(operand: Operand, dtype: DType = "float32"): Value {
  return typeof operand === "number" ? scalar(operand, dtype) : operand;
}

export function dtypeOf(...operands: readonly Operand[]): DType {
  return operands.find((operand) => typeof operand !== "number")?.dtype ?? "float32";
}

/** Shape rule of elementwise ops with broadcasting. */
export function elementwise(
  place: string,
  inputs: readonly Value[],
  dtype?: DType,
): readonly Type[] {
  const [first] = inputs;
  if (first === undefined)
    throw internalError("graph.arity", { place, expected: "inputs", got: "none" });
  requireSameType(place, inputs);
  const shape = inputs.map((value) => value.shape).reduce((a, b) => broadcastShapes(a, b, place));
  return [{ dtype: dtype ?? first.dtype, shape }];
}

export function requireSameType(place: string, inputs: readonly Value[]): void {
  const types = new Set(inputs.filter((value) => value !== undefined).map((value) => value.dtype));
  if (types.size > 1) {
    throw internalError("graph.dtype", {
      place,
      expected: "one type",
      got: [...types].join(" and "),
    });
  }
}

/** Calls an elementwise op on two operands. */
export function binary(op: Op, a: Operand, b: Operand): Value {
  const dtype = dtypeOf(a, b);
  return applyOne(op, [valueOf(a, dtype), valueOf(b, dtype)], {});
}
