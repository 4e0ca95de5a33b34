/** Dilated convolutions, or a recurrent network, over the steps of a series, mirrored. */
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import type { ActivationName } from "../nn/activations.ts";
import { activations } from "../nn/activations.ts";
import { conv1d } from "../nn/conv1d.ts";
import { gru } from "../nn/gru.ts";
import type { Initializer } from "../nn/initializers.ts";
import { OUTPUT_GAIN, lecun } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import type { Scope } from "../nn/scope.ts";
import { add } from "../ops/arithmetic.ts";
import { pad, slice } from "../ops/select.ts";
import { flatten, reshape } from "../ops/shape.ts";
import { tanh } from "../ops/pointwise.ts";
import type { Body } from "./body.ts";

export interface SequenceOptions {
  /** `conv` (the default): dilated convolutions. `gru`: gated recurrent units. */
  readonly cell?: "conv" | "gru";
  /** Steps that are taken together as one place of the layers; 4. */
  readonly span?: number;
  /** Places that a convolution looks at, an odd number; 3. Of `conv` alone. */
  readonly kernel?: number;
  /** After each convolution; silu. Of `conv` alone. */
  readonly activation?: ActivationName;
}

const unit = (fanIn: number): Initializer => lecun(fanIn);

/**
 * A window is cut into places of `span` steps, and each place is brought to the width of the
 * layers. Then
 *
 * - `conv`: convolutions over the places, each with twice the reach of the one before (dilation 1,
 *   2, 4, …) and added to its input where the widths agree; a linear layer from all places to the
 *   code. The decoder is the mirror image.
 * - `gru`: layers of gated recurrent units; the last state of the last one goes to the code through
 *   a linear layer. The decoder starts from a state made of the code and is given the code at every
 *   place.
 *
 * A last linear layer brings every place back to `span` steps. Neither the code nor the output has
 * an activation.
 *
 * @see van den Oord et al., "WaveNet" (2016); Thill et al., "Temporal convolutional autoencoder for
 *   unsupervised anomaly detection in time series" (2021); Srivastava et al., "Unsupervised
 *   learning of video representations using LSTMs" (2015)
 * @example
 * const body = sequence([32, 32, 32], { span: 4 }); // windows [64, 3] → 16 places → code
 */
export function sequence(
  channels: readonly number[] = [32, 32, 32],
  options: SequenceOptions = {},
): Body {
  const { cell = "conv", span = 4 } = options;
  requireOptions(channels, options);
  const { kernel = 3, activation = "silu" } = options;
  const { apply } = activations[activation];
  const [first] = channels as readonly [number, ...number[]];
  const last = channels.at(-1) as number;

  /** `[batch, window, inputs]` → `[batch, places, span · inputs]`, zeros behind where they do not fit. */
  function places(x: Value): Value {
    const [, window, inputs] = x.shape as readonly [unknown, number, number];
    const count = Math.ceil(window / span);
    const lacking = count * span - window;
    const whole = lacking === 0 ? x : pad(x, [0, 0, 0], [0, lacking, 0]);
    return reshape(whole, [-1, count, span * inputs]);
  }

  function convolved(scope: Scope, x: Value, widths: readonly number[], reach: readonly number[]) {
    return widths.reduce((at, width, i) => {
      const y = conv1d(scope.child(String(i)), at, width, {
        kernel,
        dilation: reach[i] as number,
        initial: unit,
      });
      const inputs = at.shape.at(-1);
      return inputs === width ? add(at, apply(y)) : apply(y);
    }, x);
  }

  function spread(scope: Scope, z: Value, count: number): Value {
    const initial = unit(z.shape.at(-1) as number);
    const flat = linear(scope.child("start"), z, count * last, { initial });
    const back = channels.toReversed();
    const start = reshape(apply(flat), [-1, count, last]);
    return convolved(scope, start, back, dilations(back.length).toReversed());
  }

  /** All places of all layers but the last, and the last state of that one. */
  function remembered(scope: Scope, x: Value): Value {
    const states = channels.reduce((at, width, i) => {
      return gru(scope.child(String(i)), at, width, { initial: unit });
    }, x);
    const count = states.shape[1] as number;
    return reshape(slice(states, count - 1, count, 1), [-1, last]);
  }

  /** States over `count` places, from a code that is given at each. */
  function recalled(scope: Scope, z: Value, count: number): Value {
    return channels.toReversed().reduce((at, width, i) => {
      const own = scope.child(String(i));
      const state = tanh(
        linear(own.child("start"), z, width, { initial: unit(z.shape.at(-1) as number) }),
      );
      return gru(own, at, width, { state, steps: count, initial: unit });
    }, z);
  }

  return {
    name: "sequence",
    options: { cell, channels, span, ...(cell === "conv" ? { kernel, activation } : {}) },

    encode: (scope, x, outputs) => {
      requireWindow(x.shape.slice(1));
      const cut = places(x);
      const start = linear(scope.child("start"), cut, first, {
        initial: unit(cut.shape.at(-1) as number),
      });
      const seen =
        cell === "conv"
          ? flatten(convolved(scope, start, channels, dilations(channels.length)))
          : remembered(scope, start);
      return linear(scope.child("code"), seen, outputs, {
        initial: unit(seen.shape.at(-1) as number),
      });
    },

    decode: (scope, z, shape) => {
      const { window, outputs } = requireWindow(shape);
      const count = Math.ceil(window / span);
      const seen = cell === "conv" ? spread(scope, z, count) : recalled(scope, z, count);
      const width = seen.shape.at(-1) as number;
      const y = linear(scope.child("output"), seen, span * outputs, {
        initial: lecun(width, OUTPUT_GAIN),
      });
      const all = reshape(y, [-1, count * span, outputs]);
      return count * span === window ? all : slice(all, 0, window, 1);
    },
  };
}

function dilations(layers: number): readonly number[] {
  return Array.from({ length: layers }, (_, i) => 2 ** i);
}

function requireOptions(
  channels: readonly number[],
  { cell, kernel, activation }: SequenceOptions,
) {
  const refuse = (option: string, expected: string, got: string, hint: string): never => {
    throw inputError("options.invalid", {
      place: `sequence, option ${option}`,
      expected,
      got,
      hint,
    });
  };
  if (channels.length === 0)
    refuse("channels", "the width of at least one layer", "none", "give channels such as [32, 32]");
  if (cell !== "gru") {
    if (kernel !== undefined && kernel % 2 === 0)
      refuse(
        "kernel",
        "an odd number, as many places before as behind",
        String(kernel),
        "take 3 or 5",
      );
    return;
  }
  const given = { kernel, activation };
  for (const option of ["kernel", "activation"] as const) {
    if (given[option] === undefined) continue;
    refuse(
      option,
      "cell conv, as gated recurrent units have none",
      String(given[option]),
      "leave it out",
    );
  }
}

function requireWindow(shape: readonly (number | string)[]): { window: number; outputs: number } {
  const [window, outputs] = shape;
  if (shape.length === 2 && typeof window === "number" && typeof outputs === "number")
    return { window, outputs };
  throw inputError("body.sequence.shape", {
    place: "body sequence",
    expected: "windows of [steps, channels], as series have",
    got: `samples of [${shape.join(", ")}]`,
    hint: "read rows in time with --as series; take the dense body for other rows, conv for images",
  });
}
