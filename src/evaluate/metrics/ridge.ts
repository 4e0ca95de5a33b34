/**
 * Ridge regression on standardised columns, w = (XᵀX + I)⁻¹ Xᵀ(y − ȳ), judged by
 * R² = 1 − Σ (y − ŷ)² / Σ (y − mean of the test rows)².
 *
 * @see Hoerl and Kennard, "Ridge regression" (1970)
 */
import { CholeskyDecomposition, Matrix as DenseMatrix } from "ml-matrix";
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { cast, gemm } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";

const PENALTY = 1;

/** R² on the test rows, for each pair of matrices of the same rows. */
export async function ridgeScores(
  engine: Engine,
  pairs: readonly { readonly fit: Matrix; readonly test: Matrix }[],
  fit: Float64Array,
  test: Float64Array,
): Promise<readonly number[]> {
  const center = meanOf(fit);
  const y = tensor(
    "float32",
    Float32Array.from(fit, (value) => value - center),
    [fit.length, 1],
  );
  const spread = test.reduce((sum, value) => sum + (value - meanOf(test)) ** 2, 0);
  const found: number[] = [];
  for (const pair of pairs) {
    const weights = await ridgeWeights(engine, pair.fit, y);
    let error = 0;
    for (const [row, value] of test.entries()) {
      let guess = center;
      for (const [i, weight] of weights.entries())
        guess += weight * (pair.test.data[row * pair.test.columns + i] as number);
      error += (value - guess) ** 2;
    }
    found.push(1 - error / spread);
  }
  return found;
}

/** The products in the engine, the small system in float64. */
async function ridgeWeights(engine: Engine, { data, rows, columns }: Matrix, y: Tensor) {
  const x = input("x", "float32", ["rows", columns]);
  const target = input("y", "float32", ["rows", 1]);
  const program = exportModel({
    name: "ridge",
    inputs: [x, target],
    outputs: {
      scatter: cast(gemm(x, x, { transA: 1 }), "float64"),
      toTarget: cast(gemm(x, target, { transA: 1 }), "float64"),
    },
  });
  const session = await engine.open(writeModel(program));
  try {
    const out = await session.run({ x: tensor("float32", data, [rows, columns]), y });
    const scatter = out["scatter"] as Tensor<"float64">;
    const toTarget = out["toTarget"] as Tensor<"float64">;
    const system = DenseMatrix.from1DArray(columns, columns, scatter.data);
    for (let i = 0; i < columns; i += 1) system.set(i, i, system.get(i, i) + PENALTY);
    return new CholeskyDecomposition(system)
      .solve(DenseMatrix.from1DArray(columns, 1, toTarget.data))
      .to1DArray();
  } finally {
    await session.release();
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
