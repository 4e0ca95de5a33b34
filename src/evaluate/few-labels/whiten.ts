/**
 * Rows in the axes along which they vary most, each axis divided by the root of its spread:
 *
 *   y = Λ^−¼ Vᵀ (x − mean),   V Λ Vᵀ ≈ the covariance of x.
 *
 * Half of whitening. As codes come, a few axes settle what is near; whitened, those that hold
 * little but noise count as much as they do (docs/decisions/few-labels.md).
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { gemm } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import { mainDirections } from "../pca.ts";

/** Of the largest variance; axes with less are noise of the arithmetic. */
const LEAST_VARIANCE = 1e-8;
const HELD = "whiten.x";

/**
 * @param most axes that are kept
 * @returns `[rows, axes]`, of mean squared length 1
 */
export async function halfWhitened(engine: Engine, x: Matrix, most: number): Promise<Matrix> {
  const { rows, columns } = x;
  const axes = Math.min(most, columns, Math.max(1, rows - 1));
  const seen = input("x", "float32", ["rows", columns]);
  const basis = input("basis", "float32", [columns, "width"]);
  const onto = gemm(seen, basis);
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "whiten",
        inputs: [seen, basis],
        outputs: { onto, back: gemm(seen, onto, { transA: 1 }) },
      }),
    ),
  );
  await engine.hold(HELD, tensor("float32", aboutZero(x), [rows, columns]));
  const run = async (name: "onto" | "back", given: Float32Array): Promise<Float32Array> => {
    const shape = [columns, given.length / columns];
    const feeds = { x: { held: HELD }, basis: tensor("float32", given, shape) };
    const out = await session.run(feeds, { fetch: [name] });
    return (out[name] as Tensor<"float32">).data;
  };
  const directions = await mainDirections(columns, axes, async (now) =>
    Float64Array.from(await run("back", now)),
  );
  const placed = await run("onto", beside(directions, columns));
  await session.release();
  await engine.drop([HELD]);
  return spreadEvenly({ rows, columns: directions.length, data: placed });
}

function aboutZero({ data, rows, columns }: Matrix): Float32Array {
  const center = new Float64Array(columns);
  for (let i = 0; i < data.length; i += 1)
    center[i % columns] = (center[i % columns] as number) + (data[i] as number) / rows;
  return data.map((value, i) => value - (center[i % columns] as number));
}

/** Directions as columns, row-major. */
function beside(directions: readonly Float64Array[], rows: number): Float32Array {
  const width = directions.length;
  return Float32Array.from(
    { length: rows * width },
    (_, i) => directions[i % width]?.[Math.floor(i / width)] as number,
  );
}

/** Each column divided by the root of its standard deviation, then all by one number. */
function spreadEvenly({ data, rows, columns }: Matrix): Matrix {
  const variances = new Float64Array(columns);
  for (let i = 0; i < data.length; i += 1)
    variances[i % columns] = (variances[i % columns] as number) + (data[i] as number) ** 2 / rows;
  const least = LEAST_VARIANCE * Math.max(...variances);
  const factors = variances.map((variance) => (variance > least ? variance ** -0.25 : 0));
  const length = Math.sqrt(
    variances.reduce((sum, v, i) => sum + v * (factors[i] as number) ** 2, 0),
  );
  return {
    rows,
    columns,
    data: data.map((value, i) => (value * (factors[i % columns] as number)) / (length || 1)),
  };
}
