/**
 * Train on synthetic, test on real: boosted trees learn a column from samples, and are judged on
 * held-out rows. As much as they lose against trees that learned from as many real rows, the
 * samples have lost of what the columns say of each other.
 *
 * @see Esteban, Hyland and Rätsch, "Real-valued (medical) time series generation with recurrent
 *   conditional GANs" (2017), section 4.2
 */
import { areaUnderRoc } from "../detection/ranking.ts";
import type { Target } from "./boosting.ts";
import { fitBoosting } from "./boosting.ts";
import type { Field, Fields } from "./fields.ts";
import { takeFields } from "./fields.ts";

/** Numbers of so few values are classes. */
const MOST_VALUES = 10;
/** Trees a round are one a class: more classes take minutes. */
const MOST_CLASSES = 20;

export interface PredictiveTask {
  readonly kind: "class" | "number";
  /** The figure of one set of rows to learn from; undefined where it shows one class alone. */
  judge(learnFrom: Fields): number | undefined;
}

/**
 * @param train says what kind the target is
 * @param test held-out rows
 * @returns in words why not, where it cannot be asked
 */
export function predictiveTask(
  train: Fields,
  test: Fields,
  target: string,
): PredictiveTask | string {
  const at = train.fields.findIndex(({ name }) => name === target);
  const own = train.fields[at];
  if (own === undefined) return `there is no column ${JSON.stringify(target)} in all of the tables`;
  if (train.fields.length < 2) return "there is no other column to learn it from";
  const classes = classesOf(own);
  if (classes === undefined) {
    if (own.kind === "category")
      return `column ${JSON.stringify(target)} has more than ${MOST_CLASSES} categories`;
    return { kind: "number", judge: (rows) => judgeNumbers(rows, test, at) };
  }
  return { kind: "class", judge: (rows) => judgeClasses(rows, test, at, classes) };
}

/** Value or code → class, in rising order; undefined where it is no class. */
function classesOf(field: Field): ReadonlyMap<number, number> | undefined {
  const values = field.kind === "number" ? field.values : field.codes;
  const distinct = new Set<number>(values);
  for (const value of distinct) if (isMissing(field, value)) distinct.delete(value);
  const most = field.kind === "number" ? MOST_VALUES : MOST_CLASSES;
  if (distinct.size > most) return undefined;
  return new Map([...distinct].toSorted((a, b) => a - b).map((value, i) => [value, i]));
}

function isMissing({ kind }: Field, value: number): boolean {
  return kind === "number" ? Number.isNaN(value) : value < 0;
}

function valueAt(field: Field, row: number): number {
  return (field.kind === "number" ? field.values : field.codes)[row] as number;
}

/** Rows whose target is known and meets `keep`, the target apart. */
function withTarget(rows: Fields, at: number, keep: (value: number) => boolean) {
  const own = rows.fields[at] as Field;
  const known = Int32Array.from({ length: rows.rows }, (_, row) => row).filter((row) => {
    const value = valueAt(own, row);
    return !isMissing(own, value) && keep(value);
  });
  const { fields } = takeFields(rows, known);
  return {
    values: Float64Array.from(known, (row) => valueAt(own, row)),
    fields: { rows: known.length, fields: fields.filter((_, i) => i !== at) },
  };
}

function judgeClasses(
  learnFrom: Fields,
  test: Fields,
  at: number,
  classes: ReadonlyMap<number, number>,
): number | undefined {
  const [fit, judged] = [learnFrom, test].map((rows) =>
    withTarget(rows, at, (value) => classes.has(value)),
  ) as [ReturnType<typeof withTarget>, ReturnType<typeof withTarget>];
  const codesOf = (values: Float64Array): Int32Array =>
    Int32Array.from(values, (value) => classes.get(value) as number);
  const codes = codesOf(fit.values);
  // Who has seen one class alone guesses.
  if (new Set(codes).size < 2) return judged.fields.rows === 0 ? undefined : 0.5;
  const target: Target = { kind: "class", codes, classes: classes.size };
  const chances = fitBoosting(fit.fields, target).predict(judged.fields);
  const truth = codesOf(judged.values);
  const areas = chances.flatMap((chance, output) => {
    const own = classes.size === 2 ? 1 : output;
    return (
      areaUnderRoc(
        chance,
        Uint8Array.from(truth, (code) => Number(code === own)),
      ) ?? []
    );
  });
  return areas.length === 0 ? undefined : areas.reduce((sum, x) => sum + x, 0) / areas.length;
}

function judgeNumbers(learnFrom: Fields, test: Fields, at: number): number | undefined {
  const [fit, judged] = [learnFrom, test].map((rows) => withTarget(rows, at, () => true)) as [
    ReturnType<typeof withTarget>,
    ReturnType<typeof withTarget>,
  ];
  if (fit.values.length === 0 || judged.values.length < 2) return undefined;
  const [found] = fitBoosting(fit.fields, { kind: "number", values: fit.values }).predict(
    judged.fields,
  );
  const mean = judged.values.reduce((sum, x) => sum + x, 0) / judged.values.length;
  const spread = judged.values.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  if (spread === 0) return undefined;
  const error = judged.values.reduce((sum, x, row) => sum + (x - (found?.[row] as number)) ** 2, 0);
  return 1 - error / spread;
}
