/** The graph of a saved model: raw values in; latent, reconstruction, score and its parts out. */
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
  const latent = family.encode(parts, batch.x);
  const { score, parts: shares } = family.score(parts, batch);
  return exportModel({
    name: "autoencoder",
    inputs: Object.values(inputs),
    outputs: {
      [OUTPUTS.latent]: latent,
      ...preprocessing.outputs(family.decode(parts, latent)),
      [OUTPUTS.score]: score,
      [OUTPUTS.parts]: shares,
    },
    metadata,
  });
}
