/** From data and a family to a fitted model. */
import { createHash } from "node:crypto";
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { VERSION } from "../base/version.ts";
import type { LabelSchema } from "../data/labels.ts";
import { labelCodes } from "../data/labels.ts";
import { collect } from "../data/memory.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import { fitSchema, preprocessingOf } from "../data/preprocessings.ts";
import { takeRows } from "../data/rows.ts";
import type { Rows, Source } from "../data/source.ts";
import { splitRows } from "../data/split.ts";
import { fitPca } from "../evaluate/pca.ts";
import type { Pca } from "../evaluate/pca.ts";
import type { Family } from "../families/family.ts";
import { featuresOf } from "../losses/layout.ts";
import type { Engine } from "../runtime/engine.ts";
import { createEngine } from "../runtime/node.ts";
import { readCheckpoint, writeCheckpoint } from "../train/checkpoint.ts";
import { diagnosisText } from "../train/doctor/diagnosis.ts";
import type { Network } from "../train/network.ts";
import { CLEAN, LABEL } from "../train/network.ts";
import type { RunData, RunHooks, RunResult, RunState } from "../train/run.ts";
import { runTraining, throwIfAborted } from "../train/trainer.ts";
import { rm } from "node:fs/promises";
import { beforehand, checkUp } from "./checkup.ts";
import { sourceOf } from "./data.ts";
import { defaultBody, defaultLatent } from "./defaults.ts";
import { describe } from "./describe.ts";
import { fittedModel } from "./fitted.ts";
import { cleanRows, fitLabelsOf, labelled, labelsFor } from "./companions.ts";
import type { Settings } from "./settings.ts";
import { runSettings, settingsFrom } from "./settings.ts";
import { tell } from "./tell.ts";
import type { Data, Generative, Model, TrainOptions } from "./types.ts";

/**
 * Trains a family on data.
 *
 * Held-out rows decide when to stop and which weights to keep; preprocessing is fitted
 * on the training rows alone.
 *
 * @throws `data.*` for data that cannot be trained on, `train.diverged`, `train.cancelled`
 *   when `signal` aborts (with a checkpoint, the run can go on)
 * @example
 * const model = await train(variational({ latent: 8 }), await readTable("payments.csv"), { seed: 1 });
 * await model.save("payments.onnx");
 */
export async function train<T extends string, G extends boolean>(
  family: Family<T, G>,
  data: Data,
  options: TrainOptions<T> = {},
): Promise<Model & (G extends true ? Generative : unknown)> {
  const source = sourceOf(data);
  const rows = await readAll(source, options.signal);
  const settings = settingsFrom(options, rows.rows);
  const split = splitRows(rows.rows, settings.validation, settings.seed);
  requireRows(rows.rows, source.name);
  const clean = await cleanRows(family, source, options);
  // Scales come from what shall be given back.
  const fitted = clean ?? rows;
  const training = fitted.kind === "images" ? fitted : takeRows(fitted, split.training);
  const preprocessing = preprocessingOf(fitSchema(training, source));
  const labels = await labelsFor(family, source);
  const network = networkFor(family, preprocessing, {
    pairs: clean !== undefined,
    label: labels && fitLabelsOf(family, labels, source, preprocessing),
  });
  tell(options.onNote, source, network, settings, split);
  for (const note of beforehand(network)) options.onNote?.(note);

  const compact = {
    ...preprocessing.ingest(rows, source.name),
    ...(clean === undefined ? {} : prefixed(CLEAN, preprocessing.ingest(clean, "the clean data"))),
    ...(labels === undefined || network.label === undefined
      ? {}
      : { [LABEL]: tensor("int32", labelCodes(labels, network.label)) }),
  };
  const complete = !hasMissing(compact);
  const run: RunData = { compact, ...split, complete };
  const engine = createEngine(options.threads === undefined ? {} : { threads: options.threads });
  try {
    const config = configOf(network, settings, source, compact);
    const result = await runWithCheckpoints(engine, network, run, settings, options, config);
    const pca = await controlFor(engine, network, run);
    const warnings = await checkUp(engine, network, run, settings, result, pca);
    for (const found of warnings) options.onNote?.(diagnosisText(found), found);
    await engine.drop(Object.keys(compact).map((name) => `data.${name}`));
    const file = await describe(engine, network, result, pca, {
      rows: labelled(rows, labels, source),
      source,
      split,
      settings,
      warnings,
    });
    if (options.checkpoint !== undefined) await rm(options.checkpoint, { force: true });
    // The family's type says whether the object has `generate`; `fittedModel` follows its data.
    return fittedModel(file, source.name, { engine }) as Model &
      (G extends true ? Generative : unknown);
  } catch (error) {
    await engine.close();
    throw error;
  }
}

async function readAll(source: Source, signal: AbortSignal | undefined): Promise<Rows> {
  try {
    return await collect(source, signal === undefined ? {} : { signal });
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

function networkFor(
  family: Family,
  preprocessing: Preprocessing,
  { label, pairs }: { readonly label: LabelSchema | undefined; readonly pairs: boolean },
): Network {
  const { layout } = preprocessing;
  const suggested = family.suggest?.(layout);
  return {
    family,
    preprocessing,
    latent: family.latent ?? suggested?.latent ?? defaultLatent(preprocessing),
    body: family.body ?? suggested?.body ?? defaultBody(layout),
    pairs,
    ...(label === undefined ? {} : { label }),
  };
}

function requireRows(rows: number, place: string): void {
  if (rows >= 2) return;
  throw inputError("data.rows", {
    place,
    expected: "at least 2 rows to learn from",
    got: rows === 1 ? "1 row" : "no rows",
    hint: "an autoencoder learns what rows have in common: give it more, hundreds if you can",
  });
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, Tensor>>,
): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

function hasMissing(compact: Readonly<Record<string, Tensor>>): boolean {
  return Object.values(compact).some(
    ({ dtype, data }) => dtype === "float32" && data.some(Number.isNaN),
  );
}

async function runWithCheckpoints(
  engine: Engine,
  network: Network,
  run: RunData,
  settings: Settings,
  options: TrainOptions,
  config: Readonly<Record<string, unknown>>,
): Promise<RunResult> {
  const { checkpoint, resume = false, checkpointEvery = 30, signal } = options;
  const resumed =
    checkpoint !== undefined && resume ? await readCheckpoint(checkpoint, config) : undefined;
  if (resumed !== undefined)
    options.onNote?.(`going on after step ${resumed.step} (${checkpoint})`);
  let saved = performance.now();
  const hooks: RunHooks = {
    signal,
    onEpoch: options.on,
    onProgress: options.onProgress,
    onPause: async (state: () => Promise<RunState>) => {
      const due = performance.now() - saved >= 1000 * checkpointEvery;
      if (checkpoint === undefined || !(due || signal?.aborted === true)) return;
      await writeCheckpoint(checkpoint, config, await state());
      saved = performance.now();
    },
  };
  return runTraining(engine, network, run, runSettings(settings), hooks, resumed);
}

/** What must be the same for a run to go on: everything the weights depend on. */
function configOf(
  { family, body, latent, preprocessing }: Network,
  settings: Settings,
  source: Source,
  compact: Readonly<Record<string, Tensor>>,
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
    data: fingerprint(compact),
  };
}

function fingerprint(compact: Readonly<Record<string, Tensor>>): string {
  const digest = createHash("sha256");
  for (const [name, { dtype, data }] of Object.entries(compact)) {
    digest.update(name);
    if (dtype !== "string")
      digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return digest.digest("hex").slice(0, 16);
}

/** Beyond this the control would outweigh the model. */
const CONTROL_NUMBERS = 2 ** 23;

async function controlFor(
  engine: Engine,
  network: Network,
  run: RunData,
): Promise<Pca | undefined> {
  const features = featuresOf(network.preprocessing.layout);
  // With as many numbers as features it would copy every row, and say nothing.
  if (network.latent >= features || features * network.latent > CONTROL_NUMBERS) return undefined;
  return fitPca(engine, network, run.training, network.latent, run.complete);
}
