/** How well a head tells the labels of given rows, beside controls. */
import { pickRows } from "../../data/pick.ts";
import type { Source } from "../../data/source.ts";
import type { LabelComparison, LabelControl } from "../../evaluate/few-labels/compare.ts";
import { labelVerdict } from "../../evaluate/few-labels/compare.ts";
import { knownRows } from "../../evaluate/few-labels/choose.ts";
import type { LabelFigures } from "../../evaluate/few-labels/figures.ts";
import { classFigures, numberFigures } from "../../evaluate/few-labels/figures.ts";
import { inputError } from "../../base/errors.ts";
import { networkFrom } from "../restore.ts";
import { pickSource } from "../companions.ts";
import { sourceOf } from "../data.ts";
import type { Inner } from "../runner.ts";
import type { EvaluateOptions, Model } from "../types.ts";
import { fitControls } from "./controls.ts";
import type { HeadInfo } from "./head-info.ts";

/** Rows that are judged together. */
const BLOCK = 4096;

/**
 * @returns undefined for models without a head, and data without labels
 * @throws `data.labels` where labels are none that the head knows
 */
export async function measureLabels(
  inner: Inner,
  model: Pick<Model, "predict">,
  source: Source,
  { controlsFrom, signal }: Pick<EvaluateOptions, "controlsFrom" | "signal">,
): Promise<LabelComparison | undefined> {
  const { head, training } = inner.file.info;
  const labels = await source.labels?.();
  if (head === undefined || labels === undefined || model.predict === undefined) return undefined;
  const known = knownRows(labels);
  if (known.length === 0) return undefined;
  const texts = Array.from(known, (row) => labels[row] as string);
  const judge = judgeOf(head, texts, known, source.name);
  const said = await model.predict(
    await pickSource(source, known, signal),
    signal ? { signal } : {},
  );
  const figures = judge(said.numbers ?? said.chances.data);
  const notes: string[] = [];
  const controls: Partial<Record<LabelControl, LabelFigures>> = {};
  if (controlsFrom === undefined) {
    notes.push(
      "With --controls-from, the data the model was trained on, controls stand beside it that learn from the same labels.",
    );
  } else {
    const from = sourceOf(controlsFrom);
    const network = networkFrom(inner.file.info, inner.name);
    const fitted = await fitControls(
      inner.engine(),
      { network, pca: inner.file.pca, head, seed: training.seed },
      from,
      await labelsFor(from, head),
      signal,
    );
    notes.push(...fitted.notes);
    const given: Partial<Record<LabelControl, number[]>> = {};
    for (let row = 0; row < known.length; row += BLOCK) {
      const some = known.slice(row, row + BLOCK);
      const rows = await pickRows(source, some, signal);
      const answers = await fitted.say(network.preprocessing.ingest(rows, source.name));
      for (const [name, values] of Object.entries(answers)) {
        const all = (given[name as LabelControl] ??= []);
        for (const value of values) all.push(value);
      }
    }
    for (const [name, values] of Object.entries(given))
      controls[name as LabelControl] = judge(Float32Array.from(values));
  }
  controls.usual = judge(usualOf(head, known.length));
  const comparison = {
    kind: head.kind,
    rows: known.length,
    learnedFrom: head.rows.length,
    model: figures,
    controls,
  };
  return {
    label: head.label,
    ...comparison,
    notes,
    verdict: labelVerdict({ ...comparison, others: head.others }),
  };
}

/** @throws `data.labels` where the rows that the head learned from have other labels, or none */
async function labelsFor(source: Source, head: HeadInfo): Promise<readonly (string | null)[]> {
  const labels = await source.labels?.();
  const missing = head.rows.find((row) => (labels?.[row] ?? "") === "");
  const strange = head.rows.find(
    (row) => head.kind === "classes" && !head.classes.includes(labels?.[row] ?? ""),
  );
  const bad = missing ?? strange;
  if (labels !== undefined && bad === undefined) return labels;
  throw inputError("data.labels", {
    place: `${source.name}${bad === undefined ? "" : `, row ${bad + 1}`}`,
    expected: `the data that the model was trained on, with its label ${head.label}`,
    got: labels === undefined ? "no labels" : `a label of ${JSON.stringify(labels[bad ?? 0])}`,
    hint: "give the same file that ae train was given, in the same order",
  });
}

/** From chances, or numbers in raw units, to figures. */
function judgeOf(
  head: HeadInfo,
  texts: readonly string[],
  rows: Int32Array,
  place: string,
): (given: Float32Array) => LabelFigures {
  if (head.kind === "numbers") {
    const truth = Float64Array.from(texts, Number);
    const bad = truth.findIndex((value) => !Number.isFinite(value));
    if (bad < 0) return (given) => numberFigures(given, truth);
    throw strangeLabel(texts[bad] as string, rows[bad] as number, place, "a number");
  }
  const places = new Map(head.classes.map((label, i) => [label, i]));
  const truth = Int32Array.from(texts, (label) => places.get(label) ?? -1);
  const bad = truth.indexOf(-1);
  if (bad < 0) return (given) => classFigures(given, truth, head.classes.length);
  const expected = `one of the classes it learned: ${head.classes.slice(0, 10).toSorted().join(", ")}`;
  throw strangeLabel(texts[bad] as string, rows[bad] as number, place, expected);
}

function strangeLabel(label: string, row: number, place: string, expected: string): Error {
  return inputError("data.labels", {
    place: `${place}, row ${row + 1}, its label`,
    expected,
    got: JSON.stringify(label),
  });
}

/** Each class with its share among the labels; of numbers their mean. */
function usualOf({ kind, shares, center }: HeadInfo, rows: number): Float32Array {
  if (kind === "numbers") return new Float32Array(rows).fill(center);
  return Float32Array.from(
    { length: rows * shares.length },
    (_, i) => shares[i % shares.length] as number,
  );
}
