/** The fully connected layer. */
import { dimProduct } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import { gemm } from "../ops/matrix.ts";
import { reshapeLike } from "../ops/shape.ts";
import type { Initializer } from "./initializers.ts";
import { glorot, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";

export interface LinearOptions {
  readonly bias?: boolean;
  /** Default: Glorot uniform. */
  readonly initial?: Initializer;
}

/**
 * y = x · W + b over the last axis.
 *
 * @param x `[…, inputs]`
 * @returns `[…, outputs]`
 * @example
 * const hidden = relu(linear(scope.child("0"), x, 64));
 */
export function linear(
  scope: Scope,
  x: Value,
  outputs: number,
  options: LinearOptions = {},
): Value {
  const inputs = x.shape.at(-1) as number;
  const { bias = true, initial = glorot(inputs, outputs) } = options;
  const weight = scope.parameter("weight", [inputs, outputs], initial);
  const offset = bias ? scope.parameter("bias", [outputs], zeros) : undefined;
  if (x.shape.length === 2) return gemm(x, weight, {}, offset);
  const y = gemm(reshapeLike(x, [flatRows(x), inputs]), weight, {}, offset);
  return reshapeLike(y, [...x.shape.slice(0, -1), outputs]);
}

function flatRows(x: Value) {
  return dimProduct(x.shape.slice(0, -1));
}
