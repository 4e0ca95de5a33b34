/** The graph of a saved model: raw values in; latent, reconstruction, score and its parts out. */
import { internalError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Detector } from "../detect/detector.ts";
import {
  THRESHOLD,
  calibrationTensors,
  blameInGraph,
  distancesInGraph,
  expectedInGraph,
  nearestInGraph,
  pValueInGraph,
  partsInGraph,
  scoreInGraph,
} from "../detect/graph.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { sortedNodes } from "../graph/walk.ts";
import { partOfFeature } from "../losses/layout.ts";
import { greater, reshapeLike } from "../ops/index.ts";
import type { Network } from "../train/network.ts";
import { rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { choiceScore, recommendDefaults, recommendations, withLinear } from "./choice-scores.ts";
import type { Head } from "./few-labels/fit.ts";
import { headInGraph } from "./few-labels/graph.ts";
import type { LinearPart } from "./linear-part/fit.ts";
import { seenInGraph } from "./seen.ts";

/**
 * Outputs beside the reconstruction. `score` is the detection rule's, `reconstruction` the family's
 * own loss; `parts` and `reconstructionParts` say what of them each part of a row causes; `pValue` the
 * chance that a usual row scores as high, `alarm` whether the score lies above the threshold. For
 * families that take labels, `label` is the one-hot that a code is read with (the likeliest where none
 * was given), and `classes` the chances of each. What the row is expected to be, by the rows that it is
 * nearest to, has the names of the reconstruction with `EXPECTED` for `RECONSTRUCTION`.
 */
export const OUTPUTS = {
  latent: "latent",
  score: "score",
  reconstruction: "score.reconstruction",
  parts: "parts",
  reconstructionParts: "parts.reconstruction",
  pValue: "p_value",
  alarm: "alarm",
  label: "label.used",
  classes: "classes",
} as const;

/** What names of reconstructed columns begin with; the whole name where a row is one tensor. */
export const RECONSTRUCTION = "reconstruction";
export const EXPECTED = "expected";

/**
 * Whether an output is RECONSTRUCTION or EXPECTED, or a column of it.
 *
 * @example
 * isOf(RECONSTRUCTION, "reconstruction.age"); // true
 */
export function isOf(what: string, name: string): boolean {
  return name === what || name.startsWith(`${what}.`);
}

interface WithOutputs {
  readonly model: { readonly graph: { readonly outputs: readonly { readonly name: string }[] } };
}

/** The outputs of a model file that are the reconstruction, in order. */
export function reconstructionNames({ model }: WithOutputs): readonly string[] {
  return namesOf(RECONSTRUCTION, model);
}

/** The outputs of a model file that say what was expected, in order. */
export function expectedNames({ model }: WithOutputs): readonly string[] {
  return namesOf(EXPECTED, model);
}

function namesOf(what: string, { graph }: WithOutputs["model"]): readonly string[] {
  return graph.outputs.map(({ name }) => name).filter((name) => isOf(what, name));
}

/** What a row is expected to be, under the names that `Preprocessing.rows` knows. */
export function asReconstruction<T>(outputs: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [
      isOf(EXPECTED, name) ? name.replace(EXPECTED, RECONSTRUCTION) : name,
      value,
    ]),
  );
}

/** The rule with what it takes for usual. */
export interface Detection {
  /** Absent for interactions, whose score is what their likelihood says. */
  readonly detector?: Detector | undefined;
  /** Scores of rows like those to come, rising; at most `CALIBRATION_ROWS`. */
  readonly calibration: Float32Array;
  readonly threshold: number;
}

/**
 * @param detection absent: the file has no `score` by the rule
 * @param head what few labels taught: `prediction` and `probability`
 * @param linear what recommends beside the network
 */
export function inferenceModel(
  network: Network,
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
  detection?: Detection,
  head?: Head,
  linear?: LinearPart,
): OnnxModel {
  const { preprocessing, family } = network;
  const inputs = rawInputs(network);
  const seen = seenInGraph(network, weights, inputs);
  const row = withLinear(seen, linear);
  const { batch, parts, label } = row;
  const { schema } = preprocessing;
  const next = schema.kind === "interactions" ? recommendations(row, schema) : undefined;
  const outputs = {
    [OUTPUTS.latent]: row.code,
    ...preprocessing.outputs(row.shown),
    ...(detection === undefined ? {} : detected(detection, row, preprocessing)),
    [OUTPUTS.reconstruction]: row.reconstruction,
    [OUTPUTS.reconstructionParts]: seen.shares,
    ...(label === undefined ? {} : { [OUTPUTS.label]: label }),
    ...(family.classify === undefined ? {} : { [OUTPUTS.classes]: family.classify(parts, batch) }),
    ...next?.outputs,
    ...(head === undefined ? {} : headInGraph(network, batch, head)),
  };
  const written = exportModel({
    name: "autoencoder",
    inputs: [...Object.values(inputs), ...(next?.inputs ?? [])],
    outputs,
    metadata,
  });
  const model =
    schema.kind === "interactions"
      ? withDefaults(written, recommendDefaults(schema.items.length))
      : written;
  const used = new Set(
    sortedNodes(Object.values(outputs)).map(({ attributes }) => attributes["name"]),
  );
  const kept = withUnused(model, weights, used);
  requireWeights(kept, weights, used);
  return kept;
}

/** Values of inputs that need not be given: an initializer of the same name. */
function withDefaults(model: OnnxModel, defaults: OnnxModel["graph"]["initializers"]): OnnxModel {
  const { graph } = model;
  return { ...model, graph: { ...graph, initializers: [...graph.initializers, ...defaults] } };
}

/** Weights that only draws are made with lie in the file too, used by no node of its graph. */
function withUnused(
  model: OnnxModel,
  { spec, parameters }: Weights,
  used: ReadonlySet<unknown>,
): OnnxModel {
  let at = 0;
  const unused = spec.parameters.flatMap(({ name, shape }) => {
    const from = at;
    at += sizeOf(shape);
    if (used.has(name)) return [];
    return [{ name, tensor: tensor("float32", parameters.slice(from, at), [...shape]) }];
  });
  if (unused.length === 0) return model;
  const { graph } = model;
  return { ...model, graph: { ...graph, initializers: [...graph.initializers, ...unused] } };
}

function detected(
  { detector, calibration, threshold }: Detection,
  row: ReturnType<typeof seenInGraph>,
  preprocessing: Preprocessing,
): Readonly<Record<string, Value>> {
  const { kind, layout } = preprocessing;
  const limit = constant(tensor("float32", Float32Array.of(threshold), []), THRESHOLD);
  if (detector === undefined) {
    const score = choiceScore(row);
    return {
      [OUTPUTS.score]: score,
      [OUTPUTS.parts]: row.shares,
      [OUTPUTS.pValue]: pValueInGraph(score, calibration),
      [OUTPUTS.alarm]: greater(score, limit),
    };
  }
  const near = nearestInGraph(detector, row);
  const score = scoreInGraph(detector, distancesInGraph(detector, row, near));
  // Alarms of series are about points, whose scores are folded from those of windows. A window is odd
  // in how its channels go together: which one is, shows in what the network does not give back.
  if (kind === "series") return { [OUTPUTS.score]: score, [OUTPUTS.parts]: row.shares };
  const parts = blameInGraph(detector, partsInGraph(detector, near, partOfFeature(layout)));
  const expected = preprocessing.outputs(
    reshapeLike(expectedInGraph(detector, near), row.shown.shape),
  );
  return {
    ...Object.fromEntries(
      Object.entries(expected).map(([name, value]) => [
        name.replace(RECONSTRUCTION, EXPECTED),
        value,
      ]),
    ),
    [OUTPUTS.score]: score,
    [OUTPUTS.parts]: parts,
    [OUTPUTS.pValue]: pValueInGraph(score, calibration),
    [OUTPUTS.alarm]: greater(score, limit),
  };
}

/** The model with another calibration: all else stays as it is. */
export function recalibrated(
  model: OnnxModel,
  { calibration, threshold }: Omit<Detection, "detector">,
): OnnxModel {
  const changed = new Map<string, Tensor>([
    ...Object.entries(calibrationTensors(calibration)),
    [THRESHOLD, tensor("float32", Float32Array.of(threshold), [])],
  ]);
  const initializers = model.graph.initializers.map((item) => ({
    ...item,
    tensor: changed.get(item.name) ?? item.tensor,
  }));
  return { ...model, graph: { ...model.graph, initializers } };
}

/**
 * A weight whose name an input had taken would be written under another, and not be found again.
 * Buffers that the graph does not use may be absent: they matter to training alone.
 */
function requireWeights({ graph }: OnnxModel, { spec }: Weights, used: ReadonlySet<unknown>): void {
  const written = new Set(graph.initializers.map(({ name }) => name));
  const needed = [...spec.parameters, ...spec.buffers.filter(({ name }) => used.has(name))];
  const lost = needed.find(({ name }) => !written.has(name));
  if (lost === undefined) return;
  throw internalError("model.weight-name", {
    place: `weight ${lost.name}`,
    expected: "to be written under its own name",
    got: "another name, or none",
    hint: "rename the column of that name",
  });
}
