/** The doctor's rounds: what `train` asks of it before a run and after. */
import type { Pca } from "../evaluate/pca.ts";
import { pcaFeatures } from "../evaluate/contenders.ts";
import { families } from "../families/index.ts";
import { featuresOf } from "../losses/layout.ts";
import { countOf } from "../nn/scope.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { permutation } from "../random/numbers.ts";
import type { Engine } from "../runtime/engine.ts";
import { probeChoices } from "../train/doctor/choice-probe.ts";
import type { ChoiceEvidence } from "../train/doctor/choices.ts";
import { diagnoseChoices } from "../train/doctor/choices.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Evidence, Probed } from "../train/doctor/evidence.ts";
import { openProber } from "../train/doctor/probe.ts";
import { diagnose } from "../train/doctor/rules.ts";
import { initialVectors } from "../train/initial-state.ts";
import type { Network } from "../train/network.ts";
import { STATE } from "../train/program.ts";
import type { RunData, RunResult, Vectors } from "../train/run.ts";
import { rowsOf } from "../train/supply.ts";
import type { Settings } from "./settings.ts";
import { settingsFrom } from "./settings.ts";

/** Rows that say enough about a model: the variance of a code to a few per cent. */
const PROBE_ROWS = 1024;
/** Of the first weights only the rough size of the gradients is asked. */
const START_ROWS = 256;
const SITE = 0xd0d;

/** What can be told before a run. */
export function beforehand({ family, latent, preprocessing }: Network): readonly string[] {
  const features = featuresOf(preprocessing.layout);
  if (latent < features || family.copies !== true) return [];
  return [
    `overcomplete: a code of ${latent} numbers for rows of ${features} can copy its input and learn nothing; a smaller code makes it find what rows have in common, as --latent ${Math.max(1, Math.ceil(features / 4))}, and --family sparse, denoising or contractive keeps a large one from copying`,
  ];
}

/**
 * What the doctor says of a run that came to its end. The data must still lie beside the engine.
 *
 * @param start first values of the run where those were not drawn from the seed
 */
export async function checkUp(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: Settings,
  result: RunResult,
  pca: Pca | undefined,
  start?: Vectors,
): Promise<readonly Diagnosis[]> {
  // Errors of numbers, shuffled columns and PCA say nothing about rankings.
  if (network.preprocessing.kind === "interactions")
    return diagnoseChoices(await choicesOf(engine, network, data, settings, result));
  return diagnose(await evidenceOf(engine, network, data, settings, result, pca, start));
}

async function choicesOf(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: Settings,
  result: RunResult,
): Promise<ChoiceEvidence> {
  const heldOut = data.validation.length > 0;
  const rows = someOf(heldOut ? data.validation : data.training, PROBE_ROWS);
  const { family, latent } = network;
  const { history, bestEpoch, stopped, spec } = result;
  const first = history[0];
  return {
    family: { name: family.name, options: family.options },
    latent,
    parameters: countOf(spec.parameters),
    users: { training: data.training.length, heldOut: data.validation.length },
    settings: ranWith(settings, data.training.length + data.validation.length),
    history,
    bestEpoch,
    stopped,
    start: { loss: first?.loss ?? Number.NaN },
    probe: await probeChoices(engine, network, data, result, rows),
  };
}

function ranWith(
  { optimizer, batch, epochs, learningRate, clip }: Settings,
  rows: number,
): Evidence["settings"] {
  const usualRate = settingsFrom({ optimizer, batch }, rows).learningRate;
  return { epochs, batch, learningRate, usualRate, clip };
}

async function evidenceOf(
  engine: Engine,
  network: Network,
  data: RunData,
  settings: Settings,
  result: RunResult,
  pca: Pca | undefined,
  start: Vectors | undefined,
): Promise<Evidence> {
  const { family, body, latent, preprocessing } = network;
  const { layout } = preprocessing;
  const { spec } = result;
  const names = [STATE.parameters, ...(spec.buffers.length > 0 ? [STATE.buffers] : [])];
  const first = initialVectors(spec, names, settings.seed, start);
  const prober = await openProber(
    engine,
    network,
    data,
    spec,
    pca && ((x) => pcaFeatures(pca, layout, x)),
  );
  const probes: { start: Probed; training: Probed; heldOut: Probed | undefined } = {
    start: await prober.measure(
      {
        parameters: first[STATE.parameters] as Float32Array,
        buffers: first[STATE.buffers] ?? new Float32Array(0),
      },
      someOf(data.training, START_ROWS),
    ),
    training: await prober.measure(result, someOf(data.training, PROBE_ROWS)),
    heldOut:
      data.validation.length === 0
        ? undefined
        : await prober.measure(result, someOf(data.validation, PROBE_ROWS)),
  };
  await prober.close();
  const training = data.supply === undefined ? data.training.length : rowsOf(data.supply);
  const entry = Object.hasOwn(families, family.name)
    ? families[family.name as keyof typeof families]
    : undefined;
  return {
    family: {
      name: family.name,
      options: family.options,
      givesBack: family.fillsIn !== true,
      discrete: family.symbols !== undefined,
      optionNames: Object.keys(entry?.options.shape ?? family.options),
    },
    body: { name: body.name, options: body.options },
    latent,
    features: featuresOf(layout),
    parameters: countOf(spec.parameters),
    rows: { training, heldOut: data.validation.length },
    settings: ranWith(settings, training + data.validation.length),
    history: result.history,
    bestEpoch: result.bestEpoch,
    stopped: result.stopped,
    ...probes,
  };
}

/** A fixed choice of rows, so that the same run gets the same words. */
export function someOf(rows: Int32Array, most: number): Int32Array {
  if (rows.length <= most) return rows;
  return permutation(atSite(keyAt(0, 0), SITE), rows.length)
    .slice(0, most)
    .sort()
    .map((i) => rows[i] as number);
}
