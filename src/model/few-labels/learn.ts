/**
 * The head that is saved: one network, taught by what the teacher says of every row. First its last
 * layer alone, on the encoder as it is; then all layers, the encoder's slower. Labels held out say
 * when to stop, and which of the two is kept.
 */
import { tensor } from "../../base/tensor.ts";
import type { Taught } from "../../evaluate/few-labels/choose.ts";
import type { ParameterSpec } from "../../nn/scope.ts";
import { createScope, specOf } from "../../nn/scope.ts";
import { constant } from "../../graph/value.ts";
import { adamW } from "../../optim/adam.ts";
import { cosine } from "../../optim/schedules.ts";
import type { Engine } from "../../runtime/engine.ts";
import type { Network } from "../../train/network.ts";
import { batchFrom } from "../../train/network.ts";
import type { RunHooks } from "../../train/run.ts";
import type { Start } from "../../train/student.ts";
import { headOutputs, headWeights, studentNetwork, taughtTensor } from "../../train/student.ts";
import { runTraining } from "../../train/trainer.ts";
import type { HeadInfo } from "./head-info.ts";
import type { Compact } from "./material.ts";
import { compactInputs, rowsThrough, takeCompact } from "./material.ts";

/** The encoder's layers move so fast beside the last one. */
export const ENCODER_RATE = 0.3;
const LAST_STEPS = 200;
const STEPS = 400;
const MOST_EPOCHS = 400;
const BATCH = 128;
const LEAST_BATCH = 16;
const RATE = 2e-3;
const DECAY = 0.01;
/** Labels held out that say enough; and runs at most to have as many. */
const ENOUGH = 200;
const MOST_RUNS = 3;
/** All labels together count like this share of the rows without one, a label at most so many rows. */
const LABEL_SHARE = 0.1;
const MOST_WEIGHT = 16;

export interface Lesson {
  readonly network: Network;
  readonly start: Start;
  readonly compact: Compact;
  /** Of the first rows. */
  readonly taught: Taught;
  /** Of the first of them: those that are held out in turn. */
  readonly folds: Int32Array;
  /** What is said of every row without a fold's labels, and by all. */
  readonly said: { readonly folds: readonly Float32Array[]; readonly all: Float32Array };
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

export interface Learned {
  readonly weights: Start;
  readonly specs: readonly ParameterSpec[];
  readonly encoder: HeadInfo["encoder"];
  readonly epochs: number;
  /** Rows whose labels were held out, and what was given of them: logits, or standardised numbers. */
  readonly heldOut: { readonly rows: Int32Array; readonly outputs: Float32Array };
}

interface Stage {
  readonly weights: Start;
  /** Validation loss after each epoch. */
  readonly losses: readonly number[];
}

export async function learn(engine: Engine, lesson: Lesson): Promise<Learned> {
  const { taught, folds, network } = lesson;
  const specs = headSpecs(network, taught.outputs);
  const runs: { fold: number; rows: Int32Array; stages: readonly Stage[] }[] = [];
  const foldCount = folds.reduce((a, b) => Math.max(a, b), 0) + 1;
  let held = 0;
  for (let fold = 0; fold < Math.min(foldCount, MOST_RUNS) && held < ENOUGH; fold += 1) {
    const rows = Int32Array.from(folds.keys()).filter((row) => folds[row] === fold);
    held += rows.length;
    runs.push({ fold, rows, stages: await stagesOf(engine, lesson, specs, { fold, rows }) });
  }
  const epochs = [0, 1].map((stage) =>
    runs.every(({ stages }) => stages[stage] === undefined)
      ? undefined
      : bestEpoch(runs.map(({ stages, rows }) => [stages[stage]?.losses ?? [], rows.length])),
  );
  const [last, all] = epochs;
  const tuned = all !== undefined && all.loss < (last?.loss ?? Infinity);
  const stage = tuned ? 1 : 0;
  const heldRows = Int32Array.from(runs.flatMap(({ rows }) => [...rows]));
  const outputs: number[] = [];
  for (const { rows, stages } of runs)
    outputs.push(
      ...(await outputsOf(engine, some(lesson, rows), specs, stages[stage]?.weights as Start)),
    );
  const final = await stagesOf(engine, lesson, specs, {
    fold: undefined,
    rows: new Int32Array(0),
    epochs: [last?.epoch, tuned ? all.epoch : 0],
  });
  return {
    specs,
    weights: (final[stage] as Stage).weights,
    encoder: lesson.start.size === 0 ? "new" : tuned ? "fine-tuned" : "frozen",
    epochs: epochs[stage]?.epoch ?? 0,
    heldOut: { rows: heldRows, outputs: Float32Array.from(outputs) },
  };
}

function some(lesson: Lesson, rows: Int32Array): Lesson {
  return { ...lesson, compact: takeCompact(lesson.compact, rows) };
}

/** The epoch after which the mean held-out loss is least. */
function bestEpoch(curves: readonly (readonly [readonly number[], number])[]) {
  const length = Math.min(...curves.map(([losses]) => losses.length));
  const rows = curves.reduce((total, [, count]) => total + count, 0);
  const means = Array.from({ length }, (_, epoch) =>
    curves.reduce((sum, [losses, count]) => sum + ((losses[epoch] as number) * count) / rows, 0),
  );
  const loss = Math.min(...means);
  return { epoch: means.indexOf(loss) + 1, loss };
}

function headSpecs(network: Network, outputs: number): readonly ParameterSpec[] {
  const student = studentNetwork(network, { kind: "numbers", outputs, start: new Map(), rate: 1 });
  const batch = batchFrom(student, compactInputs(student), { complete: false });
  return specOf((scope) => headOutputs(scope, network, batch, outputs)).parameters;
}

interface Run {
  /** Held out; undefined: none. */
  readonly fold: number | undefined;
  readonly rows: Int32Array;
  /** Of each stage; absent: as many as there are steps for. */
  readonly epochs?: readonly (number | undefined)[];
}

/** The last layer alone, then all; the first is left out where nothing has a start. */
async function stagesOf(
  engine: Engine,
  lesson: Lesson,
  specs: readonly ParameterSpec[],
  run: Run,
): Promise<readonly Stage[]> {
  const { start } = lesson;
  const first =
    start.size === 0
      ? undefined
      : await stageOf(engine, lesson, specs, run, { start, rate: 0, steps: LAST_STEPS, stage: 0 });
  const begun = first?.weights ?? start;
  const second =
    run.epochs?.[1] === 0
      ? undefined
      : await stageOf(engine, lesson, specs, run, {
          start: begun,
          rate: ENCODER_RATE,
          steps: STEPS,
          stage: 1,
        });
  const none: Stage = { weights: start, losses: [] };
  return [first ?? none, ...(second === undefined ? [] : [second])];
}

async function stageOf(
  engine: Engine,
  { network, compact, taught, said, seed, signal }: Lesson,
  specs: readonly ParameterSpec[],
  { fold, rows: held, epochs: asked }: Run,
  { start, rate, steps, stage }: { start: Start; rate: number; steps: number; stage: number },
): Promise<Stage> {
  const { kind, outputs, target } = taught;
  const labelled = target.length / outputs;
  const source = fold === undefined ? said.all : (said.folds[fold] as Float32Array);
  const all = source.length / outputs;
  const wanted = source.slice();
  wanted.set(target);
  const others = all - labelled;
  const weight = new Float32Array(all).fill(1);
  const most = Math.min(MOST_WEIGHT, Math.max(1, (LABEL_SHARE * others) / labelled));
  weight.fill(most, 0, labelled);
  for (const row of held) weight[row] = 1;
  const isHeld = new Set(held);
  const training = Int32Array.from({ length: all }, (_, row) => row).filter(
    (row) => !isHeld.has(row),
  );
  const batch = Math.min(BATCH, Math.max(LEAST_BATCH, Math.ceil(training.length / 8)));
  const full = Math.max(2, Math.min(MOST_EPOCHS, Math.round((steps * batch) / training.length)));
  const epochs = asked?.[stage] ?? full;
  const student = studentNetwork(network, { kind, outputs, start, rate });
  const data = { ...compact, ...taughtTensor(wanted, weight, outputs) };
  const hooks: RunHooks = { signal, onEpoch: undefined, onProgress: undefined, onPause: undefined };
  const schedule = cosine({ rate: RATE, warmUp: 20 });
  const result = await runTraining(
    engine,
    student,
    { compact: data, training, validation: held, complete: false },
    {
      epochs,
      batch,
      seed: seed + 1 + stage,
      optimizer: adamW({ weightDecay: DECAY }),
      // Stopped where held-out labels said so, on a course of the full length.
      rate: (step, total) => schedule(step, (total * full) / epochs),
      patience: Infinity,
      time: undefined,
    },
    hooks,
  );
  await engine.drop(Object.keys(data).map((name) => `data.${name}`));
  return {
    weights: headWeights(result, specs, { start, rate }),
    losses: result.history.map(({ validationLoss }) => validationLoss ?? 0),
  };
}

/** Outputs of a head for rows at hand, `[rows, outputs]`. */
export async function outputsOf(
  engine: Engine,
  {
    network,
    compact,
    taught: { outputs },
  }: Pick<Lesson, "network" | "compact"> & { readonly taught: Pick<Taught, "outputs"> },
  specs: readonly ParameterSpec[],
  weights: Start,
): Promise<Float32Array> {
  const inputs = compactInputs(network);
  const batch = batchFrom(network, inputs, { complete: false });
  const made = { outputs: headOutputs(headScope(specs, weights), network, batch, outputs) };
  const found = await rowsThrough(engine, inputs, made, compact, { outputs });
  return found.outputs.data;
}

/** A scope that holds the head's weights as constants under their own names. */
export function headScope(specs: readonly ParameterSpec[], weights: Start) {
  const held = new Map(
    specs.map(({ name, shape }) => [
      name,
      constant(tensor("float32", weights.get(name) as Float32Array, shape), name),
    ]),
  );
  return createScope({
    training: false,
    parameter: ({ name }) => held.get(name) as NonNullable<ReturnType<typeof held.get>>,
    buffer: ({ name }) => {
      throw new Error(`a head has no buffers, such as ${name}`);
    },
  });
}
