/**
 * New samples as draws of the likelihood, for families that have them: a graph of its own beside
 * the saved one, which knows means alone. Made from the file's weights when first asked for.
 */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import { concatRows } from "../data/rows.ts";
import type { Rows } from "../data/source.ts";
import { exportModel } from "../graph/export.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import type { OnnxModel } from "../onnx/messages.ts";
import { keyAt } from "../random/bits.ts";
import type { Network } from "../train/network.ts";
import { partsIn } from "../train/network.ts";
import type { Weights } from "../train/weights.ts";
import { weightedScope } from "../train/weights.ts";
import type { Inner } from "./runner.ts";
import { labelRows } from "./labels.ts";
import { networkFrom, weightsFrom } from "./restore.ts";

const INPUTS = {
  latent: "latent",
  key: "key",
  temperature: "temperature",
  label: "label.one-hot",
} as const;

/**
 * Inputs: codes `latent` `[batch, latent]`, `key` uint32 `[2]`, `temperature` float32, and one-hot
 * labels where the family takes them. Outputs: raw values, named as the saved model's.
 */
export function samplingProgram(network: Network, weights: Weights): OnnxModel | undefined {
  const { family, preprocessing, latent, label } = network;
  if (family.sample === undefined) return undefined;
  const codes = input(INPUTS.latent, "float32", ["batch", latent]);
  const key = input(INPUTS.key, "uint32", [2]);
  const temperature = input(INPUTS.temperature, "float32", []);
  const hot =
    label === undefined
      ? undefined
      : input(INPUTS.label, "float32", ["batch", label.classes.length]);
  const parts = partsIn(weightedScope(weights, key), network);
  return exportModel({
    name: "sampling",
    inputs: [codes, key, temperature, ...(hot === undefined ? [] : [hot])],
    outputs: preprocessing.outputs(family.sample(parts, codes, temperature, hot)),
  });
}

interface Draw {
  readonly seed: number;
  readonly temperature: number;
  readonly labels?: Labels | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Codes → one draw of the likelihood each; `undefined` where the family's samples are its means.
 * */
export async function drawRows(
  inner: Inner,
  codes: Matrix,
  { seed, temperature, labels, signal }: Draw,
): Promise<Rows | undefined> {
  const { name, preprocessing } = inner;
  const { info, model } = inner.file;
  const network = networkFrom(info, name);
  if (network.family.sample === undefined) return undefined;
  const session = await inner.opened(
    "sampling",
    () => samplingProgram(network, weightsFrom(model, network, name)) as OnnxModel,
  );
  const hot = labelRows(info, labels, codes.rows);
  const parts: Rows[] = [];
  const most = blockRows(featuresOf(preprocessing.layout));
  for (let row = 0; row < codes.rows; row += most) {
    signal?.throwIfAborted();
    const rows = Math.min(most, codes.rows - row);
    // Step 0 is the codes' own.
    const { first, second } = keyAt(seed, 1 + row / most);
    const out = await session.run({
      [INPUTS.latent]: rowsOf(codes, row, rows),
      [INPUTS.key]: tensor("uint32", Uint32Array.of(first, second), [2]),
      [INPUTS.temperature]: tensor("float32", Float32Array.of(temperature), []),
      ...(hot === undefined
        ? {}
        : { [INPUTS.label]: rowsOf({ ...hot, columns: hot.shape[1] as number }, row, rows) }),
    });
    parts.push(preprocessing.rows(out, rows));
  }
  return concatRows(parts);
}

/**
 * Rows a block, each with a key of its own. Set by the features alone, so that the first rows of a
 * seed are the same however many are asked for. Small, as a likelihood may hold a few dozen
 * numbers a feature.
 */
function blockRows(features: number): number {
  return Math.max(16, Math.min(1024, Math.floor(2 ** 18 / features)));
}

function rowsOf(
  { data, columns }: Pick<Matrix, "data" | "columns">,
  first: number,
  count: number,
): Tensor {
  const part = data.slice(first * columns, (first + count) * columns);
  return tensor("float32", part, [count, columns]);
}
