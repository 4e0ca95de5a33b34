/** From data and a family to a fitted model. */
import { rm } from "node:fs/promises";
import { VERSION } from "../base/version.ts";
import type { Source } from "../data/source.ts";
import type { Spill } from "../data/spill.ts";
import { fitPca } from "../evaluate/pca.ts";
import type { Pca } from "../evaluate/pca.ts";
import type { Family } from "../families/family.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Engine } from "../runtime/engine.ts";
import { createEngine } from "../runtime/node.ts";
import { readCheckpoint, writeCheckpoint } from "../train/checkpoint.ts";
import { diagnosisText } from "../train/doctor/diagnosis.ts";
import type { Network } from "../train/network.ts";
import type { RunData, RunHooks, RunResult, PausedState } from "../train/run.ts";
import { runTraining, throwIfAborted } from "../train/trainer.ts";
import { beforehand, checkUp, someOf } from "./checkup.ts";
import { cleanSide, labelled } from "./companions.ts";
import { sourceOf } from "./data.ts";
import { describe } from "./describe.ts";
import { fewLabelsOf, suited } from "./few-labels/asked.ts";
import { fitHead } from "./few-labels/fit.ts";
import { headWords } from "./few-labels/words.ts";
import { fittedModel } from "./fitted.ts";
import type { Sides } from "./material.ts";
import { labelsIn } from "./material.ts";
import { fitLinearPart } from "./linear-part/fit.ts";
import { linearPartWords } from "./linear-part/info.ts";
import { planRun, runDataOf } from "./prepare.ts";
import type { Room } from "./room.ts";
import { limitReaders, roomFor } from "./room.ts";
import type { Settings } from "./settings.ts";
import { runSettings } from "./settings.ts";
import type { Start } from "./start.ts";
import { elderOf, startOf } from "./start.ts";
import { tell } from "./tell.ts";
import type { Data, Generative, Model, TrainOptions } from "./types.ts";

/**
 * Trains a family on data.
 *
 * Held-out rows decide when to stop and which weights to keep; preprocessing is fitted
 * on the training rows alone.
 *
 * Data that have no room in `memory` stream: docs/guide/large-data.md.
 *
 * @throws `data.*` for data that cannot be trained on, `train.memory` and `train.disk` where there
 *   is too little, `train.diverged`, `train.cancelled` when `signal` aborts (with a checkpoint, the
 *   run can go on)
 * @example
 * const model = await train(variational({ latent: 8 }), await readTable("payments.csv"), { seed: 1 });
 * await model.save("payments.onnx");
 */
export async function train<T extends string, G extends boolean>(
  family: Family<T, G>,
  data: Data,
  options: TrainOptions<T> = {},
): Promise<Model & (G extends true ? Generative : unknown)> {
  return trainIn(roomFor(options.memory), family, data, options);
}

/** As `train`, in the room that is given. */
export async function trainIn<T extends string, G extends boolean>(
  room: Room,
  family: Family<T, G>,
  data: Data,
  options: TrainOptions<T>,
): Promise<Model & (G extends true ? Generative : unknown)> {
  const source = sourceOf(data);
  const sides: Sides = { source, clean: cleanSide(family, source, options) };
  const asked = await fewLabelsOf(family, source, options);
  const fitted = asked === undefined ? family : suited(family, source);
  await limitReaders(room);
  const elder = await elderOf(options);
  // Its thread loads the runtime while the data are read.
  const engine = createEngine(options.threads === undefined ? {} : { threads: options.threads });
  let spill: Spill | undefined;
  try {
    const plan = await cancellable(options.signal, () =>
      planRun(fitted, sides, options, room, elder),
    );
    const { network, settings, material } = plan;
    tell(options.onNote, source, plan);
    for (const note of beforehand(network)) options.onNote?.(note);

    const made = await cancellable(options.signal, () => runDataOf(engine, plan, options, room));
    ({ spill } = made);
    const { run } = made;
    const start = await startOf(network, run, settings, options, elder);
    const config = {
      ...configOf(network, settings, source, made.fingerprint, run),
      init: start.fingerprint,
    };
    const result = await runWithCheckpoints(engine, network, run, settings, options, config, start);
    const pca = await controlFor(engine, network, run);
    const warnings = await checkUp(engine, network, run, settings, result, pca, start.vectors);
    for (const found of warnings) options.onNote?.(diagnosisText(found), found);
    await engine.drop(Object.keys(run.compact).map((name) => `data.${name}`));
    const head =
      asked === undefined
        ? undefined
        : await cancellable(options.signal, () =>
            fitHead(engine, network, result, {
              source,
              material,
              asked,
              seed: settings.seed,
              signal: options.signal,
            }),
          );
    for (const line of head === undefined ? [] : headWords(head.info)) options.onNote?.(line);
    const linear = await cancellable(options.signal, () =>
      fitLinearPart(engine, network, result, {
        material,
        seed: settings.seed,
        signal: options.signal,
        onNote: options.onNote,
      }),
    );
    if (linear !== undefined)
      options.onNote?.(`a linear part beside the network, ${linearPartWords(linear.info)}`);
    const file = await describe(engine, network, result, pca, {
      rows: labelled(material.rows, labelsIn(material, plan.labels), source),
      source,
      material,
      settings,
      warnings,
      head,
      linear,
      start,
    });
    if (options.checkpoint !== undefined) await rm(options.checkpoint, { force: true });
    // The family's type says whether the object has `generate`; `fittedModel` follows its data.
    return fittedModel(file, source.name, { engine }) as Model &
      (G extends true ? Generative : unknown);
  } catch (error) {
    await engine.close();
    throw error;
  } finally {
    await spill?.close();
  }
}

/** Tells a request to stop from a failure. */
async function cancellable<T>(signal: AbortSignal | undefined, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

/** A state of gigabytes takes its time to save: training goes on for this many times as long. */
const SAVING_SHARE = 20;

async function runWithCheckpoints(
  engine: Engine,
  network: Network,
  run: RunData,
  settings: Settings,
  options: TrainOptions,
  config: Readonly<Record<string, unknown>>,
  start: Start,
): Promise<RunResult> {
  const { checkpoint, resume = false, checkpointEvery, signal } = options;
  const resumed =
    checkpoint !== undefined && resume ? await readCheckpoint(checkpoint, config) : undefined;
  if (resumed !== undefined)
    options.onNote?.(`going on after step ${resumed.step} (${checkpoint})`);
  let saved = performance.now();
  let took = 0;
  const hooks: RunHooks = {
    signal,
    onEpoch: options.on,
    onProgress: options.onProgress,
    onPause: async (state: () => PausedState) => {
      const began = performance.now();
      const due = began - saved >= 1000 * (checkpointEvery ?? Math.max(30, SAVING_SHARE * took));
      if (checkpoint === undefined || !(due || signal?.aborted === true)) return;
      await writeCheckpoint(checkpoint, config, state());
      saved = performance.now();
      took = (saved - began) / 1000;
    },
  };
  const all = { ...runSettings(settings), threads: options.threads };
  // What a checkpoint holds has its start behind it.
  const course = await start.course(engine, all, { pretrained: resumed !== undefined });
  return runTraining(engine, network, run, course, hooks, resumed);
}

/** What must be the same for a run to go on: everything the weights depend on. */
function configOf(
  { family, body, latent, preprocessing }: Network,
  settings: Settings,
  source: Source,
  data: string,
  { supply }: RunData,
): Readonly<Record<string, unknown>> {
  const { time: _time, ...fixed } = settings;
  return {
    version: VERSION,
    family: { name: family.name, options: family.options },
    body: { name: body.name, options: body.options },
    latent,
    ...fixed,
    rows: source.rows,
    columns: preprocessing.columns,
    // Those follow from the memory: with other blocks, rows come in another order.
    blocks: supply?.blocks.length ?? 1,
    data,
  };
}

/** Beyond this the control would outweigh the model. */
const CONTROL_NUMBERS = 2 ** 23;
/** Rows that say enough about variances, and beyond which the control would take long. */
const CONTROL_ROWS = 2 ** 18;

async function controlFor(
  engine: Engine,
  network: Network,
  run: RunData,
): Promise<Pca | undefined> {
  const features = featuresOf(network.preprocessing.layout);
  // Rankings have controls of their own, made when they are evaluated.
  if (network.preprocessing.kind === "interactions") return undefined;
  // With as many numbers as features it would copy every row, and say nothing.
  if (network.latent >= features || features * network.latent > CONTROL_NUMBERS) return undefined;
  const rows = someOf(run.training, CONTROL_ROWS);
  return fitPca(engine, network, rows, network.latent, run.complete);
}
