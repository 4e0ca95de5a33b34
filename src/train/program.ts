/**
 * The training run as a graph: a `Loop` whose turn is one step — gather the batch,
 * loss, gradients, update — with the state carried from turn to turn.
 */
import type { OnnxModel } from "../onnx/messages.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { Term } from "../families/family.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { constant, input } from "../graph/value.ts";
import { tensor } from "../base/tensor.ts";
import type { BufferSpec, NetworkSpec, ParameterSpec } from "../nn/scope.ts";
import { countOf, createScope } from "../nn/scope.ts";
import {
  add,
  cast,
  concat,
  gather,
  loop,
  mean,
  mul,
  reshape,
  shapeOf,
  split,
  sqrt,
  sumOfSquares,
} from "../ops/index.ts";
import type { Transform } from "../optim/transform.ts";
import type { Network } from "./network.ts";
import { batchFrom, networkSpec, partsIn, residentInputs } from "./network.ts";

/** Names under which the state lies beside the engine, and of the program's inputs. */
export const STATE = { parameters: "parameters", buffers: "buffers", step: "step" } as const;

export function optimizerStateName(name: string): string {
  return `optimizer.${name}`;
}

export interface Program {
  readonly model: OnnxModel;
  readonly spec: NetworkSpec;
  /** Names of the optimizer's vectors. */
  readonly optimizerState: readonly string[];
  /** Names of the columns of `losses`: the total, the terms, and the gradient's length. */
  readonly columns: readonly string[];
}

export interface ProgramOptions {
  readonly optimizer: Transform;
  /** No value of the resident data is missing. */
  readonly complete: boolean;
}

/**
 * Inputs: `data.*` resident; `order` int32 `[steps, batch]`, rows of each step; `keys`
 * uint32 `[steps, 2]`; `rates` float32 `[steps, 1 + schedules]`, learning rate first;
 * and the state. Outputs: the next state, and `losses` `[steps, columns]`.
 */
export function trainingProgram(
  network: Network,
  { optimizer, complete }: ProgramOptions,
): Program {
  const spec = networkSpec(network, complete);
  const data = residentInputs(network);
  const run = runInputs(spec);
  const parameters = input(STATE.parameters, "float32", [countOf(spec.parameters)]);
  const buffers = bufferInput(spec);
  const step = input(STATE.step, "int64", []);
  const moments = optimizer.state.map((name) =>
    input(optimizerStateName(name), "float32", [countOf(spec.parameters)]),
  );
  const decays = constant(decayVector(spec.parameters));
  const names = Object.keys(network.family.terms);
  const state = [parameters, ...buffers, step, ...moments];

  const { state: next, scans } = loop(tripsOf(run.order), state, (turn, current) => {
    const [flat, ...others] = current as [Value, ...Value[]];
    const held = others.slice(0, buffers.length);
    const count = others[buffers.length] as Value;
    const turns = turnInputs(run, turn);
    const batch = batchFrom(network, gatherRows(data, turns.rows), { complete });
    const updates = new Map<string, Value>();
    const scope = createScope({
      ...sourcesOf(spec, flat, held),
      key: turns.key,
      training: true,
      scheduled: ({ name }) => turns.rate(1 + spec.schedules.findIndex((s) => s.name === name)),
      update: (name, value) => updates.set(name, value),
    });
    const terms = network.family.loss(partsIn(scope, network), batch);
    const { total, means } = totalLoss(terms, names);
    const gradient = flatGradient(total, flat, scope, spec);
    const result = optimizer.apply(gradient, others.slice(buffers.length + 1), {
      parameters: flat,
      step: cast(count, "float32"),
      learningRate: turns.rate(0),
      decays,
    });
    const nextBuffers =
      held.length === 0 ? [] : [bufferVector(spec.buffers, held[0] as Value, updates)];
    const losses = concat(
      [total, ...means, sqrt(sumOfSquares(gradient))].map((v) => reshape(v, [1])),
      0,
    );
    return {
      state: [add(flat, result.update), ...nextBuffers, add(count, 1), ...result.state],
      scans: [losses],
    };
  });

  return {
    spec,
    optimizerState: optimizer.state,
    columns: ["loss", ...names, "gradient"],
    model: exportModel({
      name: "training",
      inputs: [...Object.values(data), run.order, run.keys, run.rates, ...state],
      outputs: {
        ...Object.fromEntries(
          state.map((value, i) => [`next.${inputName(value)}`, next[i] as Value]),
        ),
        losses: scans[0] as Value,
      },
    }),
  };
}

/**
 * The loss on other rows, by the same inputs without optimizer and step: random draws
 * as in training, but no dropout. Outputs `losses` `[steps, columns]`, each
 * a mean over its batch.
 */
export function validationProgram(network: Network, complete: boolean): OnnxModel {
  const spec = networkSpec(network, complete);
  const data = residentInputs(network);
  const run = runInputs(spec);
  const parameters = input(STATE.parameters, "float32", [countOf(spec.parameters)]);
  const buffers = bufferInput(spec);
  const names = Object.keys(network.family.terms);
  const { scans } = loop(tripsOf(run.order), [], (turn) => {
    const turns = turnInputs(run, turn);
    const scope = createScope({
      ...sourcesOf(spec, parameters, buffers),
      key: turns.key,
      training: false,
    });
    const batch = batchFrom(network, gatherRows(data, turns.rows), { complete });
    const { total, means } = totalLoss(network.family.loss(partsIn(scope, network), batch), names);
    return {
      state: [],
      scans: [
        concat(
          [total, ...means].map((v) => reshape(v, [1])),
          0,
        ),
      ],
    };
  });
  return exportModel({
    name: "validation",
    inputs: [...Object.values(data), run.order, run.keys, parameters, ...buffers],
    outputs: { losses: scans[0] as Value },
  });
}

interface RunInputs {
  readonly order: Value;
  readonly keys: Value;
  readonly rates: Value;
}

function runInputs(spec: NetworkSpec): RunInputs {
  return {
    order: input("order", "int32", ["steps", "batch"]),
    keys: input("keys", "uint32", ["steps", 2]),
    rates: input("rates", "float32", ["steps", 1 + spec.schedules.length]),
  };
}

function tripsOf(order: Value): Value {
  return reshape(gather(shapeOf(order), [0]), []);
}

function turnInputs({ order, keys, rates }: RunInputs, turn: Value) {
  const row = gather(rates, turn);
  return {
    rows: gather(order, turn),
    key: gather(keys, turn),
    /** One number of this turn's rates, a scalar. */
    rate: (column: number): Value => reshape(gather(row, [column]), []),
  };
}

function gatherRows(data: Readonly<Record<string, Value>>, rows: Value): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, gather(value, rows)]),
  );
}

function bufferInput(spec: NetworkSpec): readonly Value[] {
  return spec.buffers.length === 0
    ? []
    : [input(STATE.buffers, "float32", [countOf(spec.buffers)])];
}

/** Parameters and buffers as parts of their flat vectors. */
function sourcesOf(spec: NetworkSpec, parameters: Value, buffers: readonly Value[]) {
  const weights = sliced(spec.parameters, parameters);
  const others =
    buffers[0] === undefined ? new Map<string, Value>() : sliced(spec.buffers, buffers[0]);
  return {
    parameter: ({ name }: ParameterSpec): Value => weights.get(name) as Value,
    buffer: ({ name }: BufferSpec): Value => others.get(name) as Value,
  };
}

function sliced(specs: readonly BufferSpec[], flat: Value): ReadonlyMap<string, Value> {
  const parts = split(
    flat,
    specs.map((spec) => countOf([spec])),
    0,
  );
  return new Map(specs.map(({ name, shape }, i) => [name, reshape(parts[i] as Value, shape)]));
}

function bufferVector(
  specs: readonly BufferSpec[],
  flat: Value,
  updates: ReadonlyMap<string, Value>,
): Value {
  const now = sliced(specs, flat);
  return concat(
    specs.map(({ name }) => reshape(updates.get(name) ?? (now.get(name) as Value), [-1])),
    0,
  );
}

/** The weighted sum of the terms, and each term's plain mean. */
export function totalLoss(
  terms: Readonly<Record<string, Term>>,
  names: readonly string[],
): { readonly total: Value; readonly means: readonly Value[] } {
  const means = names.map((name) => {
    const { value } = terms[name] as Term;
    return value.shape.length === 0 ? value : mean(value);
  });
  const total = names
    .map((name, i) => mul(means[i] as Value, terms[name]?.weight ?? 1))
    .reduce((sum, value) => add(sum, value));
  return { total, means };
}

function flatGradient(
  total: Value,
  flat: Value,
  scope: { parameter: ReturnType<typeof createScope>["parameter"] },
  spec: NetworkSpec,
): Value {
  const weights = spec.parameters.map(({ name, shape, initial }) =>
    scope.parameter(name, shape, initial),
  );
  const parts = gradients(total, weights).map((g) => reshape(g, [-1]));
  return parts.length === 0 ? mul(flat, 0) : concat(parts, 0);
}

function decayVector(parameters: readonly ParameterSpec[]) {
  const data = new Float32Array(countOf(parameters));
  let at = 0;
  for (const spec of parameters) {
    const size = countOf([spec]);
    if (spec.decays) data.fill(1, at, at + size);
    at += size;
  }
  return tensor("float32", data);
}

function inputName(value: Value): string {
  return value.node.attributes["name"] as string;
}
