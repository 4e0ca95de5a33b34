/**
 * PCA and a Gaussian, the control of makers of pictures: the leading principal components of the
 * training rows, each drawn from a normal distribution of its own,
 *
 *   x = μ + Σ_k σ_k z_k v_k,   z ~ N(0, 1)
 *
 * which has the mean and, in those directions, the covariance of the training rows.
 *
 * @see Tipping and Bishop, "Probabilistic principal component analysis" (1999)
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { cast, gemm } from "../../ops/index.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { normals } from "../../random/numbers.ts";
import type { Engine } from "../../runtime/engine.ts";
import { centerOf, centred } from "../metrics/distances.ts";
import { mainDirections } from "../pca.ts";

const MOST_COMPONENTS = 64;
const HELD = "gaussian-pca.rows";
const DRAW_SITE = 0x9ca6;

export interface Gaussian {
  readonly components: number;
  draw(rows: number, seed: number): Matrix;
}

/** @param train without missing values */
export async function fitGaussianPca(engine: Engine, train: Matrix): Promise<Gaussian> {
  const { rows, columns } = train;
  const mean = centerOf(train);
  const session = await engine.open(writeModel(scatterProgram(columns)));
  const size = Math.max(1, Math.min(MOST_COMPONENTS, columns, rows - 1));
  try {
    const { data } = centred(train, mean);
    await engine.hold(HELD, tensor("float32", data, [rows, columns]));
    const times = async (basis: Float32Array): Promise<Float64Array> => {
      const out = await session.run({
        x: { held: HELD },
        basis: tensor("float32", basis, [columns, basis.length / columns]),
      });
      return (out["product"] as Tensor<"float64">).data;
    };
    const directions = await mainDirections(columns, size, times);
    const flat = new Float32Array(columns * directions.length);
    for (const [k, direction] of directions.entries())
      for (let j = 0; j < columns; j += 1) flat[j * directions.length + k] = direction[j] as number;
    const product = await times(flat);
    const deviations = directions.map((direction, k) => {
      let sum = 0;
      for (let j = 0; j < columns; j += 1)
        sum += (direction[j] as number) * (product[j * directions.length + k] as number);
      return Math.sqrt(Math.max(0, sum) / Math.max(1, rows - 1));
    });
    return {
      components: directions.length,
      draw: (count, seed) => drawn(mean, directions, deviations, { count, seed }),
    };
  } finally {
    await engine.drop([HELD]);
    await session.release();
  }
}

/** Xᵀ (X · basis) */
function scatterProgram(columns: number) {
  const x = input("x", "float32", ["rows", columns]);
  const basis = input("basis", "float32", [columns, "width"]);
  return exportModel({
    name: "scatter",
    inputs: [x, basis],
    outputs: { product: cast(gemm(x, gemm(x, basis), { transA: 1 }), "float64") },
  });
}

function drawn(
  mean: Float64Array,
  directions: readonly Float64Array[],
  deviations: readonly number[],
  { count, seed }: { readonly count: number; readonly seed: number },
): Matrix {
  const columns = mean.length;
  const noise = normals(atSite(keyAt(seed, 0), DRAW_SITE), count, directions.length);
  const data = new Float32Array(count * columns);
  const row = new Float64Array(columns);
  for (let i = 0; i < count; i += 1) {
    row.set(mean);
    for (const [k, direction] of directions.entries()) {
      const amount = (deviations[k] as number) * (noise[i * directions.length + k] as number);
      for (let j = 0; j < columns; j += 1)
        row[j] = (row[j] as number) + amount * (direction[j] as number);
    }
    data.set(row, i * columns);
  }
  return { rows: count, columns, data };
}
