/**
 * Labels spread over the graph of neighbours, in the engine:
 *
 *   F ← α S F + (1 − α) Y,   S = D^−½ W D^−½,   W_ij = exp(−‖z_i − z_j‖² / (σ_i σ_j)),
 *
 * W between each row and its nearest rows, either way; σ_i the distance to a near neighbour.
 * Columns of F are then scaled so that classes have the shares that they have among the labels.
 *
 * @see Zhou, Bousquet, Lal, Weston and Schölkopf, "Learning with local and global consistency"
 *   (2004); Zelnik-Manor and Perona, "Self-tuning spectral clustering" (2004), for σ; Zhu,
 *   Ghahramani and Lafferty, "Semi-supervised learning using Gaussian fields and harmonic
 *   functions" (2003), section 4, for the shares
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import type { Value } from "../../graph/value.ts";
import { input, scalar } from "../../graph/value.ts";
import { writeModel } from "../../onnx/write.ts";
import { add, gather, loop, mul, neg, reshape, slice, topK } from "../../ops/index.ts";
import type { Engine } from "../../runtime/engine.ts";
import { squaredDistances } from "../metrics/distances.ts";

/** Nearest rows of each; with those whose nearest it is, at most `MOST_EDGES`. */
const NEIGHBOURS = 10;
const SCALE_NEIGHBOUR = 7;
const MOST_EDGES = 16;
const BLOCK = 256;
/** Turns after which classes have settled, though .99⁸⁰ is under a half. */
const TURNS = 80;

/** A graph of neighbours: for each row so many others, and how strongly it hangs on them. */
export interface Neighbours {
  readonly rows: number;
  readonly width: number;
  /** `[rows, width]` */
  readonly index: Int32Array;
  /** S of each, 0 where there is none. */
  readonly weight: Float32Array;
}

/** @param codes `[rows, size]`, on one scale */
export async function neighboursOf(engine: Engine, codes: Matrix): Promise<Neighbours> {
  const { rows, columns } = codes;
  const near = Math.min(Math.max(NEIGHBOURS, SCALE_NEIGHBOUR), rows - 1);
  const kept = Math.min(NEIGHBOURS, near);
  const some = input("some", "float32", ["block", columns]);
  const all = input("all", "float32", ["rows", columns]);
  // The nearest row is the row itself, or a copy of it.
  const found = topK(neg(squaredDistances(some, all)), near + 1, 1);
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "neighbours",
        inputs: [some, all],
        outputs: { squares: neg(found.values), index: found.index },
      }),
    ),
  );
  await engine.hold("spread.codes", tensor("float32", codes.data, [rows, columns]));
  const index = new Int32Array(rows * kept);
  const squares = new Float32Array(rows * kept);
  const scale = new Float32Array(rows);
  for (let row = 0; row < rows; row += BLOCK) {
    const count = Math.min(BLOCK, rows - row);
    const block = codes.data.slice(row * columns, (row + count) * columns);
    const out = await session.run({
      some: tensor("float32", block, [count, columns]),
      all: { held: "spread.codes" },
    });
    const distances = (out["squares"] as Tensor<"float32">).data;
    const places = (out["index"] as Tensor<"int64">).data;
    for (let i = 0; i < count; i += 1) {
      let at = (row + i) * kept;
      for (let k = 0; k <= near && at < (row + i + 1) * kept; k += 1) {
        const other = Number(places[i * (near + 1) + k]);
        if (other === row + i) continue;
        index[at] = other;
        squares[at] = Math.max(0, distances[i * (near + 1) + k] as number);
        at += 1;
      }
      const far = Math.min(SCALE_NEIGHBOUR, near);
      scale[row + i] = Math.sqrt(Math.max(1e-12, distances[i * (near + 1) + far] as number));
    }
  }
  await session.release();
  await engine.drop(["spread.codes"]);
  return bothWays(rows, kept, index, squares, scale);
}

/** Edges in both directions, the strongest of each row, divided by the roots of the degrees. */
function bothWays(
  rows: number,
  kept: number,
  index: Int32Array,
  squares: Float32Array,
  scale: Float32Array,
): Neighbours {
  const edges = Array.from({ length: rows }, () => new Map<number, number>());
  for (let row = 0; row < rows; row += 1) {
    for (let at = row * kept; at < (row + 1) * kept; at += 1) {
      const other = index[at] as number;
      const between = (scale[row] as number) * (scale[other] as number);
      const weight = Math.exp(-(squares[at] as number) / between);
      edges[row]?.set(other, weight);
      edges[other]?.set(row, weight);
    }
  }
  const strongest = edges.map((own) =>
    own.size <= MOST_EDGES ? [...own] : [...own].sort(([, a], [, b]) => b - a).slice(0, MOST_EDGES),
  );
  const degree = strongest.map((own) => own.reduce((total, [, weight]) => total + weight, 1e-12));
  const width = Math.max(...strongest.map((own) => own.length));
  const result = {
    rows,
    width,
    index: new Int32Array(rows * width),
    weight: new Float32Array(rows * width),
  };
  for (const [row, own] of strongest.entries()) {
    for (const [i, [other, weight]] of own.entries()) {
      result.index[row * width + i] = other;
      result.weight[row * width + i] =
        weight / Math.sqrt((degree[row] as number) * (degree[other] as number));
    }
  }
  return result;
}

/**
 * What has arrived in every row, for each α. All of them are sums over the same turns:
 *
 *   F = (1 − α) Σ_t αᵗ Sᵗ Y + αᵀ Sᵀ Y   after T turns.
 *
 * @param seeds `[rows, columns]`, 0 but in labelled rows
 * @returns `[rows, columns]` an α
 */
export async function spreadOver(
  engine: Engine,
  { rows, width, index, weight }: Neighbours,
  seeds: Matrix,
  alphas: readonly number[],
): Promise<readonly Float32Array[]> {
  const { columns } = seeds;
  const places = input("index", "int32", ["rows", width]);
  const strength = input("weight", "float32", ["rows", width]);
  const from = input("seeds", "float32", ["rows", columns]);
  const trips = input("trips", "int64", []);
  // One neighbour of each row after the other: what lies between is no larger than the seeds.
  const neighbours = Array.from({ length: width }, (_, k) => ({
    place: reshape(slice(places, k, k + 1, 1), [-1]),
    weight: slice(strength, k, k + 1, 1),
  }));
  const onward = (now: Value): Value =>
    neighbours
      .map((own) => mul(gather(now, own.place), own.weight))
      .reduce((total, one) => add(total, one));
  const start = [from, ...alphas.flatMap(() => [scalar(1), mul(from, 0)])];
  const { state } = loop(trips, start, (_, [now, ...sums]) => ({
    state: [
      onward(now as Value),
      ...alphas.flatMap((alpha, i) => {
        const [power, total] = [sums[2 * i] as Value, sums[2 * i + 1] as Value];
        const part = mul(now as Value, mul(power, 1 - alpha));
        return [mul(power, alpha), add(total, part)];
      }),
    ],
    scans: [],
  }));
  const [last, ...sums] = state as [Value, ...Value[]];
  const arrived = alphas.map((_, i) =>
    add(sums[2 * i + 1] as Value, mul(last, sums[2 * i] as Value)),
  );
  const session = await engine.open(
    writeModel(
      exportModel({
        name: "spread",
        inputs: [places, strength, from, trips],
        outputs: Object.fromEntries(arrived.map((value, i) => [`arrived.${i}`, value])),
      }),
    ),
  );
  const out = await session.run({
    index: tensor("int32", index, [rows, width]),
    weight: tensor("float32", weight, [rows, width]),
    seeds: tensor("float32", seeds.data, [rows, columns]),
    trips: tensor("int64", BigInt64Array.of(BigInt(TURNS)), []),
  });
  await session.release();
  return alphas.map((_, i) => (out[`arrived.${i}`] as Tensor<"float32">).data);
}
