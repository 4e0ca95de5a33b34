/**
 * A map of the latent in two dimensions: the latent itself where it has one or
 * two, UMAP of it where it has more.
 *
 * UMAP: McInnes, Healy, Melville, "UMAP: Uniform Manifold Approximation and
 * Projection for Dimension Reduction", 2018, https://arxiv.org/abs/1802.03426.
 */

import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { UMAP } from "umap-js";
import { internalError } from "../base/errors.ts";
import { keyAt, uniformAt } from "../random/bits.ts";

export interface LatentMap {
  /** Position of each point drawn, `[points]`. */
  readonly x: Float32Array;
  readonly y: Float32Array;
  /** Row of `codes` each point stands for, `[points]`. */
  readonly rows: Int32Array;
  /** What the picture is, in words to print on it. */
  readonly method: string;
}

export interface LatentMapOptions {
  readonly seed: number;
  /** Most points drawn; more rows are sampled. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
  /** While UMAP moves the points, several hundred times. */
  readonly onStep?: (done: { readonly step: number; readonly of: number }) => void;
}

const NEIGHBOURS = 15;
const EPOCHS = 300;
/** Milliseconds that the thread may be held without a pause. */
const PATIENCE = 15;

/**
 * Places rows of `codes` (`[rows, dims]`) on a plane. The same codes and seed
 * give the same map. Rows with a value that is not finite are left out; above
 * `limit` rows (3,000 unless told) a sample is drawn. Takes a few seconds at that
 * limit, and lets other work of the thread run in between.
 *
 * @throws the reason of `signal` when it aborts
 *
 * @example
 * const { x, y, rows } = await latentMap(codes, 60_000, 32, { seed: 1 });
 */
export async function latentMap(
  codes: Float32Array,
  rows: number,
  dims: number,
  { seed, limit = 3000, signal, onStep }: LatentMapOptions,
): Promise<LatentMap> {
  if (codes.length !== rows * dims || dims < 1) {
    throw internalError("report.codes-size", {
      place: "latent codes",
      expected: `${rows} × ${dims} values`,
      got: `${codes.length} values`,
    });
  }
  const key = keyAt(seed, 0);
  let drawn = 0;
  const random = (): number => uniformAt(key, drawn++);
  const chosen = sample(finiteRows(codes, rows, dims), limit, random);
  const points = Array.from(chosen, (row) =>
    Array.from(codes.subarray(row * dims, (row + 1) * dims)),
  );
  const place = (method: string, positions: readonly (readonly number[])[]): LatentMap => ({
    x: Float32Array.from(positions, (position) => position[0] ?? 0),
    y: Float32Array.from(positions, (position) => position[1] ?? 0),
    rows: chosen,
    method,
  });
  if (dims === 1) {
    const strip = points.map(([code = 0]) => [code, random() - 0.5]);
    return place("the latent itself, spread sideways at random", strip);
  }
  if (dims === 2) return place("the latent itself", points);
  const planar = principalPlane(points, dims);
  if (points.length < 4 * NEIGHBOURS) return place("first two principal components", planar);
  const pause = pauses(signal);
  const arranged = await umap(points, planar, { random, pause, onStep });
  return place(`UMAP, ${NEIGHBOURS} neighbours`, arranged);
}

/** Lets timers and messages through when the last pause is a while ago. */
function pauses(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < PATIENCE) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    signal?.throwIfAborted();
    last = performance.now();
  };
}

async function umap(
  points: number[][],
  start: readonly (readonly number[])[],
  {
    random,
    pause,
    onStep,
  }: { random: () => number; pause: () => Promise<void>; onStep: LatentMapOptions["onStep"] },
): Promise<number[][]> {
  const { indices, distances } = await nearestNeighbours(points, NEIGHBOURS, pause);
  const first = unitSquare(start).flat();
  let drawn = 0;
  const map = new UMAP({
    nNeighbors: NEIGHBOURS,
    minDist: 0.15,
    nEpochs: EPOCHS,
    // umap-js starts from uniform noise, which tears clusters apart that belong
    // together. With the neighbours given, that noise is the first thing it draws:
    // handing it the principal plane there starts it from the plane instead.
    random: () => first[drawn++] ?? random(),
  });
  map.setPrecomputedKNN(indices, distances);
  const of = map.initializeFit(points);
  for (let step = 0; step < of;) {
    step = map.step();
    onStep?.({ step, of });
    await pause();
  }
  return map.getEmbedding();
}

/** Exact neighbours, the point itself first; at this size faster than umap-js's own search. */
async function nearestNeighbours(
  points: readonly (readonly number[])[],
  count: number,
  pause: () => Promise<void>,
): Promise<{ indices: number[][]; distances: number[][] }> {
  const dims = points[0]?.length ?? 0;
  const flat = Float64Array.from(points.flat());
  const squared = new Float64Array(points.length);
  const indices: number[][] = [];
  const distances: number[][] = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = 0; j < points.length; j++) {
      let sum = 0;
      for (let d = 0; d < dims; d++) {
        const difference = (flat[i * dims + d] ?? 0) - (flat[j * dims + d] ?? 0);
        sum += difference * difference;
      }
      squared[j] = sum;
    }
    squared[i] = -1;
    const nearest = smallest(squared, count);
    indices.push(nearest);
    distances.push(nearest.map((j) => Math.sqrt(Math.max(0, squared[j] ?? 0))));
    await pause();
  }
  return { indices, distances };
}

/** Indices of the `count` smallest values, in order; a running short list beats sorting. */
function smallest(values: Float64Array, count: number): number[] {
  const best: number[] = [];
  let worst = Infinity;
  for (let j = 0; j < values.length; j++) {
    const value = values[j] ?? Infinity;
    if (best.length === count && value >= worst) continue;
    let at = best.length;
    while (at > 0 && (values[best[at - 1] ?? 0] ?? 0) > value) at--;
    best.splice(at, 0, j);
    if (best.length > count) best.pop();
    worst = values[best[best.length - 1] ?? 0] ?? Infinity;
  }
  return best;
}

/** Coordinates along the two directions of largest variance, `[points, 2]`. */
function principalPlane(points: readonly (readonly number[])[], dims: number): number[][] {
  if (points.length === 0) return [];
  const centred = new Matrix(points.map((point) => [...point])).center("column");
  const covariance = centred.transpose().mmul(centred);
  const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  // Eigenvalues come smallest first.
  const axes = [dims - 1, dims - 2].map((column) => eigenvectorMatrix.getColumn(column));
  for (const axis of axes) {
    // An eigenvector's sign is arbitrary: fix it, so that the map does not flip between machines.
    const strongest = axis.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a), 0);
    if (strongest < 0) axis.forEach((value, i) => (axis[i] = -value));
  }
  return centred.mmul(new Matrix(axes).transpose()).to2DArray();
}

/** Scaled alike in both directions into [0, 1]². */
function unitSquare(points: readonly (readonly number[])[]): number[][] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of points.flat()) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const span = high - low;
  if (!(span > 0)) return points.map(() => []);
  return points.map((point) => point.map((value) => (value - low) / span));
}

function finiteRows(codes: Float32Array, rows: number, dims: number): Int32Array {
  const finite = new Int32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const code = codes.subarray(row * dims, (row + 1) * dims);
    if (code.every(Number.isFinite)) finite[count++] = row;
  }
  return finite.slice(0, count);
}

/** Up to `limit` of `rows`, in random order, so that no group is drawn over all others. */
function sample(rows: Int32Array, limit: number, random: () => number): Int32Array {
  const count = Math.min(limit, rows.length);
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (rows.length - i));
    const kept = rows[i] ?? 0;
    rows[i] = rows[other] ?? 0;
    rows[other] = kept;
  }
  return rows.slice(0, count);
}
