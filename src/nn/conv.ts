/** Convolutional layers. */
import type { Value } from "../graph/value.ts";
import type { Padding, Pair } from "../ops/conv-geometry.ts";
import { imageOf } from "../ops/conv-geometry.ts";
import * as ops from "../ops/conv.ts";
import type { Initializer } from "./initializers.ts";
import { glorot, zeros } from "./initializers.ts";
import type { Scope } from "./scope.ts";

export interface ConvOptions {
  /** Height and width of the kernel; 3. */
  readonly kernel?: number;
  /** Step between windows, down and right alike; 1. */
  readonly stride?: number;
  /** Default `same`: ceil(size / stride) windows, with zeros around the image. */
  readonly padding?: Padding;
  readonly bias?: boolean;
  /**
   * Makes the initializer from the number of terms in an output's sum and the number of
   * sums that an input enters, which differ by stride² beyond the channels. Default: Glorot
   * uniform.
   */
  readonly initial?: (fanIn: number, fanOut: number) => Initializer;
}

export interface ConvTransposeOptions extends ConvOptions {
  /** `[height, width]` of the result. */
  readonly size: Pair;
}

/**
 * Convolution with `channels` learned kernels.
 *
 * @param x `[batch, height, width, inputs]`
 * @returns `[batch, ceil(height / stride), ceil(width / stride), channels]`
 * @example
 * const half = relu(conv2d(scope.child("0"), images, 32, { stride: 2, initial: he }));
 */
export function conv2d(scope: Scope, x: Value, channels: number, options: ConvOptions = {}): Value {
  const { kernel = 3, stride = 1, padding = "same", bias = true, initial = glorot } = options;
  const inputs = imageOf(x, scope.path).channels;
  const taps = kernel * kernel;
  const start = initial(taps * inputs, (taps * channels) / (stride * stride));
  const weight = scope.parameter("weight", [kernel, kernel, inputs, channels], start);
  const offset = bias ? { bias: scope.parameter("bias", [channels], zeros) } : {};
  return ops.conv2d(x, weight, { stride, padding, ...offset });
}

/**
 * Transposed convolution: the mirror of a `conv2d` that shrinks an image of `size` to x's.
 *
 * @param x `[batch, ceil(height / stride), ceil(width / stride), inputs]`
 * @returns `[batch, height, width, channels]`
 * @example
 * const twice = convTranspose2d(scope.child("0"), x, 32, { stride: 2, size: [28, 28] });
 */
export function convTranspose2d(
  scope: Scope,
  x: Value,
  channels: number,
  options: ConvTransposeOptions,
): Value {
  const { kernel = 3, stride = 1, padding = "same", bias = true, initial = glorot } = options;
  const inputs = imageOf(x, scope.path).channels;
  const taps = kernel * kernel;
  const start = initial((taps * inputs) / (stride * stride), taps * channels);
  const weight = scope.parameter("weight", [kernel, kernel, channels, inputs], start);
  const offset = bias ? { bias: scope.parameter("bias", [channels], zeros) } : {};
  return ops.convTranspose2d(x, weight, options.size, { stride, padding, ...offset });
}
