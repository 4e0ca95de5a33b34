/**
 * Whether samples repeat what was learned from. d(x, S) is the distance of x to the nearest row of S:
 *
 *   nearest = median d(sample, training) / median d(held-out, training)
 *   near    = share of samples with d(sample, training) ≤ the 5 % quantile of d(held-out, training)
 *   remembered = (p − q) / (1 − q),   p = share of samples with d(sample, training) < d(sample, held-out)
 *
 * Samples that are more typical than rows, as smooth pictures are, lie nearer to all rows: the first
 * two fall for that alone. The third asks whether they lie nearer to the rows that were learned from
 * than to others of the same kind, which only memory explains. Of n training and m held-out rows the
 * nearest is a training row with chance q = n / (n + m) where nothing is remembered, whatever the
 * samples look like: 0 then, and 1 where all are copies. Equal distances count q.
 *
 * @see Platzer and Reutterer, "Holdout-based empirical assessment of mixed-type synthetic data"
 *   (2021); Meehan, Chaudhuri and Dasgupta, "A non-parametric test to detect data-copying in
 *   generative models" (2020)
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { cast, neg, topK } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import { centerOf, centred, squaredDistances } from "../metrics/distances.ts";

const BLOCK = 256;
const HELD = "nearest.rows";
const QUANTILE = 0.05;

export interface Nearest {
  readonly distances: Float64Array;
  /** Which row it is. */
  readonly rows: Int32Array;
}

/** The nearest of some rows to each point, for each cloud of points. */
export async function nearestRows(
  engine: Engine,
  rows: Matrix,
  clouds: readonly Matrix[],
): Promise<readonly Nearest[]> {
  const { columns } = rows;
  const center = centerOf(rows);
  const all = centred(rows, center);
  const session = await engine.open(writeModel(nearestProgram(columns)));
  try {
    await engine.hold(HELD, tensor("float32", all.data, [all.rows, columns]));
    const found: Nearest[] = [];
    for (const cloud of clouds) {
      const points = centred(cloud, center);
      const distances = new Float64Array(cloud.rows);
      const nearest = new Int32Array(cloud.rows);
      for (let row = 0; row < cloud.rows; row += BLOCK) {
        const count = Math.min(BLOCK, cloud.rows - row);
        const some = points.data.slice(row * columns, (row + count) * columns);
        const out = await session.run({
          some: tensor("float32", some, [count, columns]),
          all: { held: HELD },
        });
        const index = (out["index"] as Tensor<"int32">).data;
        nearest.set(index, row);
        // A difference of squares tells a copy from a near one by chance: the nearest is measured anew.
        for (let i = 0; i < count; i += 1)
          distances[row + i] = distance(points, row + i, all, index[i] as number);
      }
      found.push({ distances, rows: nearest });
    }
    return found;
  } finally {
    await engine.drop([HELD]);
    await session.release();
  }
}

function distance(one: Matrix, i: number, other: Matrix, j: number): number {
  let sum = 0;
  for (let k = 0; k < one.columns; k += 1)
    sum +=
      ((one.data[i * one.columns + k] as number) - (other.data[j * one.columns + k] as number)) **
      2;
  return Math.sqrt(sum);
}

function nearestProgram(columns: number) {
  const some = input("some", "float32", ["block", columns]);
  const all = input("all", "float32", ["rows", columns]);
  const { index } = topK(neg(squaredDistances(some, all)), 1, 1);
  return exportModel({
    name: "nearest",
    inputs: [some, all],
    outputs: { index: cast(index, "int32") },
  });
}

/** @param heldOut,samples distances to the nearest training row */
export function nearestFigures(
  heldOut: Float64Array,
  samples: Float64Array,
): { readonly nearest: number | undefined; readonly near: number } {
  const usual = quantile(heldOut, 0.5);
  return {
    nearest: usual > 0 ? quantile(samples, 0.5) / usual : undefined,
    near: shareUpTo(samples, quantile(heldOut, QUANTILE)),
  };
}

export function shareUpTo(distances: Float64Array, most: number): number {
  return distances.filter((x) => x <= most).length / distances.length;
}

/**
 * @param training,heldOut the nearest row of each to the same samples
 * @param counts how many rows there are of each
 * @returns with the deviation that chance gives it: of all ways to call so many of the rows training
 *   rows. A few rows may be the nearest to many samples, so it is wider than that of a coin
 */
export function rememberedShare(
  training: Nearest,
  heldOut: Nearest,
  counts: { readonly train: number; readonly heldOut: number },
): { readonly remembered: number; readonly chance: number } {
  const samples = training.distances.length;
  const all = counts.train + counts.heldOut;
  const usual = counts.train / all;
  const times = new Float64Array(all);
  let own = 0;
  for (const [i, x] of training.distances.entries()) {
    const other = heldOut.distances[i] as number;
    own += x < other ? 1 : x === other ? usual : 0;
    const at = x <= other ? training.rows[i] : counts.train + (heldOut.rows[i] as number);
    times[at as number] = (times[at as number] as number) + 1;
  }
  const mean = samples / all;
  const spread = times.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const variance = (counts.train * counts.heldOut * spread) / (all * Math.max(1, all - 1));
  return {
    remembered: (own / samples - usual) / (1 - usual),
    chance: Math.sqrt(variance) / samples / (1 - usual),
  };
}

/** Between neighbours by proportion, as numpy does. */
export function quantile(values: Float64Array, share: number): number {
  const sorted = values.slice().sort();
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (at - Math.floor(at)) * (above - below);
}
