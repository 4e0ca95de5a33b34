/** Loading a model file. */
import { parseModelFile, readModelBytes } from "./file.ts";
import { fittedModel } from "./fitted.ts";
import type { Generative, Model } from "./types.ts";

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
  const name = typeof from === "string" ? from : "model";
  const bytes = typeof from === "string" ? await readModelBytes(from) : from;
  return fittedModel(parseModelFile(bytes, name), name, options);
}
