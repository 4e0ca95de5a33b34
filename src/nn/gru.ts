/** Gated recurrent units, written out step by step: no gradient passes through an ONNX Loop. */
import type { Value } from "../graph/value.ts";
import { add, mul, neg, sub } from "../ops/arithmetic.ts";
import { gemm } from "../ops/matrix.ts";
import { sigmoid, tanh } from "../ops/pointwise.ts";
import { concat, reshape, split } from "../ops/shape.ts";
import type { Initializer } from "./initializers.ts";
import { glorot, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";

export interface GruOptions {
  /** State before the first step, `[batch, units]`; zeros by default. */
  readonly state?: Value;
  /** How many steps there are, where x is the same at each. */
  readonly steps?: number;
  readonly initial?: (fanIn: number, fanOut: number) => Initializer;
}

/**
 *   r = σ(x Wr + br + h Ur + cr)
 *   z = σ(x Wz + bz + h Uz + cz)
 *   n = tanh(x Wn + bn + r ∘ (h Un + cn))
 *   h ← (1 − z) ∘ n + z ∘ h
 *
 * The products with x are those of all steps at once. Gates lie side by side in the order r, z, n,
 * as PyTorch has them.
 *
 * @param x `[batch, steps, inputs]`, or `[batch, inputs]` for the same input at each of `steps`
 * @returns the state after each step, `[batch, steps, units]`
 * @see Cho et al., "Learning phrase representations using RNN encoder–decoder" (2014)
 */
export function gru(
  scope: Scope,
  x: Value,
  units: number,
  { state, steps = x.shape[1] as number, initial = glorot }: GruOptions = {},
): Value {
  const inputs = x.shape.at(-1) as number;
  const w = scope.parameter("input.weight", [inputs, 3 * units], initial(inputs, units));
  const b = scope.parameter("input.bias", [3 * units], zeros);
  const u = scope.parameter("state.weight", [units, 3 * units], initial(units, units));
  const c = scope.parameter("state.bias", [3 * units], zeros);
  const same = x.shape.length === 2;
  const gates = gemm(same ? x : reshape(x, [-1, inputs]), w, {}, b);
  const given = same ? [gates] : stepsOf(gates, steps, 3 * units);
  const states: Value[] = [];
  for (let step = 0; step < steps; step += 1) {
    const h = states.at(-1) ?? state;
    const own = h === undefined ? reshape(c, [1, 3 * units]) : gemm(h, u, {}, c);
    states.push(stepFrom(given[same ? 0 : step] as Value, own, h, units));
  }
  return reshape(concat(states, 1), [-1, steps, units]);
}

/** `[batch · steps, width]` → `[batch, width]` of each step. */
function stepsOf(gates: Value, steps: number, width: number): readonly Value[] {
  const sizes = Array.from({ length: steps }, () => width);
  return split(reshape(gates, [-1, steps * width]), sizes, 1);
}

function stepFrom(given: Value, own: Value, h: Value | undefined, units: number): Value {
  const [givenGates, givenNew] = split(given, [2 * units, units], 1) as [Value, Value];
  const [ownGates, ownNew] = split(own, [2 * units, units], 1) as [Value, Value];
  const gates = sigmoid(add(givenGates, ownGates));
  const [r, z] = split(gates, [units, units], 1) as [Value, Value];
  const n = tanh(add(givenNew, mul(r, ownNew)));
  return add(n, mul(z, h === undefined ? neg(n) : sub(h, n)));
}
