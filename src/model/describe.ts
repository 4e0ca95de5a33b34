/** From a finished run to a model file: the graph, and what it says about itself. */
import { VERSION } from "../base/version.ts";
import type { Schema } from "../data/preprocessing.ts";
import type { Source } from "../data/source.ts";
import type { Threshold } from "../detect/calibration.ts";
import { calibrationOf, falseAlarmsFor, thresholdOf } from "../detect/calibration.ts";
import { SCORE_UNIT } from "../detect/detector.ts";
import type { Pca } from "../evaluate/pca.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Diagnosis } from "../train/doctor/diagnosis.ts";
import type { Network } from "../train/network.ts";
import type { RunResult } from "../train/run.ts";
import type { Weights } from "../train/weights.ts";
import { someOf } from "./checkup.ts";
import { pickSource } from "./companions.ts";
import { shortName } from "./data.ts";
import { CHOICE_UNIT, scoresOfChoices } from "./choice-scores.ts";
import type { Measured } from "./fit-detection.ts";
import type { Head } from "./few-labels/fit.ts";
import { fitDetection } from "./fit-detection.ts";
import type { ModelFile } from "./file.ts";
import { metadataOf } from "./file.ts";
import type { Material } from "./material.ts";
import { fittedModel } from "./fitted.ts";
import { foldWindows } from "./fold.ts";
import type { LinearPart } from "./linear-part/fit.ts";
import { inferenceModel } from "./inference.ts";
import { quantilesOf } from "./score-quantiles.ts";
import { codeMixture } from "./code-mixture.ts";
import type { Settings } from "./settings.ts";
import type { Start } from "./start.ts";
import type { ModelInfo } from "./types.ts";

interface Circumstances {
  /** Those in memory. */
  readonly rows: Source;
  readonly source: Source;
  readonly material: Material;
  readonly settings: Settings;
  readonly warnings: readonly Diagnosis[];
  /** What labelled rows taught. */
  readonly head?: Head | undefined;
  readonly linear?: LinearPart | undefined;
  readonly start?: Pick<Start, "init" | "pretrained">;
}

/** Makes the file: the graph, and what it says about itself. */
export async function describe(
  engine: Engine,
  network: Network,
  result: RunResult,
  pca: Pca | undefined,
  { rows, source, material, settings, warnings, head, linear, start }: Circumstances,
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
    ...(head === undefined ? {} : { head: head.info }),
    ...(linear === undefined ? {} : { linearPart: linear.info }),
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
      ...(start?.init === undefined ? {} : { init: start.init }),
      ...(start?.pretrained === undefined ? {} : { pretrained: start.pretrained }),
      warnings,
    },
    scores: {
      heldOut,
      unit: preprocessing.kind === "interactions" ? CHOICE_UNIT : SCORE_UNIT,
      quantiles: [],
      reconstruction: { unit: family.terms["reconstruction"] ?? "nats", quantiles: [] },
    },
    alarms: { by: "score", at: 0, value: Infinity, rows: 0, data: "", heldOut },
  };
  const sample = sampleOf(heldOut ? split.validation : split.training, preprocessing.schema);
  const given = { engine, network, weights, info, rows, calibration: sample };
  const choices = preprocessing.kind === "interactions";
  const { detector, scores, reconstruction }: Found = choices
    ? await scoresOfChoices({ ...given, linear })
    : await fitDetection({
        ...given,
        training: split.training,
        ...(rows.kind === "series" && heldOut
          ? { all: Int32Array.from({ length: rows.rows }, (_, row) => row) }
          : {}),
        seed: settings.seed,
      });
  const calibration = calibrationOf(scores);
  const threshold = promised(calibration);
  const model = inferenceModel(
    network,
    weights,
    {},
    {
      detector,
      calibration,
      threshold: threshold.value,
    },
    head,
    linear,
  );
  const draft = fittedModel({ model, info, pca, calibration }, source.name, { engine });
  const mixture = await codeMixture(
    engine,
    network,
    weights,
    draft,
    rows,
    split.training,
    settings.seed,
  );
  const points = pointsOf(await pickSource(rows, sample), scores);
  const about = {
    info: {
      ...info,
      scores: {
        ...info.scores,
        quantiles: quantilesOf(scores),
        reconstruction: {
          unit: family.terms["reconstruction"] ?? "nats",
          quantiles: quantilesOf(reconstruction),
        },
        ...(points === undefined ? {} : { points: quantilesOf(points) }),
      },
      alarms: {
        ...(points === undefined ? threshold : promised(calibrationOf(points))),
        rows: (points ?? scores).length,
        data: shortName(source.name),
        heldOut,
      },
    },
    pca,
    mixture,
    calibration: points === undefined ? calibration : calibrationOf(points),
  };
  return { ...about, model: { ...model, metadata: metadataOf(about) } };
}

type Found = Omit<Measured, "detector"> & Partial<Pick<Measured, "detector">>;

/** As many false alarms as so many scores can promise. */
function promised(calibration: Float32Array): Threshold {
  return thresholdOf(calibration, {
    by: "false-alarms",
    at: falseAlarmsFor(calibration.length),
  });
}

/** Of series, scores of points, which alarms are about. */
function pointsOf(picked: Source, scores: Float32Array): Float64Array | undefined {
  if (picked.kind !== "series") return undefined;
  const { points, window: steps, starts } = picked;
  const fold = foldWindows({ points: points.rows.length, steps });
  fold.add({ starts, scores });
  return fold.end().filter(Number.isFinite);
}

const SCORE_ROWS = 8192;
/** Windows of series that stay together, in their own length: most of their points are in many. */
const STRETCH = 8;

/**
 * Rows from all over the data, which may be in an order: the first ones could be of another kind. Of
 * series, stretches of neighbouring windows, since points are scored by all windows they are in.
 */
function sampleOf(rows: Int32Array, schema: Schema): Int32Array {
  if (schema.kind !== "series" || rows.length <= SCORE_ROWS) return someOf(rows, SCORE_ROWS);
  const count = Math.max(1, Math.floor(SCORE_ROWS / (STRETCH * schema.window)));
  const size = Math.floor(SCORE_ROWS / count);
  const sample = new Int32Array(count * size);
  for (let stretch = 0; stretch < count; stretch += 1) {
    const first = Math.floor(((rows.length - size) * (stretch + 0.5)) / count);
    sample.set(rows.subarray(first, first + size), stretch * size);
  }
  return sample;
}
