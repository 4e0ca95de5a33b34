/** Elementwise arithmetic with broadcasting; powers, and the logarithm their gradient needs. */
import type { Node, Op, Value } from "../graph/value.ts";
import { applyOne, scalar, scalarOf } from "../graph/value.ts";
import { where } from "./choice.ts";
import { cast } from "./cast.ts";
import { equal, greater, greaterOrEqual, less } from "./compare.ts";
import { elementwiseRule, stretched, unexpanded } from "./cheaper.ts";
import type { Operand } from "./operand.ts";
import { binary, dtypeOf, elementwise, valueOf } from "./operand.ts";
import { broadcastLike } from "./shape.ts";

export const addOp: Op = {
  name: "Add",
  infer: (inputs) => elementwise("Add", inputs),
  simplify: elementwiseRule(() => addOp),
  gradient: (_call, [g]) => [g, g],
};

/** a + b */
export function add(a: Operand, b: Operand): Value {
  if (isNumber(a, 0)) return valueOf(b);
  if (isNumber(b, 0)) return valueOf(a);
  return binary(addOp, a, b);
}

export const subOp: Op = {
  name: "Sub",
  infer: (inputs) => elementwise("Sub", inputs),
  simplify: elementwiseRule(() => subOp),
  gradient: (_call, [g]) => [g, g && neg(g)],
};

/** a − b */
export function sub(a: Operand, b: Operand): Value {
  return isNumber(b, 0) ? valueOf(a) : binary(subOp, a, b);
}

export const mulOp: Op = {
  name: "Mul",
  infer: (inputs) => elementwise("Mul", inputs),
  simplify: (inputs, sources) => {
    const smaller = unexpanded(inputs, sources);
    const [a, b] = (smaller ?? inputs) as readonly [Value, Value];
    // What is behind a needless Expand was not asked for: it may be named in the model.
    const left = a === inputs[0] ? sources[0] : undefined;
    const right = b === inputs[1] ? sources[1] : undefined;
    return (
      scaledTwice(left, b) ??
      scaledTwice(right, a) ??
      stretched(mulOp, [a, b]) ??
      (smaller && binary(mulOp, a, b))
    );
  },
  gradient: ({ inputs: [a, b] }, [g]) => [g && b && mul(g, b), g && a && mul(g, a)],
};

/** a · b, elementwise */
export function mul(a: Operand, b: Operand): Value {
  if (isNumber(a, 1)) return valueOf(b);
  if (isNumber(b, 1)) return valueOf(a);
  return binary(mulOp, a, b);
}

/** (x · s) · t = x · (s · t) for scalars s and t: one pass over x instead of two. */
function scaledTwice(product: Node | undefined, t: Value): Value | undefined {
  if (product?.op !== mulOp || t.shape.length > 0) return undefined;
  const [x, s] = product.inputs as readonly [Value, Value];
  if (x.shape.length > 0 && s.shape.length === 0) return mul(x, binary(mulOp, s, t));
  if (s.shape.length > 0 && x.shape.length === 0) return mul(s, binary(mulOp, x, t));
  return undefined;
}

export const divOp: Op = {
  name: "Div",
  infer: (inputs) => elementwise("Div", inputs),
  simplify: elementwiseRule(() => divOp),
  gradient: ({ inputs: [, b], outputs: [y] }, [g]) => {
    if (g === undefined || b === undefined || y === undefined) return [];
    const toA = div(g, b);
    return [toA, neg(mul(toA, y))];
  },
};

/** a / b */
export function div(a: Operand, b: Operand): Value {
  return isNumber(b, 1) ? valueOf(a) : binary(divOp, a, b);
}

export const logOp: Op = {
  name: "Log",
  infer: (inputs) => elementwise("Log", inputs),
  gradient: ({ inputs: [x] }, [g]) => [g && x && div(g, x)],
};

/** Natural logarithm. */
export function log(x: Value): Value {
  return applyOne(logOp, [x], {});
}

export const powOp: Op = {
  name: "Pow",
  infer: (inputs) => elementwise("Pow", inputs),
  simplify: elementwiseRule(() => powOp),
  gradient: ({ inputs: [a, b], outputs: [y] }, [g]) => {
    if (g === undefined || a === undefined || b === undefined || y === undefined) return [];
    const exponent = scalarOf(b);
    if (exponent !== undefined) return [mul(g, mul(pow(a, exponent - 1), exponent))];
    const toA = mul(g, mul(b, pow(a, sub(b, 1))));
    // 0 to a positive power stays 0 when the power changes a little; its logarithm would say NaN.
    const safe = where(equal(a, 0), 1, a);
    return [toA, mul(g, mul(y, log(safe)))];
  },
};

/** a to the power b */
export function pow(a: Operand, b: Operand): Value {
  if (b === 0) return broadcastLike(scalar(1, valueOf(a).dtype), valueOf(a));
  return b === 1 ? valueOf(a) : binary(powOp, a, b);
}

/** Where operands are equal, each takes half, as a sub-gradient. */
function share(g: Value, mine: Value, other: Value, wins: (a: Value, b: Value) => Value): Value {
  const half = mul(cast(equal(mine, other), g.dtype), 0.5);
  return mul(g, add(cast(wins(mine, other), g.dtype), half));
}

export const maxOp: Op = {
  name: "Max",
  infer: (inputs) => elementwise("Max", inputs),
  simplify: elementwiseRule(() => maxOp),
  gradient: ({ inputs: [a, b] }, [g]) =>
    g && a && b ? [share(g, a, b, greater), share(g, b, a, greater)] : [],
};

/** The larger of a and b, elementwise. */
export function max(a: Operand, b: Operand): Value {
  return binary(maxOp, a, b);
}

export const minOp: Op = {
  name: "Min",
  infer: (inputs) => elementwise("Min", inputs),
  simplify: elementwiseRule(() => minOp),
  gradient: ({ inputs: [a, b] }, [g]) =>
    g && a && b ? [share(g, a, b, less), share(g, b, a, less)] : [],
};

/** The smaller of a and b, elementwise. */
export function min(a: Operand, b: Operand): Value {
  return binary(minOp, a, b);
}

export const modOp: Op = {
  name: "Mod",
  infer: (inputs) => elementwise("Mod", inputs),
};

/** Remainder of integer division; the sign follows the divisor. */
export function mod(a: Operand, b: Operand): Value {
  return binary(modOp, a, b);
}

export const negOp: Op = {
  name: "Neg",
  infer: (inputs) => elementwise("Neg", inputs),
  simplify: (_inputs, [source]) => (source?.op === negOp ? source.inputs[0] : undefined),
  gradient: (_call, [g]) => [g && neg(g)],
};

/** −x */
export function neg(x: Value): Value {
  return applyOne(negOp, [x], {});
}

export const clipOp: Op = {
  name: "Clip",
  infer: ([x]) => elementwise("Clip", x ? [x] : []),
  gradient: ({ inputs: [x, low, high] }, [g]) => {
    if (g === undefined || x === undefined) return [];
    let kept = g;
    if (low !== undefined) kept = where(greaterOrEqual(x, low), kept, 0);
    if (high !== undefined) kept = where(greaterOrEqual(high, x), kept, 0);
    return [kept];
  },
};

/** x limited to [low, high]. */
export function clip(x: Value, low: number | undefined, high: number | undefined): Value {
  const bound = (value: number | undefined): Value | undefined =>
    value === undefined ? undefined : valueOf(value, dtypeOf(x));
  return applyOne(clipOp, [x, bound(low), bound(high)], {});
}

function isNumber(operand: Operand, value: number): boolean {
  return operand === value;
}
