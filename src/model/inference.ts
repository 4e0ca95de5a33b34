/** The graph of a saved model: raw values in; latent, reconstruction, score and its parts out. */
import { internalError } from "../base/errors.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { exportModel } from "../graph/export.ts";
import { sortedNodes } from "../graph/walk.ts";
import type { Network } from "../train/network.ts";
import { batchFromRaw, completeLabel, partsIn, rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";

/**
 * Outputs beside the reconstruction. For families that take labels, `label` is the one-hot that a
 * code is read with (the likeliest where none was given), and `classes` the chances of each.
 */
export const OUTPUTS = {
  latent: "latent",
  score: "score",
  parts: "parts",
  label: "label.used",
  classes: "classes",
} as const;

export function inferenceModel(
  network: Network,
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
): OnnxModel {
  const { preprocessing, family } = network;
  const inputs = rawInputs(network);
  const batch = batchFromRaw(network, inputs);
  const parts = partsIn(weightedScope(weights), network);
  const label = completeLabel(network, parts, batch);
  const latent = family.encode(parts, label === undefined ? batch : { ...batch, label });
  const { score, parts: shares } = family.score(parts, batch);
  const outputs = {
    [OUTPUTS.latent]: latent,
    ...preprocessing.outputs(family.decode(parts, latent, label)),
    [OUTPUTS.score]: score,
    [OUTPUTS.parts]: shares,
    ...(label === undefined ? {} : { [OUTPUTS.label]: label }),
    ...(family.classify === undefined ? {} : { [OUTPUTS.classes]: family.classify(parts, batch) }),
  };
  const model = exportModel({
    name: "autoencoder",
    inputs: Object.values(inputs),
    outputs,
    metadata,
  });
  const used = new Set(
    sortedNodes(Object.values(outputs)).map(({ attributes }) => attributes["name"]),
  );
  requireWeights(model, weights, used);
  return model;
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
