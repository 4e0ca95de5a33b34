/** Convolution over the steps of a series. */
import type { Value } from "../graph/value.ts";
import { conv2d } from "../ops/conv.ts";
import { pad, slice } from "../ops/select.ts";
import { reshape } from "../ops/shape.ts";
import type { Initializer } from "./initializers.ts";
import { glorot, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";

export interface Conv1dOptions {
  /** Places under the kernel, an odd number; 3. */
  readonly kernel?: number;
  /** Distance of neighbouring places under the kernel; 1. */
  readonly dilation?: number;
  readonly initial?: (fanIn: number, fanOut: number) => Initializer;
}

/**
 * As many steps out as in, with zeros before the first and after the last:
 *
 *   y[t, j] = b[j] + Σ x[t + (k − half) · dilation, i] · w[k, i, j]   over taps k, channels i
 *
 * Written in lines of `dilation` steps, a series is an image whose neighbours in a column are
 * `dilation` apart: the dilated convolution is one of height `kernel` and width 1.
 *
 * @param x `[batch, steps, inputs]`
 * @returns `[batch, steps, channels]`
 */
export function conv1d(
  scope: Scope,
  x: Value,
  channels: number,
  { kernel = 3, dilation = 1, initial = glorot }: Conv1dOptions = {},
): Value {
  const [, steps, inputs] = x.shape as readonly [unknown, number, number];
  const start = initial(kernel * inputs, kernel * channels);
  const weight = scope.parameter("weight", [kernel, inputs, channels], start);
  const bias = scope.parameter("bias", [channels], zeros);
  const lines = Math.ceil(steps / dilation);
  const lacking = lines * dilation - steps;
  const whole = lacking === 0 ? x : pad(x, [0, 0, 0], [0, lacking, 0]);
  const image = reshape(whole, [-1, lines, dilation, inputs]);
  const y = conv2d(image, reshape(weight, [kernel, 1, inputs, channels]), { bias });
  const flat = reshape(y, [-1, lines * dilation, channels]);
  return lacking === 0 ? flat : slice(flat, 0, steps, 1);
}
