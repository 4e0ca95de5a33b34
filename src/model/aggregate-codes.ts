/**
 * Codes as the decoder learned to read them: of families whose codes are uncertain one draw a row, so
 * that together they are draws of the aggregate posterior, q(z) = mean over rows of q(z | x).
 *
 * @see Makhzani et al., "Adversarial Autoencoders" (2016)
 */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Source } from "../data/source.ts";
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import { writeModel } from "../onnx/write.ts";
import { atSite, keyAt } from "../random/bits.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { batchFromRaw, completeLabel, partsIn, rawInputs } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import { chunkRows, chunksOf } from "./chunks.ts";
import type { ModelInfo } from "./types.ts";

const SITE = 0xa66;

/** @returns `[rows, latent]` */
export async function aggregateCodes(
  engine: Engine,
  network: Network,
  weights: Weights,
  info: Pick<ModelInfo, "label" | "family">,
  rows: Source,
  seed: number,
): Promise<Matrix> {
  const { preprocessing, latent } = network;
  const data = new Float32Array(rows.rows * latent);
  const session = await engine.open(writeModel(codesProgram(network, weights)));
  const chunk = chunkRows(2 * featuresOf(preprocessing.layout));
  try {
    for await (const { first, feeds } of chunksOf(preprocessing, info, rows, { chunk })) {
      const { code } = await session.run({ ...feeds, ...keyFor(network, seed, first) });
      data.set((code as Tensor<"float32">).data, first * latent);
    }
  } finally {
    await session.release();
  }
  return { rows: rows.rows, columns: latent, data };
}

function keyFor({ family }: Network, seed: number, at: number) {
  if (family.drawCode === undefined) return {};
  const { first, second } = atSite(keyAt(seed, at), SITE);
  return { key: tensor("uint32", Uint32Array.of(first, second), [2]) };
}

function codesProgram(network: Network, weights: Weights) {
  const { family } = network;
  const inputs = rawInputs(network);
  const key = family.drawCode && input("key", "uint32", [2]);
  const batch = batchFromRaw(network, inputs);
  const parts = partsIn(weightedScope(weights, key), network);
  const label = completeLabel(network, parts, batch);
  const known = label === undefined ? batch : { ...batch, label };
  return exportModel({
    name: "codes",
    inputs: [...Object.values(inputs), ...(key === undefined ? [] : [key])],
    outputs: { code: family.drawCode?.(parts, known) ?? family.encode(parts, known) },
  });
}
