/** Convolutions at two or more scales whose code is itself a small picture. */
import { inputError } from "../base/errors.ts";
import type { Value } from "../graph/value.ts";
import type { ActivationName } from "../nn/activations.ts";
import { activations } from "../nn/activations.ts";
import { conv2d, convTranspose2d } from "../nn/conv.ts";
import type { Initializer } from "../nn/initializers.ts";
import { OUTPUT_GAIN, lecun } from "../nn/initializers.ts";
import { linear } from "../nn/linear.ts";
import type { Scope } from "../nn/scope.ts";
import { add } from "../ops/arithmetic.ts";
import { pad, slice } from "../ops/select.ts";
import { flatten, reshape, transpose } from "../ops/shape.ts";
import type { Body } from "./body.ts";

export interface SpatialOptions {
  /** Pairs of convolutions at each scale; 1. */
  readonly depth?: number;
  readonly activation?: ActivationName;
}

type Size = readonly [height: number, width: number];

/** Pixels that are taken together as one place, down and across. */
export const CELL = 2;

const unit = (fanIn: number): Initializer => lecun(fanIn);
const quiet = (fanIn: number): Initializer => lecun(fanIn, OUTPUT_GAIN);

/**
 * Two by two pixels are taken together as a place, as FFDNet does, and the encoder is a small U-Net
 * over the places: at each scale `depth` pairs of convolutions that are added to their input, then a
 * convolution of stride 2 to the next; on the way back each scale is added to the one it came from.
 * A convolution of one place to the code follows. The decoder is as many pairs on the first scale.
 *
 * Where the size of the code is a multiple of the number of places, it is a picture of that many
 * channels, and what is at a place stays there: as many numbers as pixels leave nothing out. A code
 * of any other size comes from a linear layer. Neither the code nor the output has an activation.
 *
 * @see Ronneberger et al., "U-Net" (2015); Zhang et al., "FFDNet" (2018), section III-A
 * @example
 * const body = spatial([32, 64]); // 28 × 28 × 1 → 14 × 14 × 32 (and 7 × 7 × 64) → code [14, 14, any]
 */
export function spatial(
  channels: readonly number[] = [32, 64],
  options: SpatialOptions = {},
): Body {
  const { depth = 1, activation = "relu" } = options;
  const { apply } = activations[activation];
  const [first, ...coarser] = channels;
  if (first === undefined) {
    throw inputError("options.invalid", {
      place: "spatial, option channels",
      expected: "the channels of at least one scale",
      got: "none",
      hint: "give channels such as [32, 64]",
    });
  }

  /** x + two convolutions, `depth` times. */
  function refined(scope: Scope, x: Value): Value {
    const width = x.shape.at(-1) as number;
    let at = x;
    for (let i = 0; i < depth; i += 1) {
      const own = scope.child(String(i));
      const inner = apply(conv2d(own.child("0"), apply(at), width, { initial: unit }));
      at = add(at, conv2d(own.child("1"), inner, width, { initial: quiet }));
    }
    return at;
  }

  /** A scale with all below it. */
  function scale(scope: Scope, x: Value, size: Size, widths: readonly number[]): Value {
    const here = refined(scope.child("down"), x);
    const [width, ...rest] = widths;
    if (width === undefined || Math.min(...size) < 2) return here;
    const half: Size = [Math.ceil(size[0] / 2), Math.ceil(size[1] / 2)];
    const below = conv2d(scope.child("shrink"), apply(here), width, { stride: 2, initial: unit });
    const seen = scale(scope.child("below"), below, half, rest);
    const back = convTranspose2d(scope.child("grow"), apply(seen), here.shape.at(-1) as number, {
      stride: 2,
      size,
      initial: unit,
    });
    return refined(scope.child("up"), add(here, back));
  }

  return {
    name: "spatial",
    options: { channels, depth, activation },

    encode: (scope, x, outputs) => {
      const { places } = requireImage(x.shape.slice(1));
      const count = places[0] * places[1];
      const start = conv2d(scope.child("start"), cells(x), first, { initial: unit });
      const seen = apply(scale(scope, start, places, coarser));
      const code = scope.child("code");
      if (outputs % count === 0)
        return flatten(conv2d(code, seen, outputs / count, { kernel: 1, initial: unit }));
      return linear(code, flatten(seen), outputs, { initial: unit(count * first) });
    },

    decode: (scope, z, shape) => {
      const { places, size, depth: colours } = requireImage(shape);
      const [height, width] = places;
      const count = height * width;
      const numbers = z.shape.at(-1) as number;
      const start = scope.child("start");
      const at =
        numbers % count === 0
          ? conv2d(start, reshape(z, [-1, height, width, numbers / count]), first, {
              initial: unit,
            })
          : reshape(linear(start, z, count * first, { initial: unit(numbers) }), [
              -1,
              height,
              width,
              first,
            ]);
      const seen = apply(refined(scope, at));
      const output = conv2d(scope.child("output"), seen, CELL * CELL * colours, {
        initial: quiet,
      });
      return pixels(output, size);
    },
  };
}

/** `[batch, height, width, c]` → `[batch, places down, across, CELL² · c]`, zeros where a side is odd. */
function cells(x: Value): Value {
  const [, height, width, colours] = x.shape as readonly [unknown, number, number, number];
  const [down, across] = placesOf([height, width]);
  const lacking = [0, CELL * down - height, CELL * across - width, 0];
  const whole = lacking.every((n) => n === 0) ? x : pad(x, [0, 0, 0, 0], lacking);
  const cut = reshape(whole, [-1, down, CELL, across, CELL, colours]);
  return reshape(transpose(cut, [0, 1, 3, 2, 4, 5]), [-1, down, across, CELL * CELL * colours]);
}

/** The way back. */
function pixels(y: Value, [height, width]: Size): Value {
  const [, down, across, numbers] = y.shape as readonly [unknown, number, number, number];
  const colours = numbers / (CELL * CELL);
  const cut = transpose(reshape(y, [-1, down, across, CELL, CELL, colours]), [0, 1, 3, 2, 4, 5]);
  const whole = reshape(cut, [-1, CELL * down, CELL * across, colours]);
  const high = CELL * down === height ? whole : slice(whole, 0, height, 1);
  return CELL * across === width ? high : slice(high, 0, width, 2);
}

export function placesOf([height, width]: Size): Size {
  return [Math.ceil(height / CELL), Math.ceil(width / CELL)];
}

function requireImage(shape: readonly (number | string)[]) {
  const [height, width, depth] = shape;
  if (
    shape.length === 3 &&
    typeof height === "number" &&
    typeof width === "number" &&
    typeof depth === "number"
  )
    return { size: [height, width] as const, places: placesOf([height, width]), depth };
  throw inputError("body.spatial.shape", {
    place: "body spatial",
    expected: "images of [height, width, channels]",
    got: `samples of [${shape.join(", ")}]`,
    hint: "take the dense body for rows of numbers, sequence for series",
  });
}
