/**
 * The Gaussian copula, the control of every maker of tables: each column keeps its own
 * distribution, and they hang together as the parts of one normal vector do.
 *
 *   z ~ N(0, R),   x_j = F_j⁻¹(Φ(z_j))
 *
 * Each column is cut into the groups that its values form in order (equal numbers, a category
 * each); a group stands for an interval of z as wide as its share, and rows in it for the mean of z
 * there. R holds the correlations of those, each over the deviations s of the two: a mean over an
 * interval varies less than what it stands for, and E[z_i m_j] = ρ s_j². Categories have no order of their own: they take the
 * one in which they go along best with the other columns, by the first principal component. Missing
 * numbers are a yes-or-no column beside the numbers; a missing category is a category.
 *
 * @see Nelsen, "An introduction to copulas" (2006); Patki, Wedge and Veeramachaneni, "The synthetic
 *   data vault" (2016); Gifi, "Nonlinear multivariate analysis" (1990), for the order of categories
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { atSite, keyAt } from "../../random/bits.ts";
import { normals } from "../../random/numbers.ts";
import { correlation } from "./associations.ts";
import type { Field, Fields } from "./fields.ts";
import { normalDensity, normalQuantile } from "./normal-quantile.ts";

const COPULA_SITE = 0xc0b;
/** Turns in which categories find their order. */
const TURNS = 4;
/** Correlations of more rows change in no digit that counts. */
const MOST_ROWS = 20_000;
const LEAST_VARIANCE = 1e-6;
const MOST_CORRELATION = 0.99;
/** What is nearly always the same tells its correlations badly: they are not made larger still. */
const LEAST_SPREAD = 0.3;

/** A column of the normal vector. */
interface Latent {
  /** Group of each row, −1 where it has none. */
  readonly groups: Int32Array;
  /** The group at each place of the order. */
  order: Int32Array;
  /** Whether the order is ours to choose. */
  readonly free: boolean;
  readonly shares: Float64Array;
}

/** Which latents a field is made from. */
interface Part {
  readonly field: Field;
  readonly latent: number;
  /** Of numbers with missing ones: the latent that says which. */
  readonly missing: number | undefined;
  /** Of numbers: the value of each group. */
  readonly values: Float64Array | undefined;
}

export interface Copula {
  draw(rows: number, seed: number): Fields;
}

/**
 * @example
 * const made = fitCopula(training).draw(1000, 1);
 */
export function fitCopula(train: Fields): Copula {
  const latents: Latent[] = [];
  const parts = train.fields.map((field) => partOf(field, latents));
  const factor = fitOrders(latents);
  const cuts = latents.map(({ order, shares }) => cutsOf(order, shares));
  return {
    draw: (rows, seed) => {
      const size = latents.length;
      const noise = normals(atSite(keyAt(seed, 0), COPULA_SITE), rows, size);
      const groups = latents.map(() => new Int32Array(rows));
      for (let row = 0; row < rows; row += 1) {
        for (const [i, { order }] of latents.entries()) {
          let z = 0;
          for (let k = 0; k < size; k += 1)
            z += (factor[i * size + k] as number) * (noise[row * size + k] as number);
          (groups[i] as Int32Array)[row] = order[placeOf(cuts[i] as Float64Array, z)] as number;
        }
      }
      return { rows, fields: parts.map((part) => drawnField(part, groups)) };
    },
  };
}

function partOf(field: Field, latents: Latent[]): Part {
  const latent = latents.length;
  if (field.kind === "category") {
    // Missing is group 0.
    latents.push(
      latentOf(
        field.codes.map((code) => code + 1),
        field.words + 1,
        true,
      ),
    );
    return { field, latent, missing: undefined, values: undefined };
  }
  const distinct = Float64Array.from(new Set(field.values))
    .filter((value) => !Number.isNaN(value))
    .sort();
  const places = new Map(Array.from(distinct, (value, i) => [value, i]));
  const groups = Int32Array.from(field.values, (value) => places.get(value) ?? -1);
  latents.push(latentOf(groups, distinct.length, false));
  if (groups.every((group) => group >= 0))
    return { field, latent, missing: undefined, values: distinct };
  const missing = latents.length;
  latents.push(
    latentOf(
      groups.map((group) => Number(group < 0)),
      2,
      false,
    ),
  );
  return { field, latent, missing, values: distinct };
}

function latentOf(groups: Int32Array, count: number, free: boolean): Latent {
  const shares = new Float64Array(count);
  let present = 0;
  for (const group of groups) {
    if (group < 0) continue;
    shares[group] = (shares[group] as number) + 1;
    present += 1;
  }
  for (let i = 0; i < count; i += 1) shares[i] = (shares[i] as number) / Math.max(1, present);
  const all = Int32Array.from({ length: count }, (_, i) => i);
  const order = free
    ? all.sort((a, b) => (shares[b] as number) - (shares[a] as number) || a - b)
    : all;
  return { groups, order, free, shares };
}

/** Gives free groups their order, and returns a root of R, `[latents, latents]`. */
function fitOrders(latents: readonly Latent[]): Float64Array {
  const size = latents.length;
  for (let turn = 0; ; turn += 1) {
    const scores = latents.map(scoresOf);
    const { values, vectors } = axes(correlations(scores), size);
    if (turn === TURNS || !latents.some(({ free }) => free)) return rootOf(values, vectors, size);
    const leading = vectors.getColumn(size - 1);
    const rows = Math.min(MOST_ROWS, latents[0]?.groups.length ?? 0);
    const along = new Float64Array(rows);
    for (const [i, own] of scores.entries())
      for (let row = 0; row < rows; row += 1)
        along[row] = (along[row] as number) + (leading[i] as number) * orZero(own[row]);
    for (const [i, latent] of latents.entries()) {
      if (!latent.free) continue;
      const [sums, counts] = [
        new Float64Array(latent.shares.length),
        new Float64Array(latent.shares.length),
      ];
      const own = scores[i] as Float64Array;
      for (let row = 0; row < rows; row += 1) {
        const group = latent.groups[row] as number;
        const others = (along[row] as number) - (leading[i] as number) * orZero(own[row]);
        sums[group] = (sums[group] as number) + others;
        counts[group] = (counts[group] as number) + 1;
      }
      const means = sums.map((sum, group) => sum / Math.max(1, counts[group] as number));
      latent.order = latent.order
        .slice()
        .sort((a, b) => (means[a] as number) - (means[b] as number) || a - b);
    }
  }
}

function orZero(x: number | undefined): number {
  return x === undefined || Number.isNaN(x) ? 0 : x;
}

/** The mean of z in the interval of each row's group. */
function scoresOf({ groups, order, shares }: Latent): Float64Array {
  const scores = new Float64Array(shares.length);
  let below = 0;
  for (const group of order) {
    const share = shares[group] as number;
    const density = (p: number): number =>
      p <= 0 || p >= 1 ? 0 : normalDensity(normalQuantile(p));
    const above = Math.min(1, below + share);
    if (share > 0)
      scores[group] = (density(below) - density(1 - above < 1e-12 ? 1 : above)) / share;
    below = above;
  }
  const rows = Math.min(MOST_ROWS, groups.length);
  return Float64Array.from({ length: rows }, (_, row) => {
    const group = groups[row] as number;
    return group < 0 ? Number.NaN : (scores[group] as number);
  });
}

function correlations(scores: readonly Float64Array[]): Matrix {
  const out = Matrix.eye(scores.length);
  const spreads = scores.map(spreadOf);
  for (let i = 0; i < scores.length; i += 1) {
    for (let j = 0; j < i; j += 1) {
      const seen = correlation(scores[i] as Float64Array, scores[j] as Float64Array);
      const whole = seen / ((spreads[i] as number) * (spreads[j] as number));
      const value = Math.max(-MOST_CORRELATION, Math.min(MOST_CORRELATION, whole));
      out.set(i, j, value);
      out.set(j, i, value);
    }
  }
  return out;
}

/** 1 of what is never equal. */
function spreadOf(scores: Float64Array): number {
  let [count, squares] = [0, 0];
  for (const score of scores) {
    if (Number.isNaN(score)) continue;
    count += 1;
    squares += score * score;
  }
  return Math.max(LEAST_SPREAD, Math.min(1, Math.sqrt(squares / Math.max(1, count))));
}

/** Eigenvalues, rising, and their vectors. */
function axes(matrix: Matrix, size: number): { values: readonly number[]; vectors: Matrix } {
  if (size === 0) return { values: [], vectors: Matrix.eye(0) };
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(matrix, {
    assumeSymmetric: true,
  });
  return { values: realEigenvalues, vectors: eigenvectorMatrix };
}

/** Pairs that were measured on different rows may make no covariance: the nearest one does. */
function rootOf(values: readonly number[], vectors: Matrix, size: number): Float64Array {
  const root = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    let length = 0;
    for (let k = 0; k < size; k += 1) {
      const x = vectors.get(i, k) * Math.sqrt(Math.max(LEAST_VARIANCE, values[k] as number));
      root[i * size + k] = x;
      length += x * x;
    }
    for (let k = 0; k < size; k += 1)
      root[i * size + k] = (root[i * size + k] as number) / Math.sqrt(length);
  }
  return root;
}

/** Where the interval of each place ends, but for the last. */
function cutsOf(order: Int32Array, shares: Float64Array): Float64Array {
  const cuts = new Float64Array(Math.max(0, order.length - 1));
  let below = 0;
  for (let i = 0; i < cuts.length; i += 1) {
    below += shares[order[i] as number] as number;
    cuts[i] = below < 1e-12 ? -Infinity : below > 1 - 1e-12 ? Infinity : normalQuantile(below);
  }
  return cuts;
}

/** How many cuts lie at or below z. */
function placeOf(cuts: Float64Array, z: number): number {
  let [low, high] = [0, cuts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cuts[middle] as number) <= z) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawnField(
  { field, latent, missing, values }: Part,
  groups: readonly Int32Array[],
): Field {
  const own = groups[latent] as Int32Array;
  if (field.kind === "category") return { ...field, codes: own.map((group) => group - 1) };
  const gone = missing === undefined ? undefined : groups[missing];
  return {
    ...field,
    values: Float64Array.from(own, (group, row) =>
      gone?.[row] === 1 ? Number.NaN : (values?.[group] ?? Number.NaN),
    ),
  };
}
