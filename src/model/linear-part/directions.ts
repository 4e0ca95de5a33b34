/**
 * The leading right singular vectors of who took what, by subspace iteration on rows of ones that stay
 * sparse. What is dense, the products that turn a basis, the engine does, in float64: a basis that was
 * multiplied has columns of very different length.
 *
 * @see Halko, Martinsson and Tropp, "Finding structure with randomness" (2011), algorithm 4.4; Fukaya
 *   et al., "CholeskyQR2" (2014)
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import type { Interactions } from "../../data/source.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { gemm } from "../../ops/index.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { normals } from "../../random/numbers.ts";
import type { Engine } from "../../runtime/engine.ts";

export interface Directions {
  readonly items: number;
  readonly rank: number;
  /** V, `[items, rank]`, orthonormal columns, the longest first. */
  readonly vectors: Float32Array;
  /** s², `[rank]`. */
  readonly squares: Float64Array;
}

const OVERSAMPLE = 16;
const ITERATIONS = 3;
const SITE = 0x11ea;
/** Interactions between looks at the clock. */
const STRETCH = 100_000;
/** What is left of a column that lies in the span of those before it, over its length. */
const NOTHING = 1e-10;

/** @throws the reason of `signal` */
export async function directionsOf(
  engine: Engine,
  rows: Interactions,
  rank: number,
  signal?: AbortSignal,
): Promise<Directions> {
  const items = rows.items.length;
  const width = Math.min(items, rank + OVERSAMPLE);
  const products = await productsOf(engine, items, width);
  try {
    const orthonormal = async (basis: Float64Array): Promise<Float64Array> => {
      const once = await products.turned(
        basis,
        untangled(await products.inner(basis, basis), width),
      );
      return products.turned(once, untangled(await products.inner(once, once), width));
    };
    let basis = await orthonormal(
      Float64Array.from(normals(atSite(keyAt(0, 0), SITE), items, width)),
    );
    for (let i = 0; i < ITERATIONS; i += 1)
      basis = await orthonormal(await scattered(rows, basis, signal));
    const within = await products.inner(basis, await scattered(rows, basis, signal));
    const { turn, values } = axesOf(within, width);
    const whole = await products.turned(basis, turn);
    const kept = Math.min(rank, values.findLastIndex((value) => value > 0) + 1);
    const vectors = new Float32Array(items * kept);
    for (let i = 0; i < items; i += 1)
      vectors.set(whole.subarray(i * width, i * width + kept), i * kept);
    return { items, rank: kept, vectors, squares: values.slice(0, kept) };
  } finally {
    await products.close();
  }
}

interface Products {
  /** aᵀ b, both `[items, width]`. */
  inner(a: Float64Array, b: Float64Array): Promise<Float64Array>;
  /** a · t, t `[width, width]`. */
  turned(a: Float64Array, t: Float64Array): Promise<Float64Array>;
  close(): Promise<void>;
}

async function productsOf(engine: Engine, items: number, width: number): Promise<Products> {
  const a = input("a", "float64", [items, width]);
  const b = input("b", "float64", [items, width]);
  const t = input("t", "float64", [width, width]);
  const open = (name: string, inputs: [typeof a, typeof a], out: typeof a) =>
    engine.open(writeModel(exportModel({ name, inputs, outputs: { out } })), { lean: true });
  const inner = await open("inner", [a, b], gemm(a, b, { transA: 1 }));
  const turned = await open("turned", [a, t], gemm(a, t));
  const all = (values: Float64Array): Tensor => tensor("float64", values, [items, width]);
  const numbers = (out: Readonly<Record<string, Tensor>>): Float64Array =>
    (out["out"] as Tensor<"float64">).data;
  return {
    inner: async (x, y) => numbers(await inner.run({ a: all(x), b: all(y) })),
    turned: async (x, y) =>
      numbers(await turned.run({ a: all(x), t: tensor("float64", y, [width, width]) })),
    close: async () => {
      await inner.release();
      await turned.release();
    },
  };
}

/**
 * R⁻¹ of the Cholesky factor G = RᵀR: what makes columns with these inner products orthonormal. Those
 * in the span of the ones before become zero.
 */
function untangled(inner: Float64Array, width: number): Float64Array {
  // Lᵀ = R, by rows of L.
  const l = Float64Array.from(inner);
  const at = (i: number, j: number): number => l[i * width + j] as number;
  for (let i = 0; i < width; i += 1) {
    for (let j = 0; j <= i; j += 1) {
      let sum = at(i, j);
      for (let k = 0; k < j; k += 1) sum -= at(i, k) * at(j, k);
      const whole = inner[i * width + i] as number;
      if (i > j) l[i * width + j] = at(j, j) === 0 ? 0 : sum / at(j, j);
      else l[i * width + i] = sum > NOTHING * whole ? Math.sqrt(sum) : 0;
    }
  }
  const inverse = new Float64Array(width * width);
  for (let j = 0; j < width; j += 1) {
    if (at(j, j) === 0) continue;
    inverse[j * width + j] = 1 / at(j, j);
    for (let i = j + 1; i < width; i += 1) {
      if (at(i, i) === 0) continue;
      let sum = 0;
      for (let k = j; k < i; k += 1) sum += at(i, k) * (inverse[j * width + k] as number);
      inverse[j * width + i] = -sum / at(i, i);
    }
  }
  return inverse;
}

/** Axes of a symmetric matrix as columns, `[width, width]`, and their squares, the longest first. */
function axesOf(
  symmetric: Float64Array,
  width: number,
): { readonly turn: Float64Array; readonly values: Float64Array } {
  const matrix = Matrix.from1DArray(width, width, symmetric);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(
    matrix.add(matrix.transpose()).div(2),
    { assumeSymmetric: true },
  );
  const order = Array.from(realEigenvalues.keys()).toSorted(
    (a, b) => (realEigenvalues[b] as number) - (realEigenvalues[a] as number),
  );
  const turn = new Float64Array(width * width);
  for (const [to, from] of order.entries()) {
    for (let i = 0; i < width; i += 1) turn[i * width + to] = eigenvectorMatrix.get(i, from);
  }
  return { turn, values: Float64Array.from(order, (i) => realEigenvalues[i] as number) };
}

/** XᵀX · basis, both `[items, width]`, a user at a time. */
async function scattered(
  { rows, items, starts, codes }: Interactions,
  basis: Float64Array,
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const width = basis.length / items.length;
  const out = new Float64Array(basis.length);
  const own = new Float64Array(width);
  let since = 0;
  for (let row = 0; row < rows; row += 1) {
    const [from, to] = [starts[row] as number, starts[row + 1] as number];
    own.fill(0);
    for (let at = from; at < to; at += 1) {
      const first = (codes[at] as number) * width;
      for (let k = 0; k < width; k += 1) own[k] = (own[k] as number) + (basis[first + k] as number);
    }
    for (let at = from; at < to; at += 1) {
      const first = (codes[at] as number) * width;
      for (let k = 0; k < width; k += 1)
        out[first + k] = (out[first + k] as number) + (own[k] as number);
    }
    since += to - from;
    if (since < STRETCH) continue;
    since = 0;
    signal?.throwIfAborted();
    // Timers and messages get through.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  return out;
}
