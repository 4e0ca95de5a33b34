/** Layer normalization. */
import type { Value } from "../graph/value.ts";
import { add, div, mul, sub } from "../ops/arithmetic.ts";
import { sqrt, square } from "../ops/pointwise.ts";
import { mean } from "../ops/reduce.ts";
import { filled, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";

/**
 * (x − mean) / √(variance + epsilon) · gain + bias over the last axis.
 *
 * @param x `[…, features]`
 * @see Ba, Kiros and Hinton, "Layer normalization" (2016), equations 3 and 4
 */
export function layerNorm(scope: Scope, x: Value, { epsilon = 1e-5 } = {}): Value {
  const features = x.shape.at(-1) as number;
  const gain = scope.parameter("gain", [features], filled(1));
  const bias = scope.parameter("bias", [features], zeros);
  const over = { axes: [x.shape.length - 1], keep: true };
  const centred = sub(x, mean(x, over));
  const variance = mean(square(centred), over);
  return add(mul(div(centred, sqrt(add(variance, epsilon))), gain), bias);
}
