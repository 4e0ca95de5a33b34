/** Random numbers and orders in TypeScript, from the same bits as the graph's. */
import type { Key } from "./bits.ts";
import { bitsAt, uniformAt } from "./bits.ts";

/** Uniform numbers in (0, 1). */
export function uniforms(key: Key, count: number): Float32Array {
  const out = new Float32Array(count);
  // A plain loop: a large model draws hundreds of millions, and `from` takes ten times as long.
  for (let i = 0; i < count; i += 1) out[i] = uniformAt(key, i);
  return out;
}

const { fround } = Math;
const TWO_PI = fround(2 * Math.PI);

/**
 * Standard normal numbers for `rows` rows of `width`, by the Box–Muller transform
 * (1958). The first half of a row takes the cosines, the second the sines. Rounded to float32
 * after every operation, as in the graph; only the last bits of log, cos and sin may differ.
 */
export function normals(key: Key, rows: number, width: number): Float32Array {
  const pairs = Math.ceil(width / 2);
  const out = new Float32Array(rows * width);
  for (let row = 0; row < rows; row += 1) {
    for (let pair = 0; pair < pairs; pair += 1) {
      const at = 2 * (row * pairs + pair);
      const radius = fround(Math.sqrt(-2 * fround(Math.log(uniformAt(key, at)))));
      const angle = fround(TWO_PI * uniformAt(key, at + 1));
      out[row * width + pair] = radius * fround(Math.cos(angle));
      if (pairs + pair < width) out[row * width + pairs + pair] = radius * fround(Math.sin(angle));
    }
  }
  return out;
}

/** A whole number in [0, bound), without bias worth noting below 2³² / 1000. */
function below(key: Key, index: number, bound: number): number {
  return Math.floor((bitsAt(key, index) / 2 ** 32) * bound);
}

/** A random order of 0 … count − 1 (Fisher–Yates). */
export function permutation(key: Key, count: number): Int32Array {
  const order = new Int32Array(count);
  for (let i = 0; i < count; i += 1) order[i] = i;
  for (let i = count - 1; i > 0; i -= 1) {
    const j = below(key, i, i + 1);
    const held = order[i] as number;
    order[i] = order[j] as number;
    order[j] = held;
  }
  return order;
}
