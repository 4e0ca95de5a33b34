/** Activations by name, with the initializer that suits each. */
import type { Value } from "../graph/value.ts";
import { elu, gelu, leakyRelu, relu, sigmoid, silu, softplus, tanh } from "../ops/pointwise.ts";
import type { Initializer } from "./initializers.ts";
import { glorot, he } from "./initializers.ts";

interface Activation {
  readonly apply: (x: Value) => Value;
  readonly initial: (fanIn: number, fanOut: number) => Initializer;
}

/** Adding an activation is one line here. */
export const activations = {
  relu: { apply: relu, initial: he },
  leakyRelu: { apply: (x: Value) => leakyRelu(x), initial: he },
  elu: { apply: (x: Value) => elu(x), initial: he },
  gelu: { apply: gelu, initial: he },
  silu: { apply: silu, initial: he },
  softplus: { apply: softplus, initial: glorot },
  tanh: { apply: tanh, initial: glorot },
  sigmoid: { apply: sigmoid, initial: glorot },
  none: { apply: (x: Value) => x, initial: glorot },
} as const satisfies Record<string, Activation>;

export type ActivationName = keyof typeof activations;
export const activationNames = Object.keys(activations) as readonly ActivationName[];
