/** A model's scores beside those of the controls, by labels that were never trained on. */
import { compareVerdict } from "./detection-verdict.ts";
import type { FittedDetector, Points, ScoringOptions } from "./detector.ts";
import { detectionControls } from "./index.ts";
import type { AnomalyLabels } from "./ranking.ts";
import { areaUnderRoc, averagePrecision, precisionRecall } from "./ranking.ts";

/** Those of rows, and that of series. */
export type DetectionControl = keyof typeof detectionControls | "subsequencePca";
type RowControl = keyof typeof detectionControls;

export interface DetectionFigures {
  /** The chance that an anomaly scores higher than another row. */
  readonly auroc: number;
  /** Precision, averaged over the anomalies from the highest score down. */
  readonly averagePrecision: number;
  /** Of series: average precision that forgives an alarm beside an interval. */
  readonly vusPr?: number;
}

/** `[recall, precision]`, recall rising. */
export type Curve = readonly (readonly [recall: number, precision: number])[];

export interface Detection {
  /** What was ranked: rows, or points of series. */
  readonly of: "rows" | "points";
  /** Those whose label is known, and the anomalies among them. */
  readonly rows: number;
  readonly anomalies: number;
  readonly model: DetectionFigures;
  readonly controls: Readonly<Partial<Record<DetectionControl, DetectionFigures>>>;
  /** What to call each control. */
  readonly names: Readonly<Partial<Record<DetectionControl, string>>>;
  /** Sentences: what the controls were fitted on, and which were left out. */
  readonly notes: readonly string[];
  /** Precision over recall, to draw; only where asked for. */
  readonly curves?: Readonly<Partial<Record<"model" | DetectionControl, Curve>>>;
  /** Who won, by how much. */
  readonly verdict: string;
}

export interface FittedControls {
  readonly names: readonly RowControl[];
  /** Scores of each control, in the order of the names. */
  readonly score: (points: Points, options?: ScoringOptions) => readonly Float64Array[];
  readonly notes: readonly string[];
}

/** @param options.toScore how many rows are to be scored */
export function fitControls(
  points: Points,
  options: { readonly seed?: number; readonly toScore?: number } = {},
): FittedControls {
  const notes: string[] = [];
  const fitted: (readonly [RowControl, FittedDetector])[] = [];
  for (const name of Object.keys(detectionControls) as RowControl[]) {
    const { label, mostColumns = Infinity, fit } = detectionControls[name];
    if (points.columns > mostColumns) {
      notes.push(
        `The control ${label} was left out: it takes ${mostColumns} features at most, and rows have ${points.columns}.`,
      );
      continue;
    }
    const detector = fit(points, options);
    notes.push(...detector.notes);
    fitted.push([name, detector]);
  }
  return {
    names: fitted.map(([name]) => name),
    score: (others, scoring) => fitted.map(([, detector]) => detector.score(others, scoring)),
    notes,
  };
}

/**
 * Fits the controls on some points, scores others, and says who ranks the anomalies best.
 *
 * @param train `[rows, features]`, what is usual, features scaled alike
 * @param test the rows of the labels and scores
 * @param labels one a row of `test`, 1 of an anomaly
 * @param scores the model's
 * @param options.fittedRow for each row of `test` its row in `train`, −1 for none
 * @returns undefined where all rows are anomalies, or none is
 *
 * @example
 * const detection = compareDetectors(train, test, labels, scores, { seed: 1 });
 * console.log(detection?.model.auroc, detection?.verdict);
 */
export function compareDetectors(
  train: Points,
  test: Points,
  labels: AnomalyLabels,
  scores: ArrayLike<number>,
  { seed = 0, fittedRow }: { readonly seed?: number } & ScoringOptions = {},
): Detection | undefined {
  const controls = fitControls(train, { seed, toScore: test.rows });
  const found = controls.score(test, fittedRow === undefined ? {} : { fittedRow });
  return judged(labels, scores, controls, found);
}

/**
 * Figures and verdict of scores.
 *
 * @param found the scores of each control, in the order of their names
 */
export function judged(
  labels: AnomalyLabels,
  scores: ArrayLike<number>,
  { names, notes }: Pick<FittedControls, "names" | "notes">,
  found: readonly ArrayLike<number>[],
  { curves = false }: { readonly curves?: boolean } = {},
): Detection | undefined {
  const model = figuresOf(scores, labels);
  if (model === undefined) return undefined;
  const controls = Object.fromEntries(
    names.map((name, i) => [name, figuresOf(found[i] ?? [], labels)]),
  ) as Record<RowControl, DetectionFigures>;
  const anomalies = Array.from(labels).filter(Boolean).length;
  return {
    of: "rows",
    rows: labels.length,
    anomalies,
    model,
    controls,
    names: Object.fromEntries(names.map((name) => [name, detectionControls[name].label])),
    notes,
    ...(curves ? { curves: curvesOf({ model: scores, ...byName(names, found) }, labels) } : {}),
    verdict: compareVerdict(
      model,
      names.map((name) => [detectionControls[name].label, controls[name]]),
    ),
  };
}

function byName<K extends string, T>(names: readonly K[], values: readonly T[]): Record<K, T> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<K, T>;
}

export function curvesOf(
  scores: Readonly<Record<string, ArrayLike<number>>>,
  labels: AnomalyLabels,
): Readonly<Record<string, Curve>> {
  return Object.fromEntries(
    Object.entries(scores).map(([name, own]) => [name, precisionRecall(own, labels)]),
  );
}

export function figuresOf(
  scores: ArrayLike<number>,
  labels: AnomalyLabels,
): DetectionFigures | undefined {
  const auroc = areaUnderRoc(scores, labels);
  const precision = averagePrecision(scores, labels);
  if (auroc === undefined || precision === undefined) return undefined;
  return { auroc, averagePrecision: precision };
}
