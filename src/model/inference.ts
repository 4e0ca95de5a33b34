/** The graph of a saved model: raw values in; latent, reconstruction, score and its parts out. */
import { internalError } from "../base/errors.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { exportModel } from "../graph/export.ts";
import type { Network } from "../train/network.ts";
import { partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";

/** Outputs beside the reconstruction. */
export const OUTPUTS = { latent: "latent", score: "score", parts: "parts" } as const;

export function inferenceModel(
  network: Network,
  weights: Weights,
  metadata: Readonly<Record<string, string>>,
): OnnxModel {
  const { preprocessing, family } = network;
  const inputs = preprocessing.inputs();
  const batch = preprocessing.batch(preprocessing.compactFrom(inputs), { complete: false });
  const parts = partsIn(weightedScope(weights), network);
  const latent = family.encode(parts, batch);
  const { score, parts: shares } = family.score(parts, batch);
  const model = exportModel({
    name: "autoencoder",
    inputs: Object.values(inputs),
    outputs: {
      [OUTPUTS.latent]: latent,
      ...preprocessing.outputs(family.decode(parts, latent, batch.label)),
      [OUTPUTS.score]: score,
      [OUTPUTS.parts]: shares,
    },
    metadata,
  });
  requireWeights(model, weights);
  return model;
}

/** A weight whose name an input had taken would be written under another, and not be found again. */
function requireWeights({ graph }: OnnxModel, { spec }: Weights): void {
  const written = new Set(graph.initializers.map(({ name }) => name));
  const lost = [...spec.parameters, ...spec.buffers].find(({ name }) => !written.has(name));
  if (lost === undefined) return;
  throw internalError("model.weight-name", {
    place: `weight ${lost.name}`,
    expected: "to be written under its own name",
    got: "another name, or none",
    hint: "rename the column of that name",
  });
}
