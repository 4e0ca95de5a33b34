/**
 * 2-D convolution, its adjoint (the transposed convolution) and its weight gradient.
 * All three are one trilinear form in a large image, a small image and a kernel, so
 * each gradient is one of the other two:
 *
 *   y[n, o, j] = Σ x[n, o · stride − before + k, i] · w[k, i, j]   over taps k, channels i
 *
 * Images are `[batch, height, width, channels]`, kernels `[height, width, large
 * channels, small channels]`, where small is the side with fewer positions: the
 * output of a convolution, the input of a transposed one.
 */
import { sameShape, shapeError, showShape } from "../graph/dim.ts";
import type { Op, Value } from "../graph/value.ts";
import { applyOne } from "../graph/value.ts";
import type { Geometry, Padding, Pair, Sizes } from "./conv-geometry.ts";
import { geometryOf, imageOf, kernelOf } from "./conv-geometry.ts";
import { chooseConv, chooseTransposed } from "./conv-lowering.ts";

type ConvAttributes = {
  readonly stride: Pair;
  /** Zeros above and left of the large image. */
  readonly before: Pair;
  /** Height and width of the result. */
  readonly size: Pair;
};

function requireChannels(place: string, expected: number, x: Value | undefined): void {
  if (x?.shape.at(-1) !== expected) {
    throw shapeError(place, `${expected} channels`, showShape(x?.shape ?? []));
  }
}

function requireBias(place: string, channels: number, bias: Value | undefined): void {
  if (bias !== undefined && !sameShape(bias.shape, [channels])) {
    throw shapeError(place, `a bias [${channels}]`, showShape(bias.shape));
  }
}

function sizesOf(
  large: Pair,
  small: Pair,
  w: { size: Pair; large: number; small: number },
  { stride, before }: Pick<ConvAttributes, "stride" | "before">,
): Sizes {
  return { large, small, kernel: w.size, stride, before, channels: [w.large, w.small] };
}

export const conv2dOp: Op<ConvAttributes> = {
  name: "Conv2d",
  infer: ([x, w, bias], { size }) => {
    const kernel = kernelOf(w, "Conv2d");
    requireChannels("Conv2d", kernel.large, x);
    requireBias("Conv2d", kernel.small, bias);
    imageOf(x, "Conv2d");
    return x ? [{ dtype: x.dtype, shape: [x.shape[0] ?? 1, ...size, kernel.small] }] : [];
  },
  gradient: ({ inputs: [x, w], attributes: { stride, before } }, [g]) => {
    if (x === undefined || w === undefined || g === undefined) return [];
    const { size: large } = imageOf(x, "Conv2d");
    const { size: kernel } = kernelOf(w, "Conv2d");
    return [
      applyOne(convTranspose2dOp, [g, w], { stride, before, size: large }),
      applyOne(conv2dWeightOp, [x, g], { stride, before, size: kernel }),
      // The walk sums a bias over what it was repeated along.
      g,
    ];
  },
  lower: ([x, w, bias], attributes) => {
    if (x === undefined || w === undefined) return [];
    const { size } = imageOf(x, "Conv2d");
    const sizes = sizesOf(size, attributes.size, kernelOf(w, "Conv2d"), attributes);
    return [chooseConv(x, sizes).conv(x, w, bias, sizes)];
  },
};

export const convTranspose2dOp: Op<ConvAttributes> = {
  name: "ConvTranspose2d",
  infer: ([y, w, bias], { size }) => {
    const kernel = kernelOf(w, "ConvTranspose2d");
    requireChannels("ConvTranspose2d", kernel.small, y);
    requireBias("ConvTranspose2d", kernel.large, bias);
    imageOf(y, "ConvTranspose2d");
    return y ? [{ dtype: y.dtype, shape: [y.shape[0] ?? 1, ...size, kernel.large] }] : [];
  },
  gradient: ({ inputs: [y, w], attributes: { stride, before } }, [g]) => {
    if (y === undefined || w === undefined || g === undefined) return [];
    const { size: small } = imageOf(y, "ConvTranspose2d");
    const { size: kernel } = kernelOf(w, "ConvTranspose2d");
    return [
      applyOne(conv2dOp, [g, w], { stride, before, size: small }),
      applyOne(conv2dWeightOp, [g, y], { stride, before, size: kernel }),
      g,
    ];
  },
  lower: ([y, w, bias], attributes) => {
    if (y === undefined || w === undefined) return [];
    const { size } = imageOf(y, "ConvTranspose2d");
    const sizes = sizesOf(attributes.size, size, kernelOf(w, "ConvTranspose2d"), attributes);
    return [chooseTransposed(y, sizes).transposed(y, w, bias, sizes)];
  },
};

export const conv2dWeightOp: Op<ConvAttributes> = {
  name: "Conv2dWeight",
  infer: ([x, y], { size }) => {
    const large = imageOf(x, "Conv2dWeight");
    const small = imageOf(y, "Conv2dWeight");
    return x ? [{ dtype: x.dtype, shape: [...size, large.channels, small.channels] }] : [];
  },
  gradient: ({ inputs: [x, y], attributes: { stride, before } }, [g]) => {
    if (x === undefined || y === undefined || g === undefined) return [];
    const { size: large } = imageOf(x, "Conv2dWeight");
    const { size: small } = imageOf(y, "Conv2dWeight");
    return [
      applyOne(convTranspose2dOp, [y, g], { stride, before, size: large }),
      applyOne(conv2dOp, [x, g], { stride, before, size: small }),
    ];
  },
  lower: ([x, y], attributes) => {
    if (x === undefined || y === undefined) return [];
    const large = imageOf(x, "Conv2dWeight");
    const small = imageOf(y, "Conv2dWeight");
    const kernel = { size: attributes.size, large: large.channels, small: small.channels };
    const sizes = sizesOf(large.size, small.size, kernel, attributes);
    return [chooseConv(x, sizes).weight(x, y, sizes)];
  },
};

export interface ConvolutionOptions {
  /** Step between windows, for height and width alike unless given as a pair; 1. */
  readonly stride?: number | Pair;
  /** Default `same`: ceil(size / stride) windows, with zeros around the image. */
  readonly padding?: Padding;
  /** `[output channels]` */
  readonly bias?: Value;
}

function geometry(large: Pair, kernel: Pair, options: ConvolutionOptions): Geometry {
  const { stride = 1, padding = "same" } = options;
  return geometryOf(large, kernel, typeof stride === "number" ? [stride, stride] : stride, padding);
}

/**
 * Cross-correlation of an image with a kernel, as neural networks call convolution.
 *
 * @param x `[batch, height, width, inputs]`
 * @param w `[kernel height, kernel width, inputs, outputs]`
 * @returns `[batch, ceil(height / stride), ceil(width / stride), outputs]` with padding `same`
 * @example
 * const half = conv2d(images, kernel, { stride: 2, bias }); // [batch, 28, 28, 1] → [batch, 14, 14, 32]
 */
export function conv2d(x: Value, w: Value, options: ConvolutionOptions = {}): Value {
  const { size: large } = imageOf(x, "conv2d");
  const { stride, before, small: size } = geometry(large, kernelOf(w, "conv2d").size, options);
  const inputs = options.bias === undefined ? [x, w] : [x, w, options.bias];
  return applyOne(conv2dOp, inputs, { stride, before, size });
}

/**
 * The adjoint of `conv2d`: spreads each position over the window it would be made from.
 *
 * @param y `[batch, ceil(height / stride), ceil(width / stride), inputs]` with padding `same`
 * @param w `[kernel height, kernel width, outputs, inputs]`, as of the convolution it mirrors
 * @param size `[height, width]` of the result: several sizes shrink to the same small one
 * @returns `[batch, height, width, outputs]`
 * @see Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016), chapter 4
 */
export function convTranspose2d(
  y: Value,
  w: Value,
  size: Pair,
  options: ConvolutionOptions = {},
): Value {
  const { stride, before, small } = geometry(size, kernelOf(w, "convTranspose2d").size, options);
  const { size: given } = imageOf(y, "convTranspose2d");
  if (!sameShape(small, given)) {
    const expected = `an image of ${showShape(small)}, as one of ${showShape(size)} shrinks to`;
    throw shapeError("convTranspose2d", expected, showShape(given));
  }
  const inputs = options.bias === undefined ? [y, w] : [y, w, options.bias];
  return applyOne(convTranspose2dOp, inputs, { stride, before, size });
}
