/** The linear part in the graph: with the network's chances into those that are shown. */
import type { Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { constant, input } from "../../graph/value.ts";
import { add, cast, div, gemm, greater, logSoftmax, mul, sub } from "../../ops/index.ts";
import type { Directions } from "./directions.ts";
import type { LinearPart } from "./fit.ts";

/** What depends on λ. */
export interface Shrunk<T> {
  /** f, `[1, rank]` */
  readonly shrinkage: T;
  /** λ · diag(P), `[1, items]` */
  readonly left: T;
}

export function shrunk(
  { items, rank, vectors, squares }: Directions,
  lambda: number,
): Shrunk<Tensor> & Record<string, Tensor> {
  const shrinkage = Float32Array.from(squares, (square) => square / (square + lambda));
  const left = new Float32Array(items);
  for (let i = 0; i < items; i += 1) {
    let own = 1;
    for (let k = 0; k < rank; k += 1)
      own -= (shrinkage[k] as number) * (vectors[i * rank + k] as number) ** 2;
    left[i] = own;
  }
  return {
    shrinkage: tensor("float32", shrinkage, [1, rank]),
    left: tensor("float32", left, [1, items]),
  };
}

export function shrunkInputs({ items, rank }: Directions): Shrunk<Value> {
  return {
    shrinkage: input("shrinkage", "float32", [1, rank]),
    left: input("left", "float32", [1, items]),
  };
}

/**
 * x B of histories, by the equation in fit.ts.
 *
 * @param x `[batch, items]`: what is above 0 counts as taken, once
 * @returns `[batch, items]`
 */
export function linearScores(
  x: Value,
  { items, rank, vectors }: Directions,
  { shrinkage, left }: Shrunk<Value>,
): Value {
  const v = constant(tensor("float32", vectors, [items, rank]), "linear.directions");
  const taken = cast(greater(x, 0), "float32");
  const back = gemm(mul(gemm(taken, v), shrinkage), v, { transB: 1 });
  return sub(taken, div(sub(taken, back), left));
}

/**
 * @param shown logarithms of the network's chances, `[batch, items]`
 * @returns the same of both together
 */
export function withLinearPart(x: Value, shown: Value, { directions, info }: LinearPart): Value {
  const { shrinkage, left } = shrunk(directions, info.lambda);
  const scores = linearScores(x, directions, {
    shrinkage: constant(shrinkage, "linear.shrinkage"),
    left: constant(left, "linear.left"),
  });
  const number = (value: number, name: string): Value =>
    constant(tensor("float32", Float32Array.of(value), []), `linear.${name}`);
  const both = add(shown, mul(scores, number(info.weight, "weight")));
  return logSoftmax(mul(both, number(info.temperature, "temperature")), 1);
}
