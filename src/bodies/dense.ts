/** Fully connected layers, mirrored. */
import type { Value } from "../graph/value.ts";
import type { ActivationName } from "../nn/activations.ts";
import { activations } from "../nn/activations.ts";
import { OUTPUT_GAIN, lecun, scaled } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { layerNorm } from "../nn/normalization.ts";
import type { Scope } from "../nn/scope.ts";
import { flatten, reshape } from "../ops/shape.ts";
import type { Body } from "./body.ts";

export interface DenseOptions {
  /** After each hidden layer; silu by default (docs/decisions/silu.md). */
  readonly activation?: ActivationName;
  /** Layer normalization before each activation. */
  readonly normalize?: boolean;
}

/**
 * Root mean square of pixels, about. The first layer starts as if all data had it: with the usual
 * start, standardized columns drive it so far that small data is learned by heart
 * (docs/decisions/silu.md).
 */
const PIXELS = 0.5;

/**
 * Hidden layers of the given widths on the way in, and in reverse on the way out.
 * The code itself has no activation: with one, part of it can die (see docs/decisions).
 *
 * @example
 * const body = dense([512, 128], { activation: "gelu" });
 */
export function dense(hidden: readonly number[], options: DenseOptions = {}): Body {
  const { activation = "silu", normalize = false } = options;
  const { apply, initial } = activations[activation];

  function stack(scope: Scope, x: Value, widths: readonly number[], gain = 1): Value {
    return widths.reduce((at, width, i) => {
      const inner = scope.child(String(i));
      const inputs = at.shape.at(-1) as number;
      const start = initial(inputs, width);
      const y = linear(inner, at, width, { initial: i === 0 ? scaled(start, gain) : start });
      return apply(normalize ? layerNorm(inner, y) : y);
    }, x);
  }

  return {
    name: "dense",
    options: { hidden, activation, normalize },
    encode: (scope, x, outputs, spread = 1) =>
      linear(scope.child("code"), stack(scope, flatten(x), hidden, PIXELS / spread), outputs),
    decode: (scope, z, shape) => {
      const features = shape.reduce((product, n) => product * n, 1);
      const last = stack(scope, z, hidden.toReversed());
      const initial = lecun(last.shape.at(-1) as number, OUTPUT_GAIN);
      return reshape(linear(scope.child("output"), last, features, { initial }), [-1, ...shape]);
    },
  };
}
