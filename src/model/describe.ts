/** From a finished run to a model file: the graph, and what it says about itself. */
import { VERSION } from "../base/version.ts";
import type { Source } from "../data/source.ts";
import { fitMixture } from "../evaluate/fit-mixture.ts";
import type { Mixture } from "../evaluate/mixture.ts";
import type { Pca } from "../evaluate/pca.ts";
import type { Family } from "../families/family.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Network } from "../train/network.ts";
import type { RunResult } from "../train/run.ts";
import type { Weights } from "../train/weights.ts";
import { pickSource } from "./companions.ts";
import { shortName } from "./data.ts";
import type { ModelFile } from "./file.ts";
import { metadataOf } from "./file.ts";
import type { Material } from "./material.ts";
import { fittedModel } from "./fitted.ts";
import { inferenceModel } from "./inference.ts";
import type { Settings } from "./settings.ts";
import type { Model, ModelInfo } from "./types.ts";

interface Circumstances {
  /** Those in memory. */
  readonly rows: Source;
  readonly source: Source;
  readonly material: Material;
  readonly settings: Settings;
  readonly warnings: readonly Diagnosis[];
}

/** Makes the file: the graph, and what it says about itself. */
export async function describe(
  engine: Engine,
  network: Network,
  result: RunResult,
  pca: Pca | undefined,
  { rows, source, material, settings, warnings }: Circumstances,
): Promise<ModelFile> {
  const weights: Weights = result;
  const { family, body, latent, preprocessing } = network;
  const { split } = material;
  const heldOut = split.validation.length > 0;
  const info: ModelInfo = {
    format: 1,
    version: VERSION,
    created: new Date().toISOString(),
    family: { name: family.name, options: family.options },
    body: { name: body.name, options: body.options },
    latent,
    can: family.can,
    terms: family.terms,
    parameters: result.parameters.length,
    schema: preprocessing.schema,
    ...(network.label === undefined ? {} : { label: network.label }),
    training: {
      data: shortName(source.name),
      rows: material.training,
      validationRows: split.validation.length,
      seed: settings.seed,
      batch: settings.batch,
      epochs: settings.epochs,
      bestEpoch: result.bestEpoch,
      stopped: result.stopped,
      seconds: result.seconds,
      learningRate: settings.learningRate,
      optimizer: settings.optimizer,
      history: result.history,
      warnings,
    },
    scores: { heldOut, unit: family.terms["reconstruction"] ?? "nats", quantiles: [] },
  };
  const model = inferenceModel(network, weights, {});
  const draft = fittedModel({ model, info, pca }, source.name, { engine });
  const sample = (heldOut ? split.validation : split.training).slice(0, SCORE_ROWS);
  const mixture = await mixtureOf(engine, family, draft, rows, split.training, settings.seed);
  const { scores } = await draft.score(await pickSource(rows, sample));
  const full = { ...info, scores: { ...info.scores, quantiles: quantilesOf(scores) } };
  const about = { info: full, pca, mixture };
  return { ...about, model: { ...model, metadata: metadataOf(about) } };
}

/** Rows whose codes a mixture is fitted to, at most. */
const MIXTURE_ROWS = 20_000;

async function mixtureOf(
  engine: Engine,
  { prior }: Family,
  model: Model,
  rows: Source,
  training: Int32Array,
  seed: number,
): Promise<Mixture | undefined> {
  if (prior !== "mixture") return undefined;
  const codes = await model.encode(await pickSource(rows, training.slice(0, MIXTURE_ROWS)));
  return fitMixture(engine, codes, { seed });
}

const SCORE_ROWS = 8192;
const QUANTILES = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1];

function quantilesOf(scores: Float32Array): ModelInfo["scores"]["quantiles"] {
  const sorted = scores.toSorted();
  return QUANTILES.map((quantile) => {
    const at = quantile * (sorted.length - 1);
    const below = sorted[Math.floor(at)] as number;
    const above = sorted[Math.ceil(at)] as number;
    return { quantile, value: below + (above - below) * (at - Math.floor(at)) };
  });
}
