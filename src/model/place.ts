/**
 * New rows on a map that stands: each where its five nearest codes of the map lie, weighted as UMAP
 * weighs neighbours. With d_1 ≤ d_2 ≤ … the distances,
 *
 *   position = Σ_j w_j position_j / Σ_j w_j,   w_j = exp(−(d_j − d_1) / (mean of d − d_1))
 *
 * A code that is on the map lies where it is.
 *
 * @see McInnes, Healy and Melville, "UMAP" (2018), section 3.1, for the weights
 */
import type { Matrix, Tensor } from "../base/tensor.ts";
import { tensor } from "../base/tensor.ts";
import { centerOf, centred, squaredDistances } from "../evaluate/metrics/distances.ts";
import { exportModel } from "../graph/export.ts";
import { constant, input } from "../graph/value.ts";
import { writeModel } from "../onnx/write.ts";
import { neg, topK } from "../ops/index.ts";
import type { Engine, Session } from "../runtime/engine.ts";

const NEIGHBOURS = 5;
const BLOCK = 1024;
/** Two codes are one where their distance is this share of their length. */
const SAME = 1e-5;

/**
 * @param codes of the map, `[points, latent]`, finite
 * @param positions `[points, 2]`
 * @returns from codes to positions; NaN for a code that is not finite
 */
export function placer(
  engine: () => Engine,
  codes: Matrix,
  positions: Matrix,
): (codes: Matrix) => Promise<Matrix> {
  const center = centerOf(codes);
  const known = centred(codes, center);
  const count = Math.min(NEIGHBOURS, codes.rows);
  let session: Promise<Session> | undefined;
  return async (given) => {
    session ??= engine().open(writeModel(nearestProgram(known, count)));
    const opened = await session;
    const asked = centred(given, center);
    const data = new Float32Array(2 * given.rows);
    for (let row = 0; row < given.rows; row += BLOCK) {
      const rows = Math.min(BLOCK, given.rows - row);
      const some = asked.data.slice(row * given.columns, (row + rows) * given.columns);
      const out = await opened.run({ codes: tensor("float32", some, [rows, given.columns]) });
      const nearest = (out["nearest"] as Tensor<"int64">).data;
      for (let i = 0; i < rows; i += 1) {
        const code = some.subarray(i * given.columns, (i + 1) * given.columns);
        const among = Array.from(nearest.subarray(i * count, (i + 1) * count), Number);
        data.set(positionFrom(code, among, known, positions), 2 * (row + i));
      }
    }
    return { data, rows: given.rows, columns: 2 };
  };
}

function nearestProgram({ data, rows, columns }: Matrix, count: number) {
  const codes = input("codes", "float32", ["block", columns]);
  const known = constant(tensor("float32", data, [rows, columns]));
  return exportModel({
    name: "nearest",
    inputs: [codes],
    outputs: { nearest: topK(neg(squaredDistances(codes, known)), count, 1).index },
  });
}

function positionFrom(
  code: Float32Array,
  among: readonly number[],
  { data, columns }: Matrix,
  positions: Matrix,
): readonly [number, number] {
  if (!code.every(Number.isFinite)) return [NaN, NaN];
  const length = Math.hypot(...code);
  // Again in TypeScript: the graph's differences of squares are too rough to tell a code from itself.
  const distances = among.map((at) => {
    let sum = 0;
    for (const [d, x] of code.entries()) sum += (x - (data[at * columns + d] as number)) ** 2;
    return Math.sqrt(sum);
  });
  const least = Math.min(...distances);
  const mean = distances.reduce((a, b) => a + b, 0) / distances.length - least;
  const weights = distances.map((distance) =>
    distance === least
      ? 1
      : least <= SAME * length || mean === 0
        ? 0
        : Math.exp((least - distance) / mean),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  const along = (axis: number): number =>
    among.reduce(
      (sum, at, i) => sum + (weights[i] as number) * (positions.data[2 * at + axis] as number),
      0,
    ) / total;
  return [along(0), along(1)];
}
