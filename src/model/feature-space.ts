/**
 * The fixed space in which new rows are compared with real ones: the codes of an autoencoder of its
 * own that fills in what was masked (docs/decisions/comparing-samples.md says what it was chosen
 * among). Its configuration and seed never change, so the same rows make the same space.
 */
import { conv } from "../bodies/conv.ts";
import { pickRows } from "../data/pick.ts";
import type { Source } from "../data/source.ts";
import { drawnRows } from "../evaluate/detection/points.ts";
import { denoising } from "../families/denoising.ts";
import { sourceOf } from "./data.ts";
import { train } from "./train.ts";
import type { Data, Model } from "./types.ts";

const LATENT = 64;
const LEVEL = 0.25;
const EPOCHS = 10;
const MOST_ROWS = 10_000;
const SEED = 0;
/** Images too small for two convolutions take the dense body. */
const LEAST_SIDE = 8;

/**
 * Trains the space on real rows: images, arrays or series.
 *
 * @returns a model like any other: save it, and name it as the encoder of later evaluations
 * @example
 * const space = await featureSpace(training);
 * await space.save("space.onnx");
 * await model.evaluate(rows, { encoder: space });
 */
export async function featureSpace(
  data: Data,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Model> {
  const source = sourceOf(data);
  const rows = await pickRows(source, drawnRows(source.rows, MOST_ROWS, SEED), signal);
  const features = featureCount(source);
  const image = source.kind === "images" && Math.min(source.height, source.width) >= LEAST_SIDE;
  const family = denoising({
    corruption: "masking",
    level: LEVEL,
    latent: Math.max(1, Math.min(LATENT, Math.ceil(features / 2))),
    ...(image ? { body: conv([16, 64]) } : {}),
  });
  return train(family, rows, {
    epochs: EPOCHS,
    batch: 64,
    validation: 0,
    seed: SEED,
    ...(signal === undefined ? {} : { signal }),
  });
}

function featureCount(source: Source): number {
  switch (source.kind) {
    case "images":
      return source.height * source.width * source.channels;
    case "array":
      return source.shape.reduce((product, n) => product * n, 1);
    case "series":
      return source.window * source.channels.length;
    case "table":
      return source.columns.length;
    case "interactions":
      return source.items.length;
  }
}
