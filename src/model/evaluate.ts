/** Metrics of a fitted model on data, with PCA of the same size beside. */
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import type { Evaluation } from "../evaluate/evaluation.ts";
import { errorMetrics, metricsFrom } from "../evaluate/metrics.ts";
import { evaluationProgram } from "../evaluate/program.ts";
import { verdictOf } from "../evaluate/verdict.ts";
import { writeModel } from "../onnx/write.ts";
import { keyAt } from "../random/bits.ts";
import { sourceOf } from "./data.ts";
import type { Inner } from "./fitted.ts";
import { networkFrom, weightsFrom } from "./restore.ts";
import type { Data, VerbOptions } from "./types.ts";

/** The draws of an evaluation are fixed: the same model and data give the same figures. */
const EVALUATION_SEED = 0xe7a1;

export async function evaluateModel(
  inner: Inner,
  data: Data,
  options: VerbOptions,
): Promise<Evaluation> {
  return (await measure(inner, data, options)).evaluation;
}

/** An evaluation, and what only the report shows: the mean KL a dimension of the code. */
export async function measure(
  inner: Inner,
  data: Data,
  options: VerbOptions,
): Promise<{ readonly evaluation: Evaluation; readonly kl: readonly number[] | undefined }> {
  const { file, name, preprocessing } = inner;
  const { info, pca } = file;
  const network = networkFrom(info, name);
  const program = evaluationProgram(network, weightsFrom(file.model, network, name), pca);
  const session = await inner.engine().open(writeModel(program));
  const sums: Record<string, number> = {};
  const divergence = new Float64Array(info.latent);
  let rows = 0;
  try {
    for await (const chunk of inner.chunks(data, options)) {
      const { first, second } = keyAt(EVALUATION_SEED, rows);
      const out = await session.run({
        ...chunk.feeds,
        key: tensor("uint32", Uint32Array.of(first, second), [2]),
      });
      const { divergence: chunkDivergence, ...perRow } = out;
      for (const [i, x] of ((chunkDivergence?.data ?? []) as Float32Array).entries()) {
        divergence[i] = (divergence[i] as number) + x;
      }
      for (const [output, value] of Object.entries(perRow)) {
        sums[output] = (value as Tensor<"float32">).data.reduce(
          (total, x) => total + x,
          sums[output] ?? 0,
        );
      }
      rows += chunk.rows.rows;
    }
  } finally {
    await session.release();
  }
  const { layout } = preprocessing;
  const metrics = metricsFrom(sums, rows, layout, info.terms);
  const controls = pca === undefined ? {} : { pca: errorMetrics(sums, "pca.", rows, layout) };
  const evaluation: Evaluation = {
    model: { family: info.family.name, body: info.body.name, latent: info.latent },
    data: sourceOf(data).name,
    rows,
    metrics,
    controls,
    verdict: verdictOf(metrics, controls.pca, info.latent),
  };
  const hasKl = network.family.divergence !== undefined;
  return { evaluation, kl: hasKl ? Array.from(divergence, (x) => x / rows) : undefined };
}
