/**
 * Sizes of a 2-D convolution, written once for the three ops that share them.
 * A convolution ties a large image to a small one: large position
 * `small · stride − before + tap` meets small position `small` at tap `tap`;
 * positions outside the large image count as zeros.
 */
import { tensor } from "../base/tensor.ts";
import { shapeError, showShape } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";

/** Height, then width. */
export type Pair = readonly [number, number];

export interface Geometry {
  readonly large: Pair;
  readonly small: Pair;
  readonly kernel: Pair;
  readonly stride: Pair;
  /** Zeros above and left of the large image. */
  readonly before: Pair;
}

/** Output size and zeros before it that keep `ceil(size / stride)` positions, as evenly as possible. */
export function samePadding(
  large: number,
  kernel: number,
  stride: number,
): { readonly small: number; readonly before: number } {
  const small = Math.ceil(large / stride);
  const total = Math.max(0, (small - 1) * stride + kernel - large);
  return { small, before: Math.floor(total / 2) };
}

/** Height, width and channels of `[batch, height, width, channels]`. */
export function imageOf(x: Value, place: string): readonly [number, number, number] {
  const [, height, width, channels] = x.shape;
  if (
    x.shape.length !== 4 ||
    typeof height !== "number" ||
    typeof width !== "number" ||
    typeof channels !== "number"
  ) {
    throw shapeError(
      place,
      "[batch, height, width, channels], known but for the batch",
      showShape(x.shape),
    );
  }
  return [height, width, channels];
}

/** Height, width, large channels and small channels of a kernel. */
export function kernelOf(
  w: Value,
  place: string,
): readonly [height: number, width: number, large: number, small: number] {
  const [height, width, large, small] = w.shape;
  if (
    w.shape.length !== 4 ||
    typeof height !== "number" ||
    typeof width !== "number" ||
    typeof large !== "number" ||
    typeof small !== "number"
  ) {
    throw shapeError(place, "[height, width, large channels, small channels]", showShape(w.shape));
  }
  return [height, width, large, small];
}

/** Tables of the same content are one tensor, so that a model holds each once. */
const tables = new Map<string, Value>();

/** A constant index table, one for all that ask for the same content. */
export function indexTable(name: string, make: () => readonly number[]): Value {
  const known = tables.get(name);
  if (known !== undefined) return known;
  const places = make();
  const made = constant(tensor("int64", BigInt64Array.from(places, BigInt), [places.length]));
  tables.set(name, made);
  return made;
}

/** 0, 1, … below a count. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
