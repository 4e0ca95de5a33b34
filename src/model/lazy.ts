/**
 * What programs call that there is no model for yet. What they need is loaded with the first call: a
 * program that only might train starts at once.
 */
import type { Family } from "../families/family.ts";
import type { Data, Generative, Model, TrainOptions } from "./types.ts";

/**
 * Trains a family on data.
 *
 * Held-out rows decide when to stop and which weights to keep; preprocessing is fitted
 * on the training rows alone.
 *
 * Data that have no room in `memory` stream: docs/guide/large-data.md.
 *
 * @throws `data.*` for data that cannot be trained on, `train.memory` and `train.disk` where there
 *   is too little, `train.diverged`, `train.cancelled` when `signal` aborts (with a checkpoint, the
 *   run can go on)
 * @example
 * const model = await train(variational({ latent: 8 }), await readTable("payments.csv"), { seed: 1 });
 * await model.save("payments.onnx");
 */
export async function train<T extends string, G extends boolean>(
  family: Family<T, G>,
  data: Data,
  options: TrainOptions<T> = {},
): Promise<Model & (G extends true ? Generative : unknown)> {
  const { train: run } = await import("./train.ts");
  return run(family, data, options);
}

/**
 * A model from its file, or from its bytes. Files that this package did not write are
 * refused before a runtime sees them.
 *
 * @example
 * const model = await load("payments.onnx");
 * const { scores } = await model.score(await readTable("today.csv"));
 */
export async function load(
  from: string | Uint8Array,
  options: { readonly threads?: number } = {},
): Promise<Model & Partial<Generative>> {
  const { load: run } = await import("./load.ts");
  return run(from, options);
}

/**
 * The fixed space in which new rows are compared with real ones, trained on real rows: images, arrays
 * or series.
 *
 * @returns a model like any other: save it, and name it as the encoder of later evaluations
 * @example
 * const space = await featureSpace(training);
 * await space.save("space.onnx");
 * await model.evaluate(rows, { encoder: space });
 */
export async function featureSpace(
  data: Data,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Model> {
  const { featureSpace: run } = await import("./feature-space.ts");
  return run(data, options);
}
