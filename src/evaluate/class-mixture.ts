/**
 * A mixture for each class: p(z | y) = Σ_k weight_k · N(z; mean_k, cov_k) over the components k of y. For
 * codes that still say something of the label they go with, as codes do although they need not: drawn
 * without regard to it, they contradict the label that they are read with.
 */
import type { Matrix } from "../base/tensor.ts";
import type { Engine } from "../runtime/engine.ts";
import type { MixtureOptions } from "./fit-mixture.ts";
import { fitMixture } from "./fit-mixture.ts";
import type { Mixture } from "./mixture.ts";
import { joined } from "./triangular.ts";

interface ClassOptions extends MixtureOptions {
  /** Of each row, from 0. */
  readonly classOf: Int32Array;
  readonly classes: number;
}

/** Codes of a class for each number of a code, and at least: fewer tell no covariance of its own. */
const ROWS_A_NUMBER = 4;
const FEWEST = 30;
/** Rows that a class of none counts for, so that it can be drawn from when it is asked for. */
const NONE = 1e-6;

/**
 * The components are shared out among the classes, at least one each. A class of few codes has its own
 * mean, and spreads as all codes do about the means of their classes; one of none is where all are.
 *
 * @example
 * const mixture = await fitClassMixture(engine, codes, { classOf, classes: 10, components: 30 });
 */
export async function fitClassMixture(
  engine: Engine,
  codes: Matrix,
  { classOf, classes, components = 10, seed = 0 }: ClassOptions,
): Promise<Mixture> {
  const { columns: size, rows } = codes;
  const rowsOf = Array.from({ length: classes }, (): number[] => []);
  for (const [row, known] of classOf.entries()) rowsOf[known]?.push(row);
  const all = meanOf(codes, [...classOf.keys()]);
  const means = rowsOf.map((own) => (own.length === 0 ? all : meanOf(codes, own)));
  const within = await fitMixture(engine, around(codes, classOf, means), { components: 1, seed });
  const most = Math.max(1, Math.floor(components / classes));
  const parts: (Mixture & { readonly rows: number })[] = [];
  for (const [at, own] of rowsOf.entries()) {
    const enough = own.length >= Math.max(FEWEST, ROWS_A_NUMBER * size);
    const fitted = enough
      ? await fitMixture(engine, someRows(codes, own), { components: most, seed })
      : { ...within, weights: Float32Array.of(1), means: Float32Array.from(means[at] ?? all) };
    parts.push({ ...fitted, rows: Math.max(NONE, own.length) });
  }
  return {
    size,
    weights: joined(parts.map((part) => part.weights.map((x) => (x * part.rows) / rows))),
    means: joined(parts.map((part) => part.means)),
    factors: joined(parts.map((part) => part.factors)),
    classes: Int32Array.from(parts.flatMap((part, at) => Array.from(part.weights, () => at))),
  };
}

function meanOf({ data, columns }: Matrix, rows: readonly number[]): Float64Array {
  const mean = new Float64Array(columns);
  for (const row of rows)
    for (let i = 0; i < columns; i += 1)
      mean[i] = (mean[i] as number) + (data[row * columns + i] as number) / rows.length;
  return mean;
}

function around(
  { data, rows, columns }: Matrix,
  classOf: Int32Array,
  means: readonly Float64Array[],
): Matrix {
  const off = data.map((x, at) => {
    const mean = means[classOf[Math.floor(at / columns)] as number];
    return x - (mean?.[at % columns] ?? 0);
  });
  return { data: off, rows, columns };
}

function someRows({ data, columns }: Matrix, rows: readonly number[]): Matrix {
  const own = new Float32Array(rows.length * columns);
  for (const [to, row] of rows.entries())
    own.set(data.subarray(row * columns, (row + 1) * columns), to * columns);
  return { data: own, rows: rows.length, columns };
}
