/**
 * Convolutions as matrix products on patches, gathered with a constant index while the
 * channels stay last.
 */
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import type { Lowering, Sizes } from "./conv-geometry.ts";
import { area, outputPhases, patchPositions } from "./conv-geometry.ts";
import { gemm } from "./matrix.ts";
import { gather, pad } from "./select.ts";
import { concat, reshape, transpose } from "./shape.ts";

/** Tables in use: one value for equal content, which the writer then stores once. */
const tables = new Map<string, Value>();

function table(places: readonly number[]): Value {
  const key = places.join();
  const known = tables.get(key);
  if (known !== undefined) return known;
  const made = constant(tensor("int64", BigInt64Array.from(places, BigInt), [places.length]));
  tables.set(key, made);
  return made;
}

/** `[batch, positions, channels]` read at the given places; one past the end reads zeros. */
function read(image: Value, places: readonly number[], positions: number): Value {
  if (places.length === positions && places.every((place, i) => place === i)) return image;
  const padded = places.includes(positions) ? pad(image, [0, 0, 0], [0, 1, 0]) : image;
  return gather(padded, table(places), 1);
}

/**
 * What lies under the kernel at each small position, `[batch · area(small), area(kernel) · channels]`.
 * The same expression in `conv` and `weight`, so that a graph with both gathers once.
 */
function patches(x: Value, sizes: Sizes): Value {
  const { large, kernel, channels } = sizes;
  const positions = reshape(x, [-1, area(large), channels[0]]);
  const found = read(positions, patchPositions(sizes), area(large));
  return reshape(found, [-1, area(kernel) * channels[0]]);
}

export const byPatches: Lowering = {
  conv(x, w, bias, sizes) {
    const { small, kernel, channels } = sizes;
    const flat = reshape(w, [area(kernel) * channels[0], channels[1]]);
    return reshape(gemm(patches(x, sizes), flat, {}, bias), [-1, ...small, channels[1]]);
  },

  transposed(y, w, bias, sizes) {
    const { large, small, kernel, channels } = sizes;
    const positions = reshape(y, [-1, area(small), channels[1]]);
    // [large channels, tap, small channels], so that a choice of taps is a matrix.
    const byTap = reshape(transpose(w, [2, 0, 1, 3]), [channels[0], area(kernel), channels[1]]);
    const phases = outputPhases(sizes);
    const parts = phases.map(({ outputs, taps, inputs }) => {
      const rows = read(positions, inputs, area(small));
      const weight = read(byTap, taps, area(kernel));
      const product = gemm(
        reshape(rows, [-1, taps.length * channels[1]]),
        reshape(weight, [channels[0], taps.length * channels[1]]),
        { transB: 1 },
        bias,
      );
      return reshape(product, [-1, outputs.length, channels[0]]);
    });
    const places = phases.flatMap(({ outputs }) => outputs);
    const order: number[] = [];
    for (const [i, place] of places.entries()) order[place] = i;
    const joined = read(concat(parts, 1), order, area(large));
    return reshape(joined, [-1, ...large, channels[0]]);
  },

  weight(x, y, sizes) {
    const { kernel, channels } = sizes;
    const product = gemm(patches(x, sizes), reshape(y, [-1, channels[1]]), { transA: 1 });
    return reshape(product, [...kernel, channels[0], channels[1]]);
  },
};
