/** Convolutions that halve an image layer by layer, mirrored. */
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import type { ActivationName } from "../nn/activations.ts";
import { activations } from "../nn/activations.ts";
import { conv2d, convTranspose2d } from "../nn/conv.ts";
import type { Initializer } from "../nn/initializers.ts";
import { OUTPUT_GAIN, lecun } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import { layerNorm } from "../nn/normalization.ts";
import type { Scope } from "../nn/scope.ts";
import { flatten, reshape } from "../ops/shape.ts";
import type { Body } from "./body.ts";

export interface ConvBodyOptions {
  /** Height and width of the kernels; 3. */
  readonly kernel?: number;
  /** Units of a dense layer between the convolutions and the code; none by default. */
  readonly hidden?: number;
  readonly activation?: ActivationName;
  /** Layer normalization over the channels before each activation. */
  readonly normalize?: boolean;
}

/**
 * Variance 1 / fanIn everywhere. He's, twice that, suits deep stacks; here it makes the steps
 * small beside the weights, which costs a tenth of the final error (docs/decisions/convolution.md).
 */
const unit = (fanIn: number): Initializer => lecun(fanIn);
const quiet = (fanIn: number): Initializer => lecun(fanIn, OUTPUT_GAIN);

/** `[height, width]` before the first convolution, after it, and so on. */
function sizesAlong(size: readonly [number, number], layers: number): [number, number][] {
  const sizes: [number, number][] = [[size[0], size[1]]];
  for (let i = 0; i < layers; i += 1) {
    const [height, width] = sizes[i] as [number, number];
    sizes.push([Math.ceil(height / 2), Math.ceil(width / 2)]);
  }
  return sizes;
}

function requireImage(shape: readonly (number | string)[], layers: number) {
  const [height, width, channels] = shape;
  if (
    shape.length !== 3 ||
    typeof height !== "number" ||
    typeof width !== "number" ||
    typeof channels !== "number"
  ) {
    throw inputError("body.conv.shape", {
      place: "body conv",
      expected: "images of [height, width, channels]",
      got: `samples of [${shape.join(", ")}]`,
      hint: "take the dense body for rows of numbers",
    });
  }
  if (layers < 1) {
    throw inputError("body.conv.channels", {
      place: "body conv",
      expected: "the channels of at least one layer",
      got: "none",
      hint: "give channels such as [32, 64]",
    });
  }
  // Halving once more would only halve a single row or column again.
  const most = Math.ceil(Math.log2(Math.min(height, width)));
  if (layers > most) {
    throw inputError("body.conv.size", {
      place: "body conv",
      expected: `at most ${most} layers for images of ${height} × ${width}, each halving them`,
      got: String(layers),
      hint: "give fewer channels, or larger images",
    });
  }
  return { size: [height, width] as const, channels };
}

/**
 * One convolution of stride 2 for each entry of `channels`, then a linear layer to the code.
 * The decoder is the mirror image: each transposed convolution gives back the size that its
 * convolution took, odd sizes included. Neither the code nor the output has an activation.
 *
 * @example
 * const body = conv([16, 64]); // 28 × 28 × 1 → 14 × 14 × 16 → 7 × 7 × 64 → code
 */
export function conv(channels: readonly number[] = [16, 64], options: ConvBodyOptions = {}): Body {
  const { kernel = 3, hidden, activation = "relu", normalize = false } = options;
  const { apply } = activations[activation];
  const activate = (scope: Scope, y: Value): Value =>
    apply(normalize ? layerNorm(scope.child("norm"), y) : y);

  function dense(scope: Scope, x: Value, units: number): Value {
    const inputs = x.shape.at(-1) as number;
    return activate(scope, linear(scope, x, units, { initial: unit(inputs) }));
  }

  return {
    name: "conv",
    options: {
      channels,
      kernel,
      ...(hidden === undefined ? {} : { hidden }),
      activation,
      normalize,
    },

    encode: (scope, x, outputs) => {
      requireImage(x.shape.slice(1), channels.length);
      const last = channels.reduce((at, count, i) => {
        const inner = scope.child(String(i));
        return activate(inner, conv2d(inner, at, count, { kernel, stride: 2, initial: unit }));
      }, x);
      const flat = flatten(last);
      const code = hidden === undefined ? flat : dense(scope.child("hidden"), flat, hidden);
      const inputs = code.shape.at(-1) as number;
      return linear(scope.child("code"), code, outputs, { initial: unit(inputs) });
    },

    decode: (scope, z, shape) => {
      const image = requireImage(shape, channels.length);
      const sizes = sizesAlong(image.size, channels.length);
      const [height, width] = sizes[channels.length] as [number, number];
      const depth = channels.at(-1) ?? image.channels;
      const code = hidden === undefined ? z : dense(scope.child("hidden"), z, hidden);
      const flat = dense(scope.child("start"), code, height * width * depth);
      const start = reshape(flat, [-1, height, width, depth]);
      return channels.reduceRight((at, _, i) => {
        const size = sizes[i] as [number, number];
        if (i === 0) {
          const output = scope.child("output");
          return convTranspose2d(output, at, image.channels, {
            kernel,
            stride: 2,
            size,
            initial: quiet,
          });
        }
        const inner = scope.child(String(channels.length - 1 - i));
        const count = channels[i - 1] as number;
        const y = convTranspose2d(inner, at, count, { kernel, stride: 2, size, initial: unit });
        return activate(inner, y);
      }, start);
    },
  };
}
