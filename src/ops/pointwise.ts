/** Elementwise functions of one value, activations among them. */
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import { add, div, log, mul, neg, sub } from "./arithmetic.ts";
export { log };
import { cast } from "./cast.ts";
import { where } from "./choice.ts";
import { and, greater, less } from "./compare.ts";
import { elementwise } from "./operand.ts";

/** dy/dx from x and y, times the incoming gradient. */
type Chain = (x: Value, y: Value, g: Value) => Value;

function pointwise(name: string, chain?: Chain): Op {
  const infer: Op["infer"] = (inputs) => elementwise(name, inputs);
  if (chain === undefined) return { name, infer };
  return {
    name,
    infer,
    gradient: ({ inputs: [x], outputs: [y] }, [g]) => [x && y && g && chain(x, y, g)],
  };
}

function call(op: Op): (x: Value) => Value {
  return (x) => applyOne(op, [x], {});
}

const SQRT_PI = Math.sqrt(Math.PI);

export const expOp = pointwise("Exp", (_x, y, g) => mul(g, y));
export const exp = call(expOp);

export const sqrtOp = pointwise("Sqrt", (_x, y, g) => div(mul(g, 0.5), y));
export const sqrt = call(sqrtOp);

export const reciprocalOp = pointwise("Reciprocal", (_x, y, g) => neg(mul(g, square(y))));
/** 1 / x */
export const reciprocal = call(reciprocalOp);

export const absOp = pointwise("Abs", (x, _y, g) => mul(g, sign(x)));
export const abs = call(absOp);

export const signOp = pointwise("Sign");
/** −1, 0 or 1; passes no gradient. */
export const sign = call(signOp);

export const floorOp = pointwise("Floor");
/** Largest integer at most x; passes no gradient. */
export const floor = call(floorOp);

export const roundOp = pointwise("Round");
/** Nearest integer, halves to even; passes no gradient. */
export const round = call(roundOp);

export const sinOp = pointwise("Sin", (x, _y, g) => mul(g, cos(x)));
export const sin = call(sinOp);

export const cosOp = pointwise("Cos", (x, _y, g) => neg(mul(g, sin(x))));
export const cos = call(cosOp);

export const sinhOp = pointwise("Sinh", (x, _y, g) => mul(g, mul(add(exp(x), exp(neg(x))), 0.5)));
export const sinh = call(sinhOp);

export const asinhOp = pointwise("Asinh", (x, _y, g) => div(g, sqrt(add(square(x), 1))));
/** Inverse hyperbolic sine: a logarithm with a sign, linear near zero. */
export const asinh = call(asinhOp);

export const erfOp = pointwise("Erf", (x, _y, g) => mul(g, mul(exp(neg(square(x))), 2 / SQRT_PI)));
export const erf = call(erfOp);

export const tanhOp = pointwise("Tanh", (_x, y, g) => mul(g, sub(1, square(y))));
export const tanh = call(tanhOp);

export const sigmoidOp = pointwise("Sigmoid", (_x, y, g) => mul(g, mul(y, sub(1, y))));
/** 1 / (1 + exp(−x)) */
export const sigmoid = call(sigmoidOp);

/**
 * Written as relu(x) + log(1 + exp(−|x|)): ONNX Runtime's Softplus goes by single elements, at
 * seven times the time of these five ops together (docs/decisions/training-step.md). The sum
 * rounds what is below 1e-7 to 0, as the sums that it is used in would.
 */
export const softplusOp: Op = {
  ...pointwise("Softplus", (x, _y, g) => mul(g, sigmoid(x))),
  simplify: ([x]) => x && add(relu(x), log(add(exp(neg(abs(x))), 1))),
};
/** log(1 + exp(x)), without overflow. */
export const softplus = call(softplusOp);

type Line = { readonly alpha: number; readonly beta: number };

export const hardSigmoidOp: Op<Line> = {
  name: "HardSigmoid",
  floats: ["alpha", "beta"],
  infer: (inputs) => elementwise("HardSigmoid", inputs),
  gradient: ({ outputs: [y], attributes: { alpha } }, [g]) => [
    y && g && where(and(greater(y, 0), less(y, 1)), mul(g, alpha), 0),
  ],
};
/** alpha·x + beta, limited to [0, 1]. */
export function hardSigmoid(x: Value, alpha = 0.2, beta = 0.5): Value {
  return applyOne(hardSigmoidOp, [x], { alpha, beta });
}

/**
 * 1 where x is positive, else 0; passes no gradient. One pass in float32, where a comparison and
 * a cast of its bits take seven times as long (docs/decisions/training-step.md).
 */
export function step(x: Value): Value {
  if (x.dtype !== "float32") return cast(greater(x, 0), x.dtype);
  // So steep that every normal positive number is at 1.
  return stopGradient(hardSigmoid(x, 1e38, 0));
}

// A product with 0 and 1 takes two thirds of the time of a Where (docs/decisions/convolution.md).
export const reluOp = pointwise("Relu", (_x, y, g) => mul(g, step(y)));
/** max(x, 0) */
export const relu = call(reluOp);

type Slope = { readonly alpha: number };

export const leakyReluOp: Op<Slope> = {
  name: "LeakyRelu",
  floats: ["alpha"],
  infer: (inputs) => elementwise("LeakyRelu", inputs),
  gradient: ({ inputs: [x], attributes: { alpha } }, [g]) => [
    x && g && where(greater(x, 0), g, mul(g, alpha)),
  ],
};
/** x where positive, else alpha·x. */
export function leakyRelu(x: Value, alpha = 0.01): Value {
  return applyOne(leakyReluOp, [x], { alpha });
}

export const eluOp: Op<Slope> = {
  name: "Elu",
  floats: ["alpha"],
  infer: (inputs) => elementwise("Elu", inputs),
  gradient: ({ inputs: [x], outputs: [y], attributes: { alpha } }, [g]) => [
    x && y && g && where(greater(x, 0), g, mul(g, add(y, alpha))),
  ],
};
/** x where positive, else alpha·(exp(x) − 1). */
export function elu(x: Value, alpha = 1): Value {
  return applyOne(eluOp, [x], { alpha });
}

/** Written as x · sigmoid(x), with the gradient g · (s + y · (1 − s)), s = sigmoid(x). */
export const siluOp: Op = {
  ...pointwise("Silu", (x, y, g) => {
    const s = sigmoid(x);
    return mul(g, add(s, sub(y, mul(y, s))));
  }),
  lower: ([x]) => (x === undefined ? [] : [mul(x, sigmoid(x))]),
};
/** x · sigmoid(x). */
export const silu = call(siluOp);

/** x · Φ(x), exact by the error function. */
export function gelu(x: Value): Value {
  return mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1));
}

/** x² */
export function square(x: Value): Value {
  return mul(x, x);
}

export const notOp = pointwise("Not");
export const not = call(notOp);

export const isNaNOp: Op = {
  name: "IsNaN",
  infer: (inputs) => elementwise("IsNaN", inputs, "bool"),
};
export const isNaN = call(isNaNOp);

export const identityOp = pointwise("Identity", (_x, _y, g) => g);
export const identity = call(identityOp);

/** The value, with no gradient through it. */
export const stopGradientOp: Op = {
  name: "StopGradient",
  infer: (inputs) => elementwise("StopGradient", inputs),
  lower: ([x]) => (x === undefined ? [] : [x]),
};
export const stopGradient = call(stopGradientOp);

/** 1 where the condition holds, else 0, in the type asked for. */
export function indicator(condition: Value, like: Value): Value {
  return cast(condition, like.dtype);
}
