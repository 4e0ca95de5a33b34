/** Principal component analysis of the features a network sees: the control beside every model. */
import { EigenvalueDecomposition, Matrix, QrDecomposition } from "ml-matrix";
import type { Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { exportModel } from "../graph/export.ts";
import type { Value } from "../graph/value.ts";
import { input } from "../graph/value.ts";
import { featuresOf } from "../losses/layout.ts";
import { writeModel } from "../onnx/write.ts";
import { add, flatten, gather, gemm, loop, reshape, shapeOf, sub, sum } from "../ops/index.ts";
import { atSite, keyAt } from "../random/bits.ts";
import { normals } from "../random/numbers.ts";
import type { Engine } from "../runtime/engine.ts";
import type { Network } from "../train/network.ts";
import { residentInputs } from "../train/network.ts";
import { nextChunk, stretches } from "../train/plan.ts";

export interface Pca {
  /** `[features]` */
  readonly mean: Float32Array;
  /** `[features, size]`, orthonormal columns, by falling variance. */
  readonly components: Float32Array;
  readonly size: number;
}

const BATCH = 1024;
const STEPS = 8;
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
  const width = Math.min(features, size + OVERSAMPLE);
  const session = await engine.open(writeModel(passProgram(network, features, width, complete)));
  const pass = async (mean: Float32Array, basis: Float32Array) => {
    const product = new Float64Array(features * width);
    const total = new Float64Array(features);
    const plan = stretches(rows.length, BATCH);
    let done = 0;
    for (let chunk = nextChunk(plan, 0, STEPS); chunk; chunk = nextChunk(plan, done, STEPS)) {
      const { row, steps, batch } = chunk;
      const out = await session.run({
        ...Object.fromEntries(
          session.inputs
            .filter((name) => name.startsWith("data."))
            .map((name) => [name, { held: name }]),
        ),
        order: tensor("int32", rows.slice(row, row + steps * batch), [steps, batch]),
        mean: tensor("float32", mean),
        basis: tensor("float32", basis, [features, width]),
      });
      addTo(product, out["product"] as Tensor<"float32">);
      addTo(total, out["total"] as Tensor<"float32">);
      done += steps;
    }
    return { product, total };
  };

  let basis = orthonormal(normals(atSite(keyAt(0, 0), PCA_SITE), features, width), features, width);
  const { total } = await pass(new Float32Array(features), basis);
  const mean = Float32Array.from(total, (x) => x / rows.length);
  let product = new Float64Array(0);
  for (let i = 0; i < ITERATIONS; i += 1) {
    ({ product } = await pass(mean, basis));
    if (i < ITERATIONS - 1) basis = orthonormal(product, features, width);
  }
  await session.release();
  return {
    mean,
    size: Math.min(size, width),
    components: rotated(basis, product, features, width, size),
  };
}

/** One pass: Σ x, and Σ (x − mean)ᵀ (x − mean) · basis, over the rows of `order`. */
function passProgram(network: Network, features: number, width: number, complete: boolean) {
  const data = residentInputs(network);
  const order = input("order", "int32", ["steps", "batch"]);
  const mean = input("mean", "float32", [features]);
  const basis = input("basis", "float32", [features, width]);
  const zero = (value: Value): Value => sub(value, value);
  const trips = reshape(gather(shapeOf(order), [0]), []);
  const { state } = loop(trips, [zero(basis), zero(mean)], (turn, [product, total]) => {
    const picked = gather(order, turn);
    const compact = Object.fromEntries(
      Object.entries(data).map(([name, value]) => [name, gather(value, picked)]),
    );
    const x = flatten(network.preprocessing.batch(compact, { complete }).x);
    const centred = sub(x, mean);
    return {
      state: [
        add(product as Value, gemm(centred, gemm(centred, basis), { transA: 1 })),
        add(total as Value, sum(x, { axes: [0] })),
      ],
      scans: [],
    };
  });
  return exportModel({
    name: "pca",
    inputs: [...Object.values(data), order, mean, basis],
    outputs: { product: state[0] as Value, total: state[1] as Value },
  });
}

function addTo(sums: Float64Array, { data }: Tensor<"float32">): void {
  for (const [i, x] of data.entries()) sums[i] = (sums[i] as number) + x;
}

function orthonormal(values: ArrayLike<number>, rows: number, columns: number): Float32Array {
  const q = new QrDecomposition(Matrix.from1DArray(rows, columns, values as number[]))
    .orthogonalMatrix;
  return Float32Array.from(q.to1DArray());
}

/** Turns the basis to the axes of the scatter within it, largest first. */
function rotated(
  basis: Float32Array,
  product: Float64Array,
  features: number,
  width: number,
  size: number,
): Float32Array {
  const q = Matrix.from1DArray(features, width, basis as unknown as number[]);
  const scatter = q
    .transpose()
    .mmul(Matrix.from1DArray(features, width, product as unknown as number[]));
  const symmetric = Matrix.add(scatter, scatter.transpose()).mul(0.5);
  const { eigenvectorMatrix, realEigenvalues } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  const order = realEigenvalues
    .map((_, i) => i)
    .toSorted((a, b) => (realEigenvalues[b] as number) - (realEigenvalues[a] as number));
  const turned = q.mmul(eigenvectorMatrix.subMatrixColumn(order.slice(0, Math.min(size, width))));
  return Float32Array.from(turned.to1DArray());
}
