/** The labels that a fitted model is fed, for families that take them. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Labels } from "../data/labels.ts";
import { labelCodes, labelFeed, oneHotRows } from "../data/labels.ts";
import type { Source } from "../data/source.ts";
import { requireLabels } from "./companions.ts";
import type { ModelInfo } from "./types.ts";

/**
 * From a chunk's first row and count to the feed of its labels; undefined for families without.
 * Where labels are optional, data without any is data of unknown labels.
 *
 * @throws `data.labels` when the family needs labels and the data has none
 */
export async function labelsOf(
  source: Source,
  { label, family }: Pick<ModelInfo, "label" | "family">,
): Promise<((first: number, count: number) => Readonly<Record<string, Tensor>>) | undefined> {
  if (label === undefined) return undefined;
  const labels = await source.labels?.();
  if (label.required) requireLabels(family.name, labels, source.name);
  return (first, count) => {
    const some = labels?.slice(first, first + count) ?? Array.from({ length: count }, () => null);
    return { [label.input]: labelFeed(some, label, first) };
  };
}

/** One-hot labels for codes that are to be decoded. */
export function labelRows(
  { label, family }: ModelInfo,
  labels: Labels | undefined,
  rows: number,
): Tensor<"float32"> | undefined {
  if (label === undefined) return undefined;
  if (labels?.length !== rows || labels.includes(null)) {
    throw inputError("data.labels", {
      place: "codes",
      expected: `${rows} labels, one a code, since a ${family.name} autoencoder reads a code by its label`,
      got: labels === undefined ? "none" : `${labels.filter((one) => one !== null).length}`,
      hint: "give { labels }",
    });
  }
  return oneHotRows(labelCodes(labels, label), label.classes.length);
}
