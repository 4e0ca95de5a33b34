/**
 * Several models that differ in their seed alone: the mean of each figure, and the interval that
 * holds the mean of all such models with 95 % confidence,
 *
 *   mean ± t · s / √n,   t the 97.5 % point of Student's distribution with n − 1 degrees of freedom.
 *
 * @see Student, "The probable error of a mean" (1908)
 */
import { inputError } from "../base/errors.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Figures } from "./metrics/metric.ts";

/** A mean, and the ends of its 95 % interval. */
export interface Interval {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

export type Intervals = Readonly<Record<string, Interval>>;

export interface Summary {
  readonly model: Evaluation["model"];
  readonly data: string;
  readonly rows: number;
  /** How many models. */
  readonly models: number;
  readonly metrics: Intervals;
  readonly controls: Readonly<Record<string, Intervals>>;
}

/**
 * Means and 95 % intervals of the figures that all evaluations have.
 *
 * @param evaluations at least two, of models of one kind on the same data
 * @throws `options.invalid` for fewer, or for models that differ in more than their seed
 *
 * @example
 * const summary = summarize(await Promise.all(models.map((model) => model.evaluate(held))));
 * console.log(summary.metrics["mse"]);
 */
export function summarize(evaluations: readonly Evaluation[]): Summary {
  const [first] = evaluations;
  if (first === undefined || evaluations.length < 2) {
    throw inputError("options.invalid", {
      place: "summarize",
      expected: "at least two evaluations",
      got: String(evaluations.length),
      hint: "train the same model with other seeds",
    });
  }
  for (const other of evaluations) requireSame(first, other);
  return {
    model: first.model,
    data: first.data,
    rows: first.rows,
    models: evaluations.length,
    metrics: intervalsOf(evaluations.map(({ metrics }) => metrics)),
    controls: Object.fromEntries(
      Object.keys(first.controls).map((name) => [
        name,
        intervalsOf(evaluations.map(({ controls }) => controls[name] ?? {})),
      ]),
    ),
  };
}

function requireSame(first: Evaluation, other: Evaluation): void {
  const kind = ({ model, rows }: Evaluation): string =>
    `a ${model.family} autoencoder with a ${model.body} body and latent ${model.latent} on ${rows} rows`;
  if (kind(first) === kind(other)) return;
  throw inputError("options.invalid", {
    place: "models to summarize",
    expected: `${kind(first)}, as the first`,
    got: kind(other),
    hint: "an interval is for models that differ in their seed alone",
  });
}

function intervalsOf(all: readonly Figures[]): Intervals {
  const names = Object.keys(all[0] ?? {}).filter((name) => all.every((one) => name in one));
  return Object.fromEntries(
    names.map((name) => [name, intervalOf(all.map((figures) => figures[name] as number))]),
  );
}

function intervalOf(values: readonly number[]): Interval {
  const n = values.length;
  const mean = values.reduce((a, b) => a + b, 0) / n;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1);
  const half = studentPoint(n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** 97.5 % points for 1, 2, … degrees of freedom. */
const POINTS = [
  12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.306, 2.26216, 2.22814, 2.20099,
  2.17881, 2.16037, 2.14479, 2.13145, 2.11991, 2.10982, 2.10092, 2.09302, 2.08596,
];

function studentPoint(freedom: number): number {
  const known = POINTS[freedom - 1];
  if (known !== undefined) return known;
  // Cornish and Fisher's expansion about the normal; from 20 on it is good to four digits.
  const z = 1.959964;
  return (
    z + (z ** 3 + z) / (4 * freedom) + (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2)
  );
}
