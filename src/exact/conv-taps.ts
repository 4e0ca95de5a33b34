/** Where the taps of a convolution, or of a transposed one, read. */
import { sizeOf } from "../base/tensor.ts";
import type { OnnxNode } from "../onnx/messages.ts";

export interface Taps {
  /** `[places, kernel]`: places of the input, flattened; one behind the last where a tap reads nothing. */
  readonly taps: readonly number[];
  /** `[kernel, channels, outputs]`: where each weight of the product lies in the convolution's. */
  readonly order: Int32Array;
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly number[];
}

/** @returns undefined for convolutions of groups */
export function geometry(
  node: OnnxNode,
  size: readonly number[],
  weights: readonly number[],
): Taps | undefined {
  const transposed = node.op === "ConvTranspose";
  const list = (name: string, otherwise: number, count: number): readonly number[] => {
    const value = node.attributes[name]?.value;
    return Array.isArray(value)
      ? (value as readonly number[])
      : Array.from({ length: count }, () => otherwise);
  };
  if ((node.attributes["group"]?.value ?? 1) !== 1) return undefined;
  const dims = size.length;
  const strides = list("strides", 1, dims);
  const dilations = list("dilations", 1, dims);
  const pads = list("pads", 0, 2 * dims);
  const extra = list("output_padding", 0, dims);
  const kernel = weights.slice(2);
  const at = (values: readonly number[], axis: number): number => values[axis] as number;
  const out = size.map((n, axis) => {
    const reach = (at(kernel, axis) - 1) * at(dilations, axis) + 1;
    const padding = at(pads, axis) + at(pads, axis + dims);
    return transposed
      ? (n - 1) * at(strides, axis) + reach - padding + at(extra, axis)
      : Math.floor((n + padding - reach) / at(strides, axis)) + 1;
  });
  const nowhere = sizeOf(size);
  const taps: number[] = [];
  for (const place of places(out)) {
    for (const tap of places(kernel)) {
      let index = 0;
      let inside = true;
      for (let axis = 0; axis < dims; axis += 1) {
        const shift = at(tap, axis) * at(dilations, axis);
        const p = transposed
          ? (at(place, axis) + at(pads, axis) - shift) / at(strides, axis)
          : at(place, axis) * at(strides, axis) - at(pads, axis) + shift;
        if (!Number.isInteger(p) || p < 0 || p >= at(size, axis)) inside = false;
        index = index * at(size, axis) + p;
      }
      taps.push(inside ? index : nowhere);
    }
  }
  const [first = 1, second = 1] = weights;
  const [channels, outputs] = transposed ? [first, second] : [second, first];
  const kernelSize = sizeOf(kernel);
  const order = new Int32Array(kernelSize * channels * outputs);
  let next = 0;
  for (let k = 0; k < kernelSize; k += 1) {
    for (let c = 0; c < channels; c += 1) {
      for (let o = 0; o < outputs; o += 1) {
        order[next++] = (transposed ? c * outputs + o : o * channels + c) * kernelSize + k;
      }
    }
  }
  return { taps, order, channels, outputs, size: out };
}

function places(size: readonly number[]): readonly (readonly number[])[] {
  return size.reduce<readonly (readonly number[])[]>(
    (before, n) => before.flatMap((place) => Array.from({ length: n }, (_, i) => [...place, i])),
    [[]],
  );
}
