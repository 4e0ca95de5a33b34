/**
 * What a straight line reads from a code: a linear model from standardised codes to labels, fitted
 * on some rows and judged on others.
 *
 *   probeAccuracy = share of test rows whose class is found (`logistic.ts`)
 *   probeR2 = variance explained, where labels are numbers of many values (`ridge.ts`)
 *
 * Without rows to fit on, a half of the labelled rows fits and the other half judges, chosen by a
 * fixed permutation. Beside the codes stand the features themselves, `raw`: a code that tells less
 * has lost something, one that tells more has made it easier to read.
 *
 * @see Alain and Bengio, "Understanding intermediate layers using linear classifier probes" (2016)
 */
import type { Matrix } from "../../base/tensor.ts";
import type { Labels } from "../../data/labels.ts";
import type { Source } from "../../data/source.ts";
import { featuresOf } from "../../losses/layout.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import { logisticAccuracies } from "./logistic.ts";
import type { ContenderName, Figures, MetricGroup, Study } from "./metric.ts";
import { ridgeScores } from "./ridge.ts";

const SPLIT_SITE = 0x9b0be;
/** More rows than this change no figure that is shown. */
const MOST_ROWS = 20_000;
/** More values than this, all numbers, are no classes. */
const MOST_NUMBERS = 20;
const MOST_CLASSES = 1000;
/** Of the raw features: beyond, fitting takes minutes, and their table 256 MB. */
const MOST_FEATURES = 4096;
const MOST_RAW = 2 ** 26;

export const probe: MetricGroup = {
  title: "Labels",
  metrics: {
    probeAccuracy: {
      label: "Linear probe",
      unit: "",
      better: "higher",
      compare: "difference",
      share: true,
      help: "labels that a straight line finds in the code",
    },
    probeR2: {
      label: "Linear probe (R²)",
      unit: "",
      better: "higher",
      compare: "difference",
      help: "variance of labels that a line finds in the code",
    },
  },
  conclude: async (study) => {
    const { source, request } = study;
    const { labels, probeTrain } = request;
    // A code that is read together with the label need not hold it, and better does not.
    if (labels === undefined || study.network.family.label === "required") return new Map();
    const known = labelledRows(labels);
    const [fitSide, testSide] =
      probeTrain === undefined
        ? halves(source, labels, known)
        : [await sideOf(probeTrain), { source, labels, rows: known.slice(0, MOST_ROWS) }];
    const told = probeTrain === undefined ? "the other half of the labelled rows" : probeTrain.name;
    if (fitSide.rows.length < 2 || testSide.rows.length < 2) return new Map();
    study.note(`The linear probe was fitted on ${told}.`);
    return compare(study, fitSide, testSide);
  },
};

interface Side {
  readonly source: Source;
  readonly labels: Labels;
  readonly rows: Int32Array;
}

/** Rows with a label, in a fixed random order. */
function labelledRows(labels: Labels): Int32Array {
  return permutation(atSite(keyAt(0, 0), SPLIT_SITE), labels.length).filter(
    (row) => labels[row] !== null && labels[row] !== undefined,
  );
}

function halves(source: Source, labels: Labels, known: Int32Array): readonly [Side, Side] {
  const half = Math.min(MOST_ROWS, known.length >> 1);
  return [
    { source, labels, rows: known.slice(0, half) },
    { source, labels, rows: known.slice(half, half + MOST_ROWS) },
  ];
}

async function sideOf(source: Source): Promise<Side> {
  const labels = (await source.labels?.()) ?? [];
  return { source, labels, rows: labelledRows(labels).slice(0, MOST_ROWS) };
}

async function compare(
  study: Study,
  fit: Side,
  test: Side,
): Promise<ReadonlyMap<ContenderName, Figures>> {
  const labelsOf = ({ labels, rows }: Side): readonly string[] =>
    Array.from(rows, (row) => labels[row] as string);
  const [fitLabels, testLabels] = [labelsOf(fit), labelsOf(test)];
  const values = [...new Set(fitLabels)].sort();
  const numbers = values.length > MOST_NUMBERS && [...values, ...testLabels].every(isNumber);
  if (values.length < 2) {
    study.note("The linear probe was left out: all rows that it could learn from have one label.");
    return new Map();
  }
  if (!numbers && (values.length > MOST_CLASSES || values.length > fitLabels.length / 2)) {
    study.note(
      `The linear probe was left out: ${values.length} labels in ${fitLabels.length} rows are no classes.`,
    );
    return new Map();
  }
  const raw = withRaw(study, fit.rows.length + test.rows.length);
  const fitCodes = await study.codes(fit.source, fit.rows, { raw });
  const testCodes = await study.codes(test.source, test.rows, { raw });
  const names = [...fitCodes.keys()];
  const pairs = names.map((name) =>
    standardised(fitCodes.get(name) as Matrix, testCodes.get(name) as Matrix),
  );
  if (numbers) {
    const toNumbers = (texts: readonly string[]) => Float64Array.from(texts, Number);
    const y = toNumbers(testLabels);
    if (y.every((value) => value === y[0])) return new Map();
    const scores = await ridgeScores(study.engine, pairs, toNumbers(fitLabels), y);
    return new Map(names.map((name, i) => [name, { probeR2: scores[i] as number }]));
  }
  const places = new Map(values.map((value, i) => [value, i]));
  const toPlaces = (texts: readonly string[]) =>
    Int32Array.from(texts, (text) => places.get(text) ?? -1);
  const shares = await logisticAccuracies(study.engine, pairs, {
    fit: toPlaces(fitLabels),
    test: toPlaces(testLabels),
    count: values.length,
  });
  study.note(`The most frequent label is ${percent(mostFrequent(testLabels))} of the rows judged.`);
  return new Map(names.map((name, i) => [name, { probeAccuracy: shares[i] as number }]));
}

/** Whether the features themselves can be probed too. */
function withRaw(study: Study, rows: number): boolean {
  const features = featuresOf(study.network.preprocessing.layout);
  if (features <= MOST_FEATURES && rows * features <= MOST_RAW) return true;
  study.note(`The raw features were not probed: ${features.toLocaleString("en")} are too many.`);
  return false;
}

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

function mostFrequent(labels: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return Math.max(...counts.values()) / labels.length;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}

/** Both by the mean and deviation of the rows to fit on; a column without spread becomes 0. */
export function standardised(
  fit: Matrix,
  test: Matrix,
): { readonly fit: Matrix; readonly test: Matrix } {
  const { columns } = fit;
  const center = new Float64Array(columns);
  const spread = new Float64Array(columns);
  for (const [i, x] of fit.data.entries())
    center[i % columns] = (center[i % columns] as number) + x;
  for (let i = 0; i < columns; i += 1) center[i] = (center[i] as number) / fit.rows;
  for (const [i, x] of fit.data.entries()) {
    const at = i % columns;
    spread[at] = (spread[at] as number) + (x - (center[at] as number)) ** 2;
  }
  const scaled = ({ data, rows }: Matrix): Matrix => ({
    rows,
    columns,
    data: data.map((x, i) => {
      const at = i % columns;
      const deviation = Math.sqrt((spread[at] as number) / fit.rows);
      return deviation > 1e-12 ? (x - (center[at] as number)) / deviation : 0;
    }),
  });
  return { fit: scaled(fit), test: scaled(test) };
}
