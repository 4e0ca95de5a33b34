/** The state before the first step: weights drawn from the seed, moments zero. */
import type { NetworkSpec } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { STATE } from "./program.ts";
import type { Vectors } from "./run.ts";

/**
 * @param names of all vectors that the run carries
 * @param start first values of some vectors, instead of those drawn
 */
export function initialVectors(
  spec: NetworkSpec,
  names: readonly string[],
  seed: number,
  start: Vectors = {},
): Vectors {
  const size = countOf(spec.parameters);
  const vectors: Record<string, Float32Array> = {};
  for (const name of names) vectors[name] = new Float32Array(size);
  // Copies: what is carried moves to the engine.
  vectors[STATE.parameters] =
    start[STATE.parameters]?.slice() ?? initialValues(spec.parameters, seed, 0);
  if (spec.buffers.length > 0)
    vectors[STATE.buffers] =
      start[STATE.buffers]?.slice() ?? initialValues(spec.buffers, seed, spec.parameters.length);
  return vectors;
}

function initialValues(
  specs: NetworkSpec["buffers"],
  seed: number,
  firstSite: number,
): Float32Array {
  const values = new Float32Array(countOf(specs));
  let at = 0;
  for (const [i, { shape, initial }] of specs.entries()) {
    const part = initial(atSite(keyAt(seed, 0), firstSite + i), shape);
    values.set(part, at);
    at += part.length;
  }
  return values;
}
