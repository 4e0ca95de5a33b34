/**
 * Where a network's parameters come from. A network is a function of a scope: run
 * once it lists its parameters, run again it uses them — as slices of the training
 * state, or as weights of the saved model.
 */
import { internalError } from "../base/errors.ts";
import type { DType } from "../base/tensor.ts";
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../graph/value.ts";
import { sameShape, showShape } from "../graph/dim.ts";
import { input, scalar } from "../graph/value.ts";
import { normalLike, uniformLike } from "../random/graph.ts";
import type { Initializer } from "./initializers.ts";

export interface ParameterSpec {
  /** Path as `encoder.0.weight`. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initializer;
  /**
   * Whether weight decay applies. Biases, gains and variances are left alone, as is
   * usual since Loshchilov and Hutter (2019).
   */
  readonly decays: boolean;
}

/** Values that training carries along without a gradient: running means, code books. */
export interface BufferSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initializer;
}

export interface Scope {
  readonly path: string;
  readonly dtype: DType;
  /** Whether this is a training step; dropout and corruption act only then. */
  readonly training: boolean;
  /** Whether random numbers can be drawn: in training and in the estimate of a loss. */
  readonly random: boolean;
  parameter(
    name: string,
    shape: readonly number[],
    initial: Initializer,
    options?: { readonly decays?: boolean },
  ): Value;
  /** The buffer's value now. */
  buffer(name: string, shape: readonly number[], initial: Initializer): Value;
  /** What the buffer of that name shall hold after this step; ignored outside training. */
  update(name: string, value: Value): void;
  /** A part of the network with its own name. */
  child(name: string): Scope;
  /** Standard normal numbers in the shape of x, new at every step. Needs `random`. */
  normal(x: Value): Value;
  /** Uniform numbers in (0, 1) in the shape of x, new at every step. Needs `random`. */
  uniform(x: Value): Value;
  /**
   * A number that changes over training, as a scalar: a warm-up weight, a temperature.
   * Outside training it has its last value.
   *
   * @param at from the share of training done, in [0, 1], to the number
   */
  scheduled(name: string, at: Schedule): Value;
}

/** From the share of training done, in [0, 1], to a number. */
export type Schedule = (done: number) => number;

export interface ScheduleSpec {
  readonly name: string;
  readonly at: Schedule;
}

export interface ScopeSources {
  readonly dtype?: DType;
  readonly parameter: (spec: ParameterSpec) => Value;
  readonly buffer: (spec: BufferSpec) => Value;
  readonly update?: (name: string, value: Value) => void;
  /** uint32 `[2]`, the step's random key; without it nothing random can be drawn. */
  readonly key?: Value;
  readonly training: boolean;
  readonly scheduled?: (spec: ScheduleSpec) => Value;
}

export function createScope(sources: ScopeSources): Scope {
  const { dtype = "float32", key, training } = sources;
  // Sites are numbered in the order of use, which a network keeps from run to run.
  let sites = 0;
  const known = new Map<string, Value>();
  /** A name asked for again is the same value: a network may be run twice on shared weights. */
  const once = (name: string, make: () => Value, shape: readonly number[]): Value => {
    const value = known.get(name) ?? make();
    known.set(name, value);
    if (!sameShape(value.shape, shape)) {
      throw internalError("nn.name", {
        place: name,
        expected: `shape ${showShape(value.shape)}, as before`,
        got: showShape(shape),
      });
    }
    return value;
  };
  const requireKey = (place: string): Value => {
    if (key === undefined) {
      throw internalError("nn.random", { place, expected: "a scope with randomness", got: "none" });
    }
    return key;
  };
  const make = (path: string): Scope => {
    const full = (name: string): string => (path === "" ? name : `${path}.${name}`);
    return {
      path,
      dtype,
      training,
      random: key !== undefined,
      parameter: (name, shape, initial, { decays = shape.length > 1 } = {}) => {
        const spec = { name: full(name), shape, initial, decays };
        return once(spec.name, () => sources.parameter(spec), shape);
      },
      buffer: (name, shape, initial) => {
        const spec = { name: full(name), shape, initial };
        return once(spec.name, () => sources.buffer(spec), shape);
      },
      update: (name, value) => sources.update?.(full(name), value),
      child: (name) => make(full(name)),
      normal: (x) => normalLike(requireKey(path), sites++, x),
      uniform: (x) => uniformLike(requireKey(path), sites++, x),
      scheduled: (name, at) => {
        const spec = { name: full(name), at };
        return once(spec.name, () => sources.scheduled?.(spec) ?? scalar(at(1), dtype), []);
      },
    };
  };
  return make("");
}

export interface NetworkSpec {
  readonly parameters: readonly ParameterSpec[];
  readonly buffers: readonly BufferSpec[];
  readonly schedules: readonly ScheduleSpec[];
}

/** Runs a network only to learn what parameters, buffers and schedules it has. */
export function specOf(network: (scope: Scope) => unknown): NetworkSpec {
  const parameters: ParameterSpec[] = [];
  const buffers: BufferSpec[] = [];
  const schedules: ScheduleSpec[] = [];
  network(
    createScope({
      key: input("key", "uint32", [2]),
      training: true,
      parameter: (spec) => {
        parameters.push(spec);
        return input(spec.name, "float32", spec.shape);
      },
      buffer: (spec) => {
        buffers.push(spec);
        return input(spec.name, "float32", spec.shape);
      },
      scheduled: (spec) => {
        schedules.push(spec);
        return input(spec.name, "float32", []);
      },
    }),
  );
  return { parameters, buffers, schedules };
}

/** Number of values in a list of parameters or buffers. */
export function countOf(specs: readonly { readonly shape: readonly number[] }[]): number {
  return specs.reduce((total, { shape }) => total + sizeOf(shape), 0);
}
