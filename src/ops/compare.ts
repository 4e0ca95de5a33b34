/** Comparisons and logic; none passes a gradient. */
import type { Op, Value } from "../graph/value.ts";
import { elementwiseRule } from "./cheaper.ts";
import type { Operand } from "./operand.ts";
import { binary, elementwise } from "./operand.ts";

function comparison(name: string): Op {
  const op: Op = {
    name,
    infer: (inputs) => elementwise(name, inputs, "bool"),
    simplify: elementwiseRule(() => op),
  };
  return op;
}

function call(op: Op): (a: Operand, b: Operand) => Value {
  return (a, b) => binary(op, a, b);
}

export const equalOp = comparison("Equal");
export const equal = call(equalOp);
export const greaterOp = comparison("Greater");
export const greater = call(greaterOp);
export const lessOp = comparison("Less");
export const less = call(lessOp);
export const greaterOrEqualOp = comparison("GreaterOrEqual");
export const greaterOrEqual = call(greaterOrEqualOp);
export const lessOrEqualOp = comparison("LessOrEqual");
export const lessOrEqual = call(lessOrEqualOp);
export const andOp = comparison("And");
export const and = call(andOp);
export const orOp = comparison("Or");
export const or = call(orOp);
