/**
 * The half of some rows whose covariance has the least determinant: `robust-covariance.ts` says how
 * it is found, and by whom.
 */
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import { cholesky, inverse } from "../triangular.ts";
import type { Points } from "./detector.ts";
import { pickRows } from "./points.ts";
import { momentsOf } from "./principal-axes.ts";

const STARTS = 500;
const KEPT = 10;
/** Rows are split from twice as many on. */
const GROUP_ROWS = 300;
/** Rows of a group for each column, at least: half of them must span all columns. */
const ROWS_A_COLUMN = 4;
const MOST_GROUPS = 5;
/** Rows up to which all kept starts are followed to their end. */
const FEW_ROWS = 1500;
const MOST_STEPS = 100;
/** Left of a variance that rounding has used up. */
const LEAST = 1e-12;
const MCD_SITE = 0x3cd;

/** Rows with columns of spread about 1. */
export interface Cloud extends Points {
  /** `[columns]`, added to variances. */
  readonly ridges: Float64Array;
}

function some({ ridges, ...points }: Cloud, rows: Int32Array): Cloud {
  return { ...pickRows(points, rows), ridges };
}

/** A mean and a covariance; how many rows they are of. */
export interface Ellipse {
  readonly mean: Float64Array;
  /** The inverse of the covariance's Cholesky factor. */
  readonly whitening: Float64Array;
  readonly logDeterminant: number;
  readonly rows: number;
}

export function ellipseOf(points: Cloud, rows?: Int32Array): Ellipse {
  const { columns, ridges } = points;
  const { mean, covariance } = momentsOf(points, rows);
  for (const [j, ridge] of ridges.entries())
    covariance[j * columns + j] = (covariance[j * columns + j] as number) + ridge;
  const factor = cholesky(covariance, columns, 0, LEAST);
  let logDeterminant = 0;
  for (let j = 0; j < columns; j += 1)
    logDeterminant += 2 * Math.log(factor[j * columns + j] as number);
  return {
    mean,
    whitening: inverse(factor, columns),
    logDeterminant,
    rows: rows?.length ?? points.rows,
  };
}

export function squaredDistances({ data, rows, columns }: Points, ellipse: Ellipse): Float64Array {
  const { mean, whitening } = ellipse;
  const off = new Float64Array(columns);
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    for (let j = 0; j < columns; j += 1)
      off[j] = (data[row * columns + j] as number) - (mean[j] as number);
    let sum = 0;
    for (let j = 0; j < columns; j += 1) {
      let along = 0;
      for (let k = 0; k <= j; k += 1)
        along += (whitening[j * columns + k] as number) * (off[k] as number);
      sum += along * along;
    }
    out[row] = sum;
  }
  return out;
}

/** The ellipse of the `count` rows that are nearest by another one: never of larger determinant. */
function step(points: Cloud, ellipse: Ellipse, count: number): Ellipse {
  const squares = squaredDistances(points, ellipse);
  const limit = squares.toSorted()[count - 1] as number;
  const nearest = new Int32Array(count);
  let [below, at] = [0, 0];
  for (const square of squares) below += Number(square < limit);
  let ties = count - below;
  for (const [row, square] of squares.entries()) {
    if (square > limit) continue;
    if (square === limit && ties-- <= 0) continue;
    nearest[at++] = row;
  }
  return ellipseOf(points, nearest);
}

export function leastDeterminant(points: Cloud, seed: number): Ellipse {
  const { rows, columns } = points;
  const key = atSite(keyAt(seed, 0), MCD_SITE);
  const size = Math.max(GROUP_ROWS, ROWS_A_COLUMN * columns);
  const count = Math.min(MOST_GROUPS, Math.floor(rows / size));
  const half = halfOf(rows, columns);
  if (count < 2) return settled(points, started(points, STARTS, half, seed));
  const order = permutation(key, rows);
  const each = Math.min(size, Math.floor(rows / count));
  const merged = some(points, order.slice(0, count * each));
  const share = half / rows;
  const found: Ellipse[] = [];
  for (let group = 0; group < count; group += 1) {
    const part = some(points, order.slice(group * each, (group + 1) * each));
    const inGroup = Math.ceil(share * each);
    found.push(...started(part, Math.floor(STARTS / count), inGroup, seed + group));
  }
  const inMerged = Math.ceil(share * merged.rows);
  const better = best(found.map((one) => stepped(merged, one, inMerged)));
  return settled(points, better);
}

/** Rows that must agree: the half that bears the most outliers. */
function halfOf(rows: number, columns: number): number {
  return Math.min(rows, Math.floor((rows + columns + 1) / 2));
}

/** The best of many random starts, two steps on. */
function started(points: Cloud, starts: number, count: number, seed: number): readonly Ellipse[] {
  const found = Array.from({ length: starts }, (_, start) => {
    const order = permutation(atSite(keyAt(seed, start), MCD_SITE), points.rows);
    const first = ellipseOf(points, order.slice(0, points.columns + 1));
    return stepped(points, first, count);
  });
  return best(found);
}

function stepped(points: Cloud, ellipse: Ellipse, count: number): Ellipse {
  return step(points, step(points, ellipse, count), count);
}

/** The least determinants, each once: many starts end in the same rows. */
function best(ellipses: readonly Ellipse[]): readonly Ellipse[] {
  return ellipses
    .toSorted((a, b) => a.logDeterminant - b.logDeterminant)
    .filter((one, i, all) => one.logDeterminant !== all[i - 1]?.logDeterminant)
    .slice(0, KEPT);
}

/** Steps until determinants fall no more: of all of some, or of the best of them for many rows. */
function settled(points: Cloud, ellipses: readonly Ellipse[]): Ellipse {
  const count = halfOf(points.rows, points.columns);
  const near = best(ellipses.map((one) => stepped(points, one, count)));
  const few = points.rows <= FEW_ROWS ? near : near.slice(0, 1);
  return best(few.map((one) => steppedOut(points, one, count)))[0] as Ellipse;
}

function steppedOut(points: Cloud, start: Ellipse, count: number): Ellipse {
  let ellipse = start;
  for (let turn = 0; turn < MOST_STEPS; turn += 1) {
    const next = step(points, ellipse, count);
    if (next.logDeterminant >= ellipse.logDeterminant - 1e-12) return next;
    ellipse = next;
  }
  return ellipse;
}
