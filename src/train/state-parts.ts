/**
 * How the training step carries what is as large as the parameters: large parameters each by
 * themselves and in their own shape, so that no step cuts them out of one long vector and joins
 * their gradients to another; all small ones together in one vector, so that an optimizer
 * passes over them once and not once each (docs/decisions/training-step.md).
 */
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { tensor } from "../base/tensor.ts";
import type { BufferSpec, NetworkSpec, ParameterSpec } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { concat, reshape, split } from "../ops/index.ts";
import type { PartValues } from "../optim/transform.ts";

/** Numbers from which on a parameter is carried by itself. */
const LARGE = 2 ** 14;

/**
 * Numbers from which on each parameter travels by itself, one step a run. A step then takes longer
 * than a call, and less memory: docs/decisions/large-models.md.
 */
const SEPARATE_FROM = 2 ** 22;

export function isSeparate({ parameters }: NetworkSpec): boolean {
  return countOf(parameters) >= SEPARATE_FROM;
}

type Named = ReadonlyMap<string, Value>;

export interface StateParts {
  /** A flat vector, in the order of the parameters, in parts. */
  cut(flat: Value): PartValues;
  /** The parts as a flat vector again. */
  join(parts: PartValues): Value;
  /** Each parameter, out of its part. */
  named(parts: PartValues): Named;
  /** The parts of what is given for each parameter. */
  collect(values: Named): PartValues;
  /** How far weight decay applies, a part each. */
  readonly decays: readonly (Value | 0 | 1)[];
}

/** @param separate small ones too each by themselves */
export function statePartsOf(specs: readonly ParameterSpec[], separate = false): StateParts {
  const large = specs.filter((spec) => separate || countOf([spec]) >= LARGE);
  const small = specs.filter((spec) => !separate && countOf([spec]) < LARGE);
  const collect = (values: Named): PartValues => [
    ...large.map(({ name, shape }) => reshape(values.get(name) as Value, shape)),
    ...(small.length === 0 ? [] : [flattened(small, values)]),
  ];
  const named = (parts: PartValues): Named =>
    new Map([
      ...large.map(({ name }, i) => [name, parts[i] as Value] as const),
      ...(small.length === 0 ? [] : sliced(small, parts[large.length] as Value)),
    ]);
  return {
    cut: (flat) => (large.length === 0 ? [flat] : collect(sliced(specs, flat))),
    join: (parts) => (large.length === 0 ? (parts[0] as Value) : flattened(specs, named(parts))),
    named,
    collect,
    decays: [
      ...large.map(({ decays }) => (decays ? 1 : 0) as 0 | 1),
      ...(small.length === 0 ? [] : [decayVector(small)]),
    ],
  };
}

/** Each of the specs, out of one flat vector of them all. */
export function sliced(specs: readonly BufferSpec[], flat: Value): Named {
  const parts = split(
    flat,
    specs.map((spec) => countOf([spec])),
    0,
  );
  return new Map(specs.map(({ name, shape }, i) => [name, reshape(parts[i] as Value, shape)]));
}

/** One flat vector of them all. */
export function flattened(specs: readonly BufferSpec[], values: Named): Value {
  return concat(
    specs.map(({ name }) => reshape(values.get(name) as Value, [-1])),
    0,
  );
}

function decayVector(specs: readonly ParameterSpec[]): Value {
  const data = specs.flatMap((spec) =>
    Array.from({ length: countOf([spec]) }, () => (spec.decays ? 1 : 0)),
  );
  return constant(tensor("float32", Float32Array.from(data)));
}
