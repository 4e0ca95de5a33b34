/**
 * Sizes of a 2-D convolution, written once for the three ops that share them.
 *
 * A convolution ties a large image to a small one: the small position `small`
 * meets the large position `small · stride − before + tap`. What lies outside the
 * large image counts as zero.
 */
import { shapeError, showShape } from "../graph/dim.ts";
import type { Value } from "../graph/value.ts";

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

/** Sizes, with the channels of the large and of the small image. */
export interface Sizes extends Geometry {
  readonly channels: Pair;
}

/** The three ops of `conv.ts`, made of ONNX ops in one way. */
export interface Lowering {
  /** large, kernel → small */
  conv(x: Value, w: Value, bias: Value | undefined, sizes: Sizes): Value;
  /** small, kernel → large */
  transposed(y: Value, w: Value, bias: Value | undefined, sizes: Sizes): Value;
  /** large, small → kernel */
  weight(x: Value, y: Value, sizes: Sizes): Value;
}

/** `same`: ceil(size / stride) positions, zeros around; `valid`: only whole windows. */
export type Padding = "same" | "valid";

/** Small size and leading zeros along one axis; with an odd number of zeros the larger half trails. */
function along(large: number, kernel: number, stride: number, padding: Padding): Pair {
  if (padding === "valid") return [Math.floor((large - kernel) / stride) + 1, 0];
  const small = Math.ceil(large / stride);
  const zeros = Math.max(0, (small - 1) * stride + kernel - large);
  return [small, Math.floor(zeros / 2)];
}

/**
 * The geometry that a large size implies.
 *
 * @example
 * geometryOf([7, 7], [3, 3], [2, 2], "same").small; // [4, 4]
 */
export function geometryOf(large: Pair, kernel: Pair, stride: Pair, padding: Padding): Geometry {
  const whole = [...large, ...kernel, ...stride].every((n) => Number.isInteger(n) && n > 0);
  const [height, top] = along(large[0], kernel[0], stride[0], padding);
  const [width, left] = along(large[1], kernel[1], stride[1], padding);
  if (!whole || height < 1 || width < 1) {
    throw shapeError(
      "convolution",
      "whole sizes and a kernel that fits into the image",
      `image ${showShape(large)}, kernel ${showShape(kernel)}, stride ${showShape(stride)}`,
    );
  }
  return { large, small: [height, width], kernel, stride, before: [top, left] };
}

/** Sizes of `[batch, height, width, channels]`. */
export function imageOf(x: Value | undefined, place: string): { size: Pair; channels: number } {
  const [, height, width, channels] = x?.shape ?? [];
  if (
    x?.shape.length !== 4 ||
    typeof height !== "number" ||
    typeof width !== "number" ||
    typeof channels !== "number"
  ) {
    const expected = "[batch, height, width, channels], known but for the batch";
    throw shapeError(place, expected, showShape(x?.shape ?? []));
  }
  return { size: [height, width], channels };
}

/** Sizes of a kernel `[height, width, large channels, small channels]`. */
export function kernelOf(
  w: Value | undefined,
  place: string,
): { size: Pair; large: number; small: number } {
  const [height, width, large, small] = w?.shape ?? [];
  if (
    w?.shape.length !== 4 ||
    typeof height !== "number" ||
    typeof width !== "number" ||
    typeof large !== "number" ||
    typeof small !== "number"
  ) {
    const expected = "[height, width, large channels, small channels]";
    throw shapeError(place, expected, showShape(w?.shape ?? []));
  }
  return { size: [height, width], large, small };
}

/** Number of positions of an image, or of taps of a kernel. */
export function area([height, width]: Pair): number {
  return height * width;
}

/** 0, 1, … below a count. */
export function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/**
 * Where patches read: for each small position, row by row, the large position under
 * each tap; `area(large)`, one past the image, where a tap hangs over the edge.
 */
export function patchPositions({ large, small, kernel, stride, before }: Geometry): number[] {
  return upTo(small[0]).flatMap((row) =>
    upTo(small[1]).flatMap((column) =>
      upTo(kernel[0]).flatMap((down) =>
        upTo(kernel[1]).map((right) =>
          positionIn(
            large,
            row * stride[0] - before[0] + down,
            column * stride[1] - before[1] + right,
          ),
        ),
      ),
    ),
  );
}

/** Large rows (or columns) whose index leaves the same rest by the stride, and the taps that reach them. */
interface Phase {
  readonly places: readonly number[];
  readonly taps: readonly number[];
}

function phasesAlong({ large, kernel, stride, before }: Geometry, axis: 0 | 1): readonly Phase[] {
  return upTo(Math.min(stride[axis], large[axis])).map((rest) => {
    const reaches = (tap: number) => (rest + before[axis] - tap) % stride[axis] === 0;
    return {
      places: upTo(large[axis]).filter((place) => place % stride[axis] === rest),
      taps: upTo(kernel[axis]).filter(reaches),
    };
  });
}

export interface OutputPhase {
  /** Large positions of this phase. */
  readonly outputs: readonly number[];
  /** Kernel taps that reach them, the same for all. */
  readonly taps: readonly number[];
  /** For each output, the small position under each tap; `area(small)` where there is none. */
  readonly inputs: readonly number[];
}

/**
 * The large image cut into `stride²` phases: within one, every position is reached
 * by the same taps, so that a transposed convolution is one matrix product a phase.
 * A phase without taps gets tap 0 with nothing under it.
 */
export function outputPhases(geometry: Geometry): readonly OutputPhase[] {
  const { large, small, kernel, stride, before } = geometry;
  return phasesAlong(geometry, 0).flatMap((rows) =>
    phasesAlong(geometry, 1).map((columns) => {
      const pairs = rows.taps.flatMap((down) => columns.taps.map((right): Pair => [down, right]));
      const places = rows.places.flatMap((row) =>
        columns.places.map((column): Pair => [row, column]),
      );
      const outputs = places.map(([row, column]) => row * large[1] + column);
      if (pairs.length === 0) return { outputs, taps: [0], inputs: outputs.map(() => area(small)) };
      return {
        outputs,
        taps: pairs.map(([down, right]) => down * kernel[1] + right),
        inputs: places.flatMap(([row, column]) =>
          pairs.map(([down, right]) =>
            positionIn(
              small,
              (row + before[0] - down) / stride[0],
              (column + before[1] - right) / stride[1],
            ),
          ),
        ),
      };
    }),
  );
}

/**
 * What the last window needs beyond the large image, down and right; negative where it
 * ends before the image does.
 */
export function overhang({ large, small, kernel, stride, before }: Geometry): Pair {
  const along = (axis: 0 | 1): number =>
    (small[axis] - 1) * stride[axis] + kernel[axis] - before[axis] - large[axis];
  return [along(0), along(1)];
}

function positionIn(size: Pair, row: number, column: number): number {
  const inside = row >= 0 && column >= 0 && row < size[0] && column < size[1];
  return inside ? row * size[1] + column : area(size);
}
