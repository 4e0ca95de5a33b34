/** What op functions take: a value, or a number that becomes a constant of the fitting type. */
import { internalError } from "../base/errors.ts";
import type { DType } from "../base/tensor.ts";
import type { Shape } from "../graph/dim.ts";
import { broadcastShapes, sameShape } from "../graph/dim.ts";
import type { Node, Op, Type, Value } from "../graph/value.ts";
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

/**
 * The operands without the Expands that an elementwise op makes needless: broadcasting is its
 * own work, and an Expand before it would only copy. Undefined where there is none.
 */
export function unexpanded(
  inputs: readonly Value[],
  sources: readonly (Node | undefined)[],
): readonly Value[] | undefined {
  const shape = broadcastAll(inputs);
  const found = [...inputs];
  for (const [i, source] of sources.entries()) {
    const small = source?.op.name === "Expand" ? source.inputs[0] : undefined;
    if (small === undefined) continue;
    const others = found.map((value, k) => (k === i ? small : value));
    if (sameShape(broadcastAll(others), shape)) found[i] = small;
  }
  return found.every((value, i) => value === inputs[i]) ? undefined : found;
}

function broadcastAll(values: readonly Value[]): Shape {
  return values.map((value) => value.shape).reduce((a, b) => broadcastShapes(a, b, "Expand"));
}

/** The rule of an elementwise op for being written: without needless Expands. */
export function withoutExpand(op: () => Op): NonNullable<Op["simplify"]> {
  return (inputs, sources) => {
    const smaller = unexpanded(inputs, sources);
    return smaller && applyOne(op(), smaller, {});
  };
}
