/**
 * Density and coverage of samples y_j against rows x_i, with B_i the ball about x_i that reaches
 * to its k-th nearest other row (k = 5):
 *
 *   density = 1 / (k · M) Σ_j Σ_i [y_j in B_i]      how much samples lie where rows are
 *   coverage = 1 / N Σ_i [some y_j in B_i]          how many rows have a sample near
 *
 * @see Naeem, Oh, Uh, Choi and Yoo, "Reliable fidelity and diversity metrics for generative
 *   models" (2020), equations 3 and 4
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { cast, lessOrEqual, neg, slice, sum, topK } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import { centerOf, centred, squaredDistances } from "./distances.ts";

const NEIGHBOURS = 5;
const BLOCK = 512;

/** Fewer rows than this have no neighbourhoods. */
export const LEAST_ROWS = 2 * (NEIGHBOURS + 1);

export interface Neighbourhood {
  readonly density: number;
  readonly coverage: number;
}

/** Of each cloud of samples against the rows. */
export async function neighbourhoods(
  engine: Engine,
  rows: Matrix,
  clouds: readonly Matrix[],
): Promise<readonly Neighbourhood[]> {
  const session = await engine.open(writeModel(neighbourProgram(rows.columns)));
  const center = centerOf(rows);
  const all = centred(rows, center);
  const found: Neighbourhood[] = [];
  try {
    for (const cloud of clouds) {
      const samples = centred(cloud, center);
      let [inside, covered] = [0, 0];
      for (let row = 0; row < rows.rows; row += BLOCK) {
        const count = Math.min(BLOCK, rows.rows - row);
        const some = all.data.slice(row * rows.columns, (row + count) * rows.columns);
        const out = await session.run({
          some: tensor("float32", some, [count, rows.columns]),
          all: tensor("float32", all.data, [rows.rows, rows.columns]),
          samples: tensor("float32", samples.data, [cloud.rows, cloud.columns]),
        });
        for (const n of (out["inside"] as Tensor<"float32">).data) {
          inside += n;
          covered += Number(n > 0);
        }
      }
      found.push({
        density: inside / (NEIGHBOURS * cloud.rows),
        coverage: covered / rows.rows,
      });
    }
  } finally {
    await session.release();
  }
  return found;
}

/** For each of some rows, how many samples its ball holds. */
function neighbourProgram(columns: number) {
  const some = input("some", "float32", ["block", columns]);
  const all = input("all", "float32", ["rows", columns]);
  const samples = input("samples", "float32", ["samples", columns]);
  // The nearest row is the row itself.
  const nearest = topK(neg(squaredDistances(some, all)), NEIGHBOURS + 1, 1).values;
  const radius = neg(slice(nearest, NEIGHBOURS, NEIGHBOURS + 1, 1));
  const within = cast(lessOrEqual(squaredDistances(some, samples), radius), "float32");
  return exportModel({
    name: "neighbours",
    inputs: [some, all, samples],
    outputs: { inside: sum(within, { axes: [1] }) },
  });
}
