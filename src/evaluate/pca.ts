/** Principal component analysis of the features a network sees: the control beside every model. */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { featuresOf } from "../losses/layout.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { scatterOf } from "./scatter.ts";

export interface Pca {
  /** `[features]` */
  readonly mean: Float32Array;
  /** `[features, size]`, orthonormal columns by falling variance; zero beyond the data's rank. */
  readonly components: Float32Array;
  readonly size: number;
}

const OVERSAMPLE = 10;
const ITERATIONS = 7;
const PCA_SITE = 0x9ca;

/**
 * The `size` leading components of resident rows, by subspace iteration with a
 * Rayleigh–Ritz step; the passes over the data run in the engine.
 *
 * @see Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithm 4.4
 */
export async function fitPca(
  engine: Engine,
  network: Network,
  rows: Int32Array,
  size: number,
  complete: boolean,
): Promise<Pca> {
  const features = featuresOf(network.preprocessing.layout);
  const width = widthFor(features, size);
  const scatter = await scatterOf(engine, network, rows, { width, complete });
  const components = await mainDirections(features, size, (basis) => scatter.times(basis));
  await scatter.close();
  const { mean } = scatter;
  return { mean, size: components.length, components: rowMajor(components, features) };
}

/** Directions that are searched to find `size` of them well. */
function widthFor(features: number, size: number): number {
  return Math.min(features, size + OVERSAMPLE);
}

/**
 * The leading eigenvectors of a scatter known by its products alone, by falling eigenvalue.
 *
 * @param times scatter · basis, both `[features, width]`, row-major
 */
export async function mainDirections(
  features: number,
  size: number,
  times: (basis: Float32Array) => Promise<Float64Array>,
): Promise<Float64Array[]> {
  const width = widthFor(features, size);
  const start = normals(atSite(keyAt(0, 0), PCA_SITE), features, width);
  let basis = await orthonormal(columnsOf(start, features, width));
  let product: Float64Array[] = [];
  for (let i = 0; i < ITERATIONS; i += 1) {
    product = columnsOf(await times(rowMajor(basis, features)), features, width);
    if (i < ITERATIONS - 1) basis = await orthonormal(product);
  }
  return rotated(basis, product, size);
}

/** Columns of a row-major matrix, so that a column lies in one piece. */
function columnsOf(values: ArrayLike<number>, rows: number, columns: number): Float64Array[] {
  return Array.from({ length: columns }, (_, j) =>
    Float64Array.from({ length: rows }, (_, i) => values[i * columns + j] as number),
  );
}

function rowMajor(columns: readonly Float64Array[], rows: number): Float32Array {
  const out = new Float32Array(rows * columns.length);
  for (const [j, column] of columns.entries()) {
    for (let i = 0; i < rows; i += 1) out[i * columns.length + j] = column[i] as number;
  }
  return out;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

/** to += factor · from */
function addScaled(to: Float64Array, from: Float64Array, factor: number): void {
  for (let i = 0; i < to.length; i += 1) to[i] = (to[i] as number) + factor * (from[i] as number);
}

/** Lets timers and messages through when the last pause is a while ago. */
function pauses(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < 15) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = performance.now();
  };
}

/**
 * Gram–Schmidt, each column twice, which is enough ("twice is enough": Giraud et al., 2005).
 * A column that lies in the span of those before it becomes zero.
 */
async function orthonormal(columns: Float64Array[]): Promise<Float64Array[]> {
  const pause = pauses();
  for (const [j, column] of columns.entries()) {
    const length = Math.sqrt(dot(column, column));
    for (let turn = 0; turn < 2; turn += 1) {
      for (let k = 0; k < j; k += 1) {
        const other = columns[k] as Float64Array;
        addScaled(column, other, -dot(other, column));
      }
      await pause();
    }
    const left = Math.sqrt(dot(column, column));
    const factor = left > 1e-12 * length ? 1 / left : 0;
    for (let i = 0; i < column.length; i += 1) column[i] = (column[i] as number) * factor;
  }
  return columns;
}

/** Turns the basis to the axes of the scatter within it, largest first. */
async function rotated(
  basis: readonly Float64Array[],
  product: readonly Float64Array[],
  size: number,
): Promise<Float64Array[]> {
  const pause = pauses();
  const width = basis.length;
  const scatter = Matrix.zeros(width, width);
  for (let a = 0; a < width; a += 1) {
    for (let b = 0; b < width; b += 1) {
      const value = dot(basis[a] as Float64Array, product[b] as Float64Array) / 2;
      scatter.set(a, b, scatter.get(a, b) + value);
      scatter.set(b, a, scatter.get(b, a) + value);
    }
    await pause();
  }
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(scatter, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, i) => i)
    .toSorted((a, b) => (realEigenvalues[b] as number) - (realEigenvalues[a] as number));
  const turned: Float64Array[] = [];
  for (const at of order.slice(0, Math.min(size, width))) {
    const column = new Float64Array((basis[0] as Float64Array).length);
    for (const [k, other] of basis.entries())
      addScaled(column, other, eigenvectorMatrix.get(k, at));
    turned.push(column);
    await pause();
  }
  return turned;
}
