/**
 * The training run as a graph: a `Loop` whose turn is one step — gather the batch,
 * loss, gradients, update — with the state carried from turn to turn.
 */
import type { OnnxModel } from "../onnx/messages.ts";
import { gradients } from "../autodiff/gradients.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input, scalar } from "../graph/value.ts";
import type { BufferSpec, NetworkSpec, ParameterSpec } from "../nn/scope.ts";
import { countOf, createScope } from "../nn/scope.ts";
import { add, concat, loop, mean, reshape } from "../ops/index.ts";
import { globalNorm } from "../optim/clip.ts";
import type { PartValues, Transform } from "../optim/transform.ts";
import type { Network } from "./network.ts";
import { batchFrom, gatherRows, networkSpec, partsIn, residentInputs } from "./network.ts";
import type { StateParts } from "./state-parts.ts";
import { multiplications } from "./work.ts";
import { runInputs, sized, tripsOf, turnInputs } from "./turns.ts";
import { totalLoss } from "./total-loss.ts";
import { flattened, isSeparate, sliced, statePartsOf } from "./state-parts.ts";

/** Names under which the state lies beside the engine, and of the program's inputs. */
export const STATE = { parameters: "parameters", buffers: "buffers", step: "step" } as const;

export function optimizerStateName(name: string): string {
  return `optimizer.${name}`;
}

export interface Program {
  readonly model: OnnxModel;
  readonly spec: NetworkSpec;
  readonly separate: boolean;
  /** Names of the optimizer's vectors. */
  readonly optimizerState: readonly string[];
  /** Columns of `rates` after those of the schedules, from the steps done before. */
  readonly numbers: readonly ((step: number) => number)[];
  /** Multiplications of a step with so many rows. */
  readonly multiplications: (batch: number) => number;
  /** Names of the columns of `losses`: the total, the terms, and the gradient's length. */
  readonly columns: readonly string[];
}

export interface ProgramOptions {
  readonly optimizer: Transform;
  /** No value of the resident data is missing. */
  readonly complete: boolean;
  /**
   * One step a run and no loop, with a state input and output for each parameter: a loop would
   * copy the whole state out once more, and these need no copy at all. Default: for large
   * models, whose single step takes longer than a call.
   */
  readonly separate?: boolean;
  /** Share of each batch that takes no part: the rows with the largest losses. */
  readonly trim?: number | undefined;
}

/**
 * Inputs: `data.*` resident; `order` int32 `[steps, batch]`, rows of each step; `keys`
 * uint32 `[steps, 2]`; `rates` float32 `[steps, columns]`, the
 * learning rate, schedules and numbers;
 * and the state. Outputs: the next state, and `losses` `[steps, columns]`.
 */
export function trainingProgram(
  network: Network,
  { optimizer, complete, separate: asked, trim }: ProgramOptions,
): Program {
  const spec = networkSpec(network, complete);
  const separate = asked ?? isSeparate(spec);
  const data = residentInputs(network);
  const run = runInputs();
  const buffers = bufferInput(spec);
  const step = input(STATE.step, "int64", []);
  const parts = statePartsOf(spec.parameters, separate);
  const names = Object.keys(network.family.terms);

  const numbers: ((step: number) => number)[] = [];
  const stepOf: Turn = (turn, current) => {
    const [count, ...others] = current as [Value, ...Value[]];
    const held = others.slice(0, buffers.length);
    const [weights = [], ...state] = inGroups(others.slice(buffers.length), parts.decays.length);
    const turns = turnInputs(run, turn);
    const batch = batchFrom(network, gatherRows(network, data, turns.rows), { complete });
    const updates = new Map<string, Value>();
    const scope = createScope({
      ...sourcesOf(spec, parts.named(weights), held),
      key: turns.key,
      training: true,
      scheduled: ({ name }) => turns.rate(1 + spec.schedules.findIndex((s) => s.name === name)),
      update: (name, value) => updates.set(name, value),
    });
    const terms = network.family.loss(partsIn(scope, network), batch);
    const { total, means } = totalLoss(terms, names, trim);
    const gradient = parts.collect(gradientOf(total, scope, spec));
    const { update, state: moved } = optimizer.apply(gradient, state, {
      parameters: weights,
      number: (at) => {
        numbers.push(at);
        return turns.rate(spec.schedules.length + numbers.length);
      },
      learningRate: turns.rate(0),
      decays: parts.decays,
    });
    const nextBuffers =
      held.length === 0 ? [] : [bufferVector(spec.buffers, held[0] as Value, updates)];
    const losses = concat(
      [total, ...means, globalNorm(gradient)].map((v) => reshape(v, [1])),
      0,
    );
    return {
      state: [
        add(count, 1),
        ...nextBuffers,
        ...weights.map((part, i) => add(part, update[i] as Value)),
        ...moved.flat(),
      ],
      scans: [losses],
    };
  };

  const vectors = [STATE.parameters, ...optimizer.state.map(optimizerStateName)];
  const { after, losses } = separate
    ? onceOf(stepOf, [step, ...buffers, ...vectors.flatMap((name) => partInputs(name, spec))])
    : loopOf(stepOf, {
        trips: tripsOf(run.order),
        first: [step, ...buffers],
        vectors,
        spec,
        parts,
      });
  const outputs = sized(run, {
    ...Object.fromEntries(
      [...after].map(([value, result]) => [`next.${inputName(value)}`, result]),
    ),
    losses,
  });
  return {
    spec,
    separate,
    optimizerState: optimizer.state,
    multiplications: (batch) => multiplications(Object.values(outputs), batch),
    numbers,
    columns: ["loss", ...names, "gradient"],
    model: exportModel({
      name: "training",
      inputs: [...Object.values(data), run.order, run.keys, run.rates, ...after.keys()],
      outputs,
    }),
  };
}

type Turn = Parameters<typeof loop>[2];

/** What a run does to its state: the inputs that hold it, and what becomes of each. */
interface Carried {
  readonly after: ReadonlyMap<Value, Value>;
  readonly losses: Value;
}

/** As many turns as the order has rows. */
function loopOf(
  turn: Turn,
  {
    trips,
    first,
    vectors,
    spec,
    parts,
  }: {
    readonly trips: Value;
    readonly first: readonly Value[];
    readonly vectors: readonly string[];
    readonly spec: NetworkSpec;
    readonly parts: StateParts;
  },
): Carried {
  const flat = vectors.map((name) => input(name, "float32", [countOf(spec.parameters)]));
  const { state, scans } = loop(trips, [...first, ...flat.flatMap((one) => parts.cut(one))], turn);
  const joined = inGroups(state.slice(first.length), parts.decays.length).map((some) =>
    parts.join(some),
  );
  return {
    losses: scans[0] as Value,
    after: new Map<Value, Value>([
      ...first.map((value, i) => [value, state[i] as Value] as const),
      ...flat.map((value, i) => [value, joined[i] as Value] as const),
    ]),
  };
}

/** One turn. */
function onceOf(turn: Turn, state: readonly Value[]): Carried {
  const made = turn(scalar(0, "int64"), state);
  return {
    losses: reshape(made.scans[0] as Value, [1, -1]),
    after: new Map(state.map((value, i) => [value, made.state[i] as Value])),
  };
}

/** The input that holds one parameter's part of a vector, where they are separate. */
export function partName(vector: string, parameter: string): string {
  return `${vector}/${parameter}`;
}

function partInputs(vector: string, { parameters }: NetworkSpec): readonly Value[] {
  return parameters.map(({ name, shape }) => input(partName(vector, name), "float32", shape));
}

/**
 * The loss on other rows, by the same inputs without optimizer and step: random draws
 * as in training, but no dropout. Outputs `losses` `[steps, columns]`, each
 * a mean over its batch; the last is the family's judgement, where it has one.
 */
export function validationProgram(
  network: Network,
  complete: boolean,
  { separate: asked, trim }: Pick<ProgramOptions, "separate" | "trim"> = {},
): OnnxModel {
  const spec = networkSpec(network, complete);
  const separate = asked ?? isSeparate(spec);
  const data = residentInputs(network);
  const run = runInputs();
  const parameters = separate
    ? partInputs(STATE.parameters, spec)
    : [input(STATE.parameters, "float32", [countOf(spec.parameters)])];
  const weightsOf = (): ReadonlyMap<string, Value> =>
    separate
      ? new Map(spec.parameters.map(({ name }, i) => [name, parameters[i] as Value]))
      : sliced(spec.parameters, parameters[0] as Value);
  const buffers = bufferInput(spec);
  const names = Object.keys(network.family.terms);
  const { scans } = loop(tripsOf(run.order), [], (turn) => {
    const turns = turnInputs(run, turn);
    const scope = createScope({
      ...sourcesOf(spec, weightsOf(), buffers),
      key: turns.key,
      training: false,
    });
    const compact = gatherRows(network, data, turns.rows);
    const batch = batchFrom(network, compact, { complete, heldOut: true });
    const parts = partsIn(scope, network);
    const { total, means } = totalLoss(network.family.loss(parts, batch), names, trim);
    const judged = network.family.judge?.(parts, batch);
    return {
      state: [],
      scans: [
        concat(
          [total, ...means, ...(judged === undefined ? [] : [mean(judged)])].map((v) =>
            reshape(v, [1]),
          ),
          0,
        ),
      ],
    };
  });
  return exportModel({
    name: "validation",
    inputs: [...Object.values(data), run.order, run.keys, ...parameters, ...buffers],
    outputs: sized(run, { losses: scans[0] as Value }),
  });
}

function bufferInput(spec: NetworkSpec): readonly Value[] {
  return spec.buffers.length === 0
    ? []
    : [input(STATE.buffers, "float32", [countOf(spec.buffers)])];
}

function sourcesOf(
  spec: NetworkSpec,
  weights: ReadonlyMap<string, Value>,
  buffers: readonly Value[],
) {
  const others =
    buffers[0] === undefined ? new Map<string, Value>() : sliced(spec.buffers, buffers[0]);
  return {
    parameter: ({ name }: ParameterSpec): Value => weights.get(name) as Value,
    buffer: ({ name }: BufferSpec): Value => others.get(name) as Value,
  };
}

function bufferVector(
  specs: readonly BufferSpec[],
  flat: Value,
  updates: ReadonlyMap<string, Value>,
): Value {
  const now = sliced(specs, flat);
  return flattened(specs, new Map([...now, ...updates]));
}

function gradientOf(
  total: Value,
  scope: { parameter: ReturnType<typeof createScope>["parameter"] },
  spec: NetworkSpec,
): ReadonlyMap<string, Value> {
  const weights = spec.parameters.map(({ name, shape, initial }) =>
    scope.parameter(name, shape, initial),
  );
  const found = gradients(total, weights);
  return new Map(spec.parameters.map(({ name }, i) => [name, found[i] as Value]));
}

/** Values in groups of `size`, in order. */
function inGroups(values: readonly Value[], size: number): readonly PartValues[] {
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) =>
    values.slice(i * size, (i + 1) * size),
  );
}

function inputName(value: Value): string {
  return value.node.attributes["name"] as string;
}
