/** A network with its weights filled in, for graphs that use them and do not change them. */
import { tensor } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import type { BufferSpec, NetworkSpec, Scope } from "../nn/scope.ts";
import { countOf, createScope } from "../nn/scope.ts";

export interface Weights {
  readonly spec: NetworkSpec;
  /** All parameters, in the order of `spec`. */
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
}

/**
 * A scope whose parameters are constants under their own names; random if there is a key. The
 * constants share the memory of the weights.
 */
export function weightedScope({ spec, parameters, buffers }: Weights, key?: Value): Scope {
  const values = new Map([...named(spec.parameters, parameters), ...named(spec.buffers, buffers)]);
  const find = ({ name }: BufferSpec): Value => values.get(name) as Value;
  return createScope({
    parameter: find,
    buffer: find,
    training: false,
    ...(key === undefined ? {} : { key }),
  });
}

function named(
  specs: readonly BufferSpec[],
  flat: Float32Array,
): readonly (readonly [string, Value])[] {
  let at = 0;
  return specs.map((spec) => {
    const size = countOf([spec]);
    const part = flat.subarray(at, at + size);
    at += size;
    return [spec.name, constant(tensor("float32", part, spec.shape), spec.name)] as const;
  });
}
