/** Fully connected layers, mirrored. */
import type { ActivationName } from "../nn/activations.ts";
import { activations } from "../nn/activations.ts";
import { OUTPUT_GAIN, lecun, scaled } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { layerNorm } from "../nn/normalization.ts";
import { flatten, reshape } from "../ops/shape.ts";
import type { Body, Layer } from "./body.ts";

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

  function hiddenLayer(name: string, width: number): Layer {
    return {
      name,
      width,
      apply: (scope, x, _, spread) => {
        const inner = scope.child(name);
        const start = initial(x.shape.at(-1) as number, width);
        const gain = spread === undefined ? 1 : PIXELS / spread;
        const y = linear(inner, x, width, { initial: scaled(start, gain) });
        return apply(normalize ? layerNorm(inner.child("norm"), y) : y);
      },
    };
  }

  const hiddenLayers = (widths: readonly number[]): readonly Layer[] =>
    widths.map((width, i) => hiddenLayer(String(i), width));
  const code: Layer = {
    name: "code",
    apply: (scope, x, outputs) => linear(scope.child("code"), x, outputs),
  };
  const output: Layer = {
    name: "output",
    apply: (scope, x, outputs) => {
      const start = lecun(x.shape.at(-1) as number, OUTPUT_GAIN);
      return linear(scope.child("output"), x, outputs, { initial: start });
    },
  };
  const encoder = [...hiddenLayers(hidden), code];
  const decoder = [...hiddenLayers(hidden.toReversed()), output];

  return {
    name: "dense",
    options: { hidden, activation, normalize },
    stack: { encoder, decoder },
    encode: (scope, x, outputs, spread = 1) =>
      encoder.reduce(
        (at, layer, i) => layer.apply(scope, at, outputs, i === 0 ? spread : undefined),
        flatten(x),
      ),
    decode: (scope, z, shape) => {
      const features = shape.reduce((product, n) => product * n, 1);
      const last = decoder.reduce((at, layer) => layer.apply(scope, at, features), z);
      return reshape(last, [-1, ...shape]);
    },
  };
}
