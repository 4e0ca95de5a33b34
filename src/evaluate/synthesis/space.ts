/**
 * Fréchet distance, density and coverage of several makers of rows in one space.
 *
 * The distance is told as a share of the held-out rows' own variance, tr C, so that spaces of any
 * unit compare: 0 is alike, and who only ever makes the mean row has 1.
 */
import type { Matrix } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import type { Tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { constant, input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { gemm, sub } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import { momentsOf } from "../detection/principal-axes.ts";
import { centerOf, centred } from "../metrics/distances.ts";
import { MOST_COLUMNS, frechetDistance } from "../metrics/frechet.ts";
import { neighbourhoods } from "../metrics/neighbours.ts";
import { mainDirections } from "../pca.ts";
import type { SampleFigures } from "./judgement.ts";

/** @param real held-out rows, as many as each cloud has */
export async function spaceFigures<Name extends string>(
  engine: Engine,
  real: Matrix,
  clouds: ReadonlyMap<Name, Matrix>,
): Promise<ReadonlyMap<Name, Pick<SampleFigures, "frechet" | "density" | "coverage">>> {
  const narrow = await narrowed(engine, real);
  const rows = await narrow(real);
  const made: Matrix[] = [];
  for (const cloud of clouds.values()) made.push(await narrow(cloud));
  const variance = varianceOf(rows);
  const near = await neighbourhoods(engine, rows, made);
  return new Map(
    [...clouds.keys()].map((name, i) => {
      const frechet = frechetDistance(rows, made[i] as Matrix) / variance;
      return [name, { ...(variance > 0 ? { frechet } : {}), ...near[i] }];
    }),
  );
}

/** The whole variance. */
export function varianceOf(rows: Matrix): number {
  const { covariance } = momentsOf(rows);
  let trace = 0;
  for (let i = 0; i < rows.columns; i += 1) trace += covariance[i * rows.columns + i] as number;
  return (trace * rows.rows) / Math.max(1, rows.rows - 1);
}

/** Of spaces of many columns, the principal components of the held-out rows. */
async function narrowed(
  engine: Engine,
  real: Matrix,
): Promise<(matrix: Matrix) => Promise<Matrix>> {
  const { columns, rows } = real;
  if (columns <= MOST_COLUMNS) return (matrix) => Promise.resolve(matrix);
  const mean = centerOf(real);
  const { data } = centred(real, mean);
  const x = input("x", "float32", ["rows", columns]);
  const basis = input("basis", "float32", [columns, "width"]);
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "scatter",
        inputs: [x, basis],
        outputs: { product: gemm(x, gemm(x, basis), { transA: 1 }) },
      }),
    ),
  );
  const directions = await mainDirections(columns, MOST_COLUMNS, async (now) => {
    const out = await session.run({
      x: tensor("float32", data, [rows, columns]),
      basis: tensor("float32", now, [columns, now.length / columns]),
    });
    return Float64Array.from((out["product"] as Tensor<"float32">).data);
  });
  await session.release();
  const size = directions.length;
  const flat = new Float32Array(columns * size);
  for (const [k, direction] of directions.entries())
    for (let j = 0; j < columns; j += 1) flat[j * size + k] = direction[j] as number;
  const raw = input("x", "float32", ["rows", columns]);
  const program = exportModel({
    name: "narrowed",
    inputs: [raw],
    outputs: {
      codes: gemm(
        sub(raw, constant(tensor("float32", Float32Array.from(mean)))),
        constant(tensor("float32", flat, [columns, size])),
      ),
    },
  });
  return async (matrix) => {
    const narrowing = await engine.open(writeModel(program));
    try {
      const out = await narrowing.run({
        x: tensor("float32", matrix.data, [matrix.rows, columns]),
      });
      const codes = (out["codes"] as Tensor<"float32">).data;
      return { rows: matrix.rows, columns: size, data: codes };
    } finally {
      await narrowing.release();
    }
  };
}
