/** What a model tells of labels, beside what the same labels teach without it, and who won. */
import type { ClassFigures, LabelFigures, NumberFigures } from "./figures.ts";

/** What labels teach without the rows beside them. */
export const labelControls = {
  linearFeatures: "linear model on the features",
  linearPca: "linear model on principal components",
  scratch: "the same network from scratch",
  usual: "always the usual one",
} as const;

export type LabelControl = keyof typeof labelControls;

export interface LabelComparison {
  /** Name of the label. */
  readonly label: string;
  readonly kind: "classes" | "numbers";
  /** Rows whose label is known and that were judged by; labels that the model learned from. */
  readonly rows: number;
  readonly learnedFrom: number;
  readonly model: LabelFigures;
  readonly controls: Readonly<Partial<Record<LabelControl, LabelFigures>>>;
  /** Sentences: what was left out, and why. */
  readonly notes: readonly string[];
  readonly verdict: string;
}

/** A difference within so many standard errors is none. */
const CERTAIN = 1.96;

/**
 * @param found the figures of the model and of each control, on the same rows; `others`: rows
 *   without a label that it learned from
 */
export function labelVerdict({
  kind,
  rows,
  learnedFrom,
  others,
  model,
  controls,
}: Omit<LabelComparison, "verdict" | "label" | "notes"> & { readonly others: number }): string {
  const rivals = Object.entries(controls).filter(([name]) => name !== "usual");
  const all = rivals.length === 0 ? Object.entries(controls) : rivals;
  const [best] = all.toSorted(([, a], [, b]) => meritOf(b) - meritOf(a));
  const labels = `${learnedFrom.toLocaleString("en")} labels`;
  const own =
    kind === "classes" ? classWords(model as ClassFigures) : numberWords(model as NumberFigures);
  const start = `With ${labels} the model tells ${own}.`;
  if (best === undefined) return start;
  const [name, rival] = best;
  const called = labelControls[name as LabelControl];
  const theirs =
    kind === "classes"
      ? percent((rival as ClassFigures).accuracy)
      : fixed((rival as NumberFigures).r2);
  const certain =
    kind === "classes"
      ? CERTAIN * errorOf(model as ClassFigures, rival as ClassFigures, rows)
      : 0.01;
  const difference = meritOf(model) - meritOf(rival);
  if (Math.abs(difference) <= certain)
    return `${start} That is no better and no worse than the best control, ${called} (${theirs}): the difference is within chance.`;
  const worth =
    rivals.length === 0
      ? "the labels were worth it"
      : others === 0
        ? "a network and a linear model together were worth it, though rows without labels added nothing"
        : "learning from the rows without labels was worth it";
  return difference > 0
    ? `${start} The best control, ${called}, comes to ${theirs}: ${worth}.`
    : `${start} The best control, ${called}, comes to ${theirs} and is better: take it, or label more rows.`;
}

function meritOf(figures: LabelFigures): number {
  return "accuracy" in figures ? figures.accuracy : figures.r2;
}

/** Of the difference of two shares of the same rows, at most. */
function errorOf(a: ClassFigures, b: ClassFigures, rows: number): number {
  return Math.sqrt((a.accuracy * (1 - a.accuracy) + b.accuracy * (1 - b.accuracy)) / rows);
}

function classWords({ accuracy, ece }: ClassFigures): string {
  return `${percent(accuracy)} of rows right, and its chances are off by ${percent(ece)} on average`;
}

function numberWords({ r2, rmse }: NumberFigures): string {
  return `numbers with an error of ${Number(rmse.toPrecision(3))} (R² ${fixed(r2)})`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function fixed(value: number): string {
  return value.toFixed(3);
}
