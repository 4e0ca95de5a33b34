/** The loop around the training graph: epochs, validation, early stopping, state. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { NetworkSpec } from "../nn/scope.ts";
import { countOf } from "../nn/scope.ts";
import { writeModel } from "../onnx/write.ts";
import type { RateSchedule } from "../optim/schedules.ts";
import type { Transform } from "../optim/transform.ts";
import { atSite, keyAt } from "../random/bits.ts";
import type { Engine, Session } from "../runtime/engine.ts";
import type { Epoch, Progress } from "./events.ts";
import type { Network } from "./network.ts";
import type { Chunk, Stretch } from "./plan.ts";
import { epochOrder, nextChunk, stretches } from "./plan.ts";
import { STATE, optimizerStateName, trainingProgram, validationProgram } from "./program.ts";

export interface RunSettings {
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
  readonly optimizer: Transform;
  readonly rate: RateSchedule;
  /** Epochs without a better validation loss before the run ends. */
  readonly patience: number;
  /** Seconds after which the run ends, schedules included. */
  readonly time: number | undefined;
}

export interface RunData {
  readonly compact: Readonly<Record<string, Tensor>>;
  readonly training: Int32Array;
  readonly validation: Int32Array;
  /** No value is missing. */
  readonly complete: boolean;
}

/** The flat vectors of a run: by their names beside the engine. */
export type Vectors = Readonly<Record<string, Float32Array>>;

/** Everything a run needs to go on from where it was. */
export interface RunState {
  readonly vectors: Vectors;
  /** Steps done in all. */
  readonly step: number;
  /** Epochs finished. */
  readonly history: readonly Epoch[];
  /** Steps done of the epoch under way, and the sums of its losses over rows. */
  readonly inEpoch: { readonly steps: number; readonly sums: readonly number[] };
  readonly best:
    { readonly epoch: number; readonly loss: number; readonly vectors: Vectors } | undefined;
  readonly seconds: number;
}

export interface RunHooks {
  readonly signal: AbortSignal | undefined;
  readonly onEpoch: ((epoch: Epoch) => void) | undefined;
  readonly onProgress: ((progress: Progress) => void) | undefined;
  /** Called with a way to get the state, whenever the run could be stopped: at every chunk. */
  readonly onPause:
    ((state: () => Promise<RunState>, epochDone: boolean) => Promise<void>) | undefined;
}

type Stopped = "epochs done" | "no better for a while" | "time is up";

export interface RunResult {
  readonly spec: NetworkSpec;
  readonly parameters: Float32Array;
  readonly buffers: Float32Array;
  readonly history: readonly Epoch[];
  readonly bestEpoch: number;
  readonly stopped: Stopped;
  readonly seconds: number;
  readonly steps: number;
}

/** A chunk near this long keeps cancelling quick and the overhead of a call small. */
const CHUNK_SECONDS = 0.1;
const VALIDATION_SITE = 0x7a1;
const VALIDATION_BATCH = 512;

export async function runTraining(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: RunSettings,
  hooks: RunHooks,
  resumed?: RunState,
): Promise<RunResult> {
  const { seed, epochs } = settings;
  const program = trainingProgram(network, {
    optimizer: settings.optimizer,
    complete: data.complete,
  });
  const { spec } = program;
  const terms = Object.keys(network.family.terms);
  const session = await engine.open(writeModel(program.model));
  const validator =
    data.validation.length > 0
      ? await engine.open(writeModel(validationProgram(network, data.complete)))
      : undefined;
  for (const [name, value] of Object.entries(data.compact))
    await engine.hold(`data.${name}`, value);
  const vectorNames = [
    STATE.parameters,
    ...(spec.buffers.length > 0 ? [STATE.buffers] : []),
    ...program.optimizerState.map(optimizerStateName),
  ];
  const first = resumed?.vectors ?? initialVectors(spec, vectorNames, seed);
  for (const name of vectorNames)
    await engine.hold(name, tensor("float32", first[name] as Float32Array));
  let step = resumed?.step ?? 0;
  await engine.hold(STATE.step, tensor("int64", BigInt64Array.of(BigInt(step)), []));

  const plan = stretches(data.training.length, settings.batch);
  const stepsPerEpoch = plan.reduce((total, { steps }) => total + steps, 0);
  const totalSteps = stepsPerEpoch * epochs;
  const history: Epoch[] = [...(resumed?.history ?? [])];
  let best = resumed?.best;
  let inEpoch = resumed?.inEpoch ?? { steps: 0, sums: [] };
  const began = performance.now() - 1000 * (resumed?.seconds ?? 0);
  const seconds = (): number => (performance.now() - began) / 1000;
  let most = 1;
  let stopped: Stopped = "epochs done";

  const vectors = async (): Promise<Record<string, Float32Array>> => {
    const copies: Record<string, Float32Array> = {};
    for (const name of vectorNames) copies[name] = (await engine.held(name)).data as Float32Array;
    return copies;
  };
  const state = async (): Promise<RunState> => ({
    vectors: await vectors(),
    step,
    history: [...history],
    inEpoch,
    best,
    seconds: seconds(),
  });
  /** Share of the run done, by steps or by the clock, whichever is further. */
  const doneAt = (at: number): number =>
    Math.max(
      at / totalSteps,
      settings.time === undefined ? 0 : Math.min(1, seconds() / settings.time),
    );

  /** Runs one chunk; the sum of each loss column over the epoch's rows up to its end. */
  async function runChunk(
    chunk: Chunk,
    order: Int32Array,
  ): Promise<{ sums: readonly number[]; rate: number }> {
    const { steps, batch, row } = chunk;
    const keys = new Uint32Array(2 * steps);
    const width = 1 + spec.schedules.length;
    const rates = new Float32Array(width * steps);
    for (let i = 0; i < steps; i += 1) {
      const { first, second } = keyAt(seed, step + i);
      keys[2 * i] = first;
      keys[2 * i + 1] = second;
      const done = doneAt(step + i);
      rates[width * i] = settings.rate(done * totalSteps, totalSteps);
      for (const [s, { at }] of spec.schedules.entries()) rates[width * i + 1 + s] = at(done);
    }
    const names = [...vectorNames, STATE.step];
    const { losses } = await session.run(
      {
        ...heldData(data),
        ...Object.fromEntries(names.map((name) => [name, { held: name }])),
        order: tensor("int32", order.slice(row, row + steps * batch), [steps, batch]),
        keys: tensor("uint32", keys, [steps, 2]),
        rates: tensor("float32", rates, [steps, width]),
      },
      { fetch: ["losses"], keep: Object.fromEntries(names.map((name) => [`next.${name}`, name])) },
    );
    const values = (losses as Tensor<"float32">).data;
    requireFinite(values, program.columns, step, settings.rate(step, totalSteps));
    return {
      sums: addColumns(inEpoch.sums, values, program.columns.length, batch),
      rate: rates.at(-width) as number,
    };
  }

  for (let epoch = history.length; epoch < epochs; epoch += 1) {
    // Asked here, so that a run resumed right after its last epoch ends where it would have.
    if (stopped === "time is up") break;
    if (best !== undefined && epoch - best.epoch >= settings.patience) {
      stopped = "no better for a while";
      break;
    }
    const order = epochOrder(data.training, seed, epoch);
    const epochBegan = performance.now();
    let rate = Math.fround(settings.rate(doneAt(Math.max(0, step - 1)) * totalSteps, totalSteps));
    for (
      let chunk = nextChunk(plan, inEpoch.steps, most);
      chunk;
      chunk = nextChunk(plan, inEpoch.steps, most)
    ) {
      throwIfAborted(hooks.signal);
      const chunkBegan = performance.now();
      const ran = await runChunk(chunk, order);
      rate = ran.rate;
      step += chunk.steps;
      inEpoch = {
        steps: inEpoch.steps + chunk.steps,
        sums: ran.sums,
      };
      const took = (performance.now() - chunkBegan) / 1000;
      most = Math.max(1, Math.min(4 * most, Math.round((CHUNK_SECONDS / took) * chunk.steps)));
      const rows = chunk.row + chunk.steps * chunk.batch;
      hooks.onProgress?.({
        epoch: epoch + 1,
        epochs,
        share: rows / data.training.length,
        loss: (inEpoch.sums[0] as number) / rows,
        terms: named(terms, inEpoch.sums.slice(1), rows),
        validationLoss: history.at(-1)?.validationLoss,
        rowsPerSecond: (chunk.steps * chunk.batch) / took,
        secondsLeft: secondsLeft(seconds(), step, totalSteps, settings.time),
      });
      const late = settings.time !== undefined && seconds() > settings.time;
      if (late) stopped = "time is up";
      await hooks.onPause?.(state, false);
      if (late) break;
    }
    const rows = rowsUpTo(plan, inEpoch.steps);
    const checked = validator && (await validate(validator, data, spec, seed, terms));
    history.push({
      epoch: epoch + 1,
      loss: (inEpoch.sums[0] as number) / rows,
      terms: named(terms, inEpoch.sums.slice(1), rows),
      gradient: (inEpoch.sums[terms.length + 1] as number) / rows,
      validationLoss: checked?.loss,
      validationTerms: checked?.terms,
      learningRate: rate,
      seconds: (performance.now() - epochBegan) / 1000,
    });
    inEpoch = { steps: 0, sums: [] };
    if (checked !== undefined && checked.loss < (best?.loss ?? Infinity)) {
      const { [STATE.parameters]: parameters, [STATE.buffers]: buffers } = await vectors();
      best = {
        epoch: epoch + 1,
        loss: checked.loss,
        vectors: { parameters: parameters as Float32Array, ...(buffers ? { buffers } : {}) },
      };
    }
    hooks.onEpoch?.(history.at(-1) as Epoch);
    await hooks.onPause?.(state, true);
  }

  const last = best?.vectors ?? (await vectors());
  await engine.drop([...vectorNames, STATE.step]);
  await session.release();
  await validator?.release();
  return {
    spec,
    parameters: last[STATE.parameters] as Float32Array,
    buffers: last[STATE.buffers] ?? new Float32Array(0),
    history,
    bestEpoch: best?.epoch ?? history.length,
    stopped,
    seconds: seconds(),
    steps: step,
  };
}

function initialVectors(spec: NetworkSpec, names: readonly string[], seed: number): Vectors {
  const size = countOf(spec.parameters);
  const vectors: Record<string, Float32Array> = {};
  for (const name of names) vectors[name] = new Float32Array(size);
  vectors[STATE.parameters] = initialValues(spec.parameters, seed, 0);
  if (spec.buffers.length > 0)
    vectors[STATE.buffers] = initialValues(spec.buffers, seed, spec.parameters.length);
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

async function validate(
  session: Session,
  data: RunData,
  spec: NetworkSpec,
  seed: number,
  terms: readonly string[],
): Promise<{ loss: number; terms: Record<string, number> }> {
  const columns = 1 + terms.length;
  let sums: readonly number[] = [];
  const plan = stretches(data.validation.length, VALIDATION_BATCH);
  let done = 0;
  for (let chunk = nextChunk(plan, 0, 8); chunk; chunk = nextChunk(plan, done, 8)) {
    const { steps, batch, row } = chunk;
    const keys = Uint32Array.from({ length: 2 * steps }, (_, i) => {
      // The same draws at every epoch, so that epochs can be compared.
      const key = atSite(keyAt(seed, done + (i >> 1)), VALIDATION_SITE);
      return i % 2 === 0 ? key.first : key.second;
    });
    const { losses } = await session.run({
      ...heldData(data),
      parameters: { held: STATE.parameters },
      ...(spec.buffers.length > 0 ? { buffers: { held: STATE.buffers } } : {}),
      order: tensor("int32", data.validation.slice(row, row + steps * batch), [steps, batch]),
      keys: tensor("uint32", keys, [steps, 2]),
    });
    sums = addColumns(sums, (losses as Tensor<"float32">).data, columns, batch);
    done += steps;
  }
  return {
    loss: (sums[0] as number) / data.validation.length,
    terms: named(terms, sums.slice(1), data.validation.length),
  };
}

function heldData(data: RunData): Record<string, { held: string }> {
  return Object.fromEntries(
    Object.keys(data.compact).map((name) => [`data.${name}`, { held: `data.${name}` }]),
  );
}

/** Step by step, so that the sums do not depend on where chunks end, which follows the clock. */
function addColumns(
  before: readonly number[],
  values: Float32Array,
  columns: number,
  rows: number,
): readonly number[] {
  const sums = Array.from({ length: columns }, (_, i) => before[i] ?? 0);
  for (const [i, value] of values.entries())
    sums[i % columns] = (sums[i % columns] as number) + value * rows;
  return sums;
}

function named(
  terms: readonly string[],
  sums: readonly number[],
  rows: number,
): Record<string, number> {
  return Object.fromEntries(terms.map((term, i) => [term, (sums[i] as number) / rows]));
}

function rowsUpTo(plan: readonly Stretch[], steps: number): number {
  let left = steps;
  return plan.reduce((rows, stretch) => {
    const taken = Math.min(left, stretch.steps);
    left -= taken;
    return rows + taken * stretch.batch;
  }, 0);
}

function secondsLeft(
  seconds: number,
  step: number,
  total: number,
  time: number | undefined,
): number {
  const bySteps = (seconds / step) * (total - step);
  return time === undefined ? bySteps : Math.max(0, Math.min(bySteps, time - seconds));
}

function requireFinite(
  losses: Float32Array,
  columns: readonly string[],
  step: number,
  rate: number,
): void {
  const bad = losses.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw inputError("train.diverged", {
    place: `training, step ${step + Math.floor(bad / columns.length) + 1}, ${columns[bad % columns.length]}`,
    expected: "a finite number",
    got: String(losses[bad]),
    hint: `the steps were too large: train again with a learning rate below ${rate.toPrecision(2)}, as --learning-rate ${(rate / 3).toPrecision(1)}`,
  });
}

/** @throws `train.cancelled`, with the reason of the signal as its cause */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw inputError(
    "train.cancelled",
    { place: "training", expected: "to run to its end", got: "a request to stop" },
    { cause: signal.reason },
  );
}
