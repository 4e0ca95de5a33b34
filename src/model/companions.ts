/** What a family may be given beside the data: labels, and the clean side of noisy/clean pairs. */
import { inputError } from "../base/errors.ts";
import type { Labels, LabelSchema } from "../data/labels.ts";
import { fitLabels } from "../data/labels.ts";
import { pickRows } from "../data/pick.ts";
import type { Preprocessing } from "../data/preprocessing.ts";
import type { Rows, Source } from "../data/source.ts";
import type { Family } from "../families/family.ts";
import { sourceOf } from "./data.ts";
import type { TrainOptions } from "./types.ts";

/**
 * The labels of all rows, for families that take them.
 *
 * @throws `data.labels` when there are none, or the family needs one in every row and one lacks
 */
export async function labelsFor(family: Family, source: Source): Promise<Labels | undefined> {
  if (family.label === undefined) return undefined;
  const labels = await source.labels?.();
  if (labels === undefined || family.label === "required")
    requireLabels(family.name, labels, source.name);
  return labels;
}

/** @throws `data.labels` naming the first row without one */
export function requireLabels(
  family: string,
  labels: Labels | undefined,
  place: string,
): asserts labels {
  if (labels === undefined) {
    throw inputError("data.labels", {
      place,
      expected: `labels, since a ${family} autoencoder is told what each row is`,
      got: "none",
      hint: "name them with --label, or { label } when reading",
    });
  }
  const missing = labels.indexOf(null);
  if (missing < 0) return;
  throw inputError("data.labels", {
    place: `${place}, row ${missing + 1}`,
    expected: `a label in every row, as a ${family} autoencoder needs`,
    got: "none",
    hint: "take the semi-supervised family, which learns from rows without labels too",
  });
}

/** Classes and their shares. Held-out rows count too: a class of theirs alone needs a place. */
export function fitLabelsOf(
  family: Family,
  labels: Labels,
  { label = "label" }: Source,
  preprocessing: Preprocessing,
): LabelSchema {
  const taken = Object.keys(preprocessing.inputs());
  return { ...fitLabels(labels, label, taken), required: family.label === "required" };
}

/**
 * Where the clean side of pairs comes from, checked against the noisy side.
 *
 * @throws `options.invalid` when the family does not learn from pairs, `data.pairs` when the two
 *   sides do not go together
 */
export function cleanSide(
  family: Family,
  noisy: Source,
  { clean }: Pick<TrainOptions, "clean">,
): Source | undefined {
  if (clean === undefined) return undefined;
  if (family.pairs !== true) {
    throw inputError("options.invalid", {
      place: "clean",
      expected: "a family that learns from noisy and clean pairs",
      got: `the ${family.name} family`,
      hint: "take the denoising family",
    });
  }
  const source = sourceOf(clean);
  const fits = source.kind === noisy.kind && source.rows === noisy.rows;
  if (!fits) {
    throw inputError("data.pairs", {
      place: source.name,
      expected: `${noisy.rows.toLocaleString("en")} rows of the same kind as ${noisy.name} (${noisy.kind}), each the clean side of the row at its place`,
      got: `${source.rows.toLocaleString("en")} rows (${source.kind})`,
    });
  }
  return source;
}

/** Rows in memory as a source that carries their labels. */
export function labelled(rows: Rows, labels: Labels | undefined, { name, label }: Source): Source {
  const source = sourceOf(rows);
  if (labels === undefined) return { ...source, name };
  return {
    ...source,
    name,
    labels: () => Promise.resolve(labels),
    ...(label === undefined ? {} : { label }),
  };
}

/** Some rows of a source in memory, with their labels. */
export async function pickSource(
  source: Source,
  indices: Int32Array,
  signal?: AbortSignal,
): Promise<Source> {
  const rows = await pickRows(source, indices, signal);
  const labels = await source.labels?.();
  return labelled(rows, labels && Array.from(indices, (row) => labels[row] ?? null), source);
}
