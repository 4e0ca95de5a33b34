/**
 * Whether rows that lie together in one space lie together in another. With U_k(i) the k rows
 * nearest to row i in the code and r(i, j) the rank of row j among the neighbours of i in the
 * features (1 the nearest), over n rows,
 *
 *   trustworthiness = 1 − 2 / (n k (2n − 3k − 1)) Σ_i Σ_{j ∈ U_k(i)} max(0, r(i, j) − k)
 *   continuity = the same with code and features exchanged
 *
 * 1 when all neighbours are kept, about 0.5 by chance; k = 5. Rows equally far share the better
 * rank: to swap those is no fault.
 *
 * @see Venna and Kaski, "Neighborhood preservation in nonlinear projection methods" (2001)
 */
import type { Matrix, Tensor } from "../../base/tensor.ts";
import { tensor } from "../../base/tensor.ts";
import { exportModel } from "../../graph/export.ts";
import { input } from "../../graph/value.ts";
import { featuresOf } from "../../losses/layout.ts";
import { writeModel } from "../../onnx/write.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { permutation } from "../../random/numbers.ts";
import type { Engine, Session } from "../../runtime/engine.ts";
import { centerOf, centred, squaredDistances } from "./distances.ts";
import type { MetricGroup } from "./metric.ts";

const NEIGHBOURS = 5;
/** More rows change the third digit at most. */
const MOST_ROWS = 2000;
/** Of all rows compared: large images are fewer. */
const MOST_NUMBERS = 2 ** 24;
const FEW_ROWS = 200;
/** Of fewer rows, nearly all are neighbours. */
export const LEAST_ROWS = 4 * NEIGHBOURS;
const BLOCK = 256;
const ROWS_SITE = 0x7e165;

export interface Kept {
  readonly trustworthiness: number;
  readonly continuity: number;
}

export const keptNeighbours: MetricGroup = {
  title: "Neighbours",
  metrics: {
    trustworthiness: {
      label: "Trustworthiness",
      unit: "",
      better: "higher",
      compare: "difference",
      help: "neighbours in the code are neighbours in the data",
    },
    continuity: {
      label: "Continuity",
      unit: "",
      better: "higher",
      compare: "difference",
      help: "neighbours in the data are neighbours in the code",
    },
  },
  conclude: async (study) => {
    const { source, engine } = study;
    if (source.rows < LEAST_ROWS) return new Map();
    const chosen = someRows(source.rows, featuresOf(study.network.preprocessing.layout));
    const codes = new Map(await study.codes(source, chosen, { raw: true }));
    const features = codes.get("raw") as Matrix;
    codes.delete("raw");
    const names = [...codes.keys()];
    const found = await neighboursKept(engine, features, [...codes.values()]);
    if (chosen.length < source.rows) {
      study.note(
        `Neighbours were looked up among ${chosen.length.toLocaleString("en")} of the rows.`,
      );
    }
    return new Map(names.map((name, i) => [name, { ...(found[i] as Kept) }]));
  },
};

/** As many rows as are compared, always the same ones, in order. */
function someRows(rows: number, features: number): Int32Array {
  const order = permutation(atSite(keyAt(0, 0), ROWS_SITE), rows);
  return order.slice(0, comparableRows(features)).sort();
}

/** Rows that can be compared in reasonable time. */
export function comparableRows(features: number): number {
  return Math.max(FEW_ROWS, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / features)));
}

/**
 * How well each of `views` keeps the neighbours of `rows`.
 *
 * @param views as many rows each, in the same order; values that are not finite are nobody's
 *   neighbours
 */
export async function neighboursKept(
  engine: Engine,
  rows: Matrix,
  views: readonly Matrix[],
): Promise<readonly Kept[]> {
  const n = rows.rows;
  const sums = views.map(() => ({ intruders: 0, lost: 0 }));
  const spaces = [rows, ...views].map((space) => centred(space, centerOf(space)));
  const sessions: Session[] = [];
  try {
    for (const { columns } of spaces)
      sessions.push(await engine.open(writeModel(distanceProgram(columns))));
    for (let first = 0; first < n; first += BLOCK) {
      const count = Math.min(BLOCK, n - first);
      const tables: Float32Array[] = [];
      for (const [i, space] of spaces.entries())
        tables.push(await distancesFrom(sessions[i] as Session, space, first, count));
      const [own, ...others] = tables as [Float32Array, ...Float32Array[]];
      for (let at = 0; at < count; at += 1) {
        const lineOf = (table: Float32Array) => table.subarray(at * n, (at + 1) * n);
        const near = lineOf(own);
        const nearest = nearestOf(near, first + at);
        for (const [v, table] of others.entries()) {
          const line = lineOf(table);
          const sum = sums[v] as { intruders: number; lost: number };
          sum.intruders += beyond(near, nearestOf(line, first + at), first + at);
          sum.lost += beyond(line, nearest, first + at);
        }
      }
    }
  } finally {
    for (const session of sessions) await session.release();
  }
  const most = (n * NEIGHBOURS * (2 * n - 3 * NEIGHBOURS - 1)) / 2;
  return sums.map(({ intruders, lost }) => ({
    trustworthiness: 1 - intruders / most,
    continuity: 1 - lost / most,
  }));
}

function distanceProgram(columns: number) {
  const some = input("some", "float32", ["block", columns]);
  const all = input("all", "float32", ["rows", columns]);
  return exportModel({
    name: "distances",
    inputs: [some, all],
    outputs: { distances: squaredDistances(some, all) },
  });
}

/** Of `count` rows from `first` to all rows, `[count, rows]`. */
async function distancesFrom(
  session: Session,
  { data, rows, columns }: Matrix,
  first: number,
  count: number,
): Promise<Float32Array> {
  const { distances } = await session.run({
    some: tensor("float32", data.slice(first * columns, (first + count) * columns), [
      count,
      columns,
    ]),
    all: tensor("float32", data, [rows, columns]),
  });
  return (distances as Tensor<"float32">).data;
}

/** The nearest rows but `self`. */
function nearestOf(distances: Float32Array, self: number): readonly number[] {
  const best: number[] = [];
  let worst = Infinity;
  for (const [j, distance] of distances.entries()) {
    if (j === self || Number.isNaN(distance)) continue;
    if (best.length === NEIGHBOURS && distance >= worst) continue;
    let place = best.length;
    while (place > 0 && (distances[best[place - 1] as number] as number) > distance) place -= 1;
    best.splice(place, 0, j);
    if (best.length > NEIGHBOURS) best.pop();
    worst = distances[best.at(-1) as number] as number;
  }
  return best;
}

/** By how many ranks the rows `these` lie beyond the nearest. */
function beyond(distances: Float32Array, these: readonly number[], self: number): number {
  let total = 0;
  for (const j of these) {
    const reach = distances[j] as number;
    // The row itself is counted as no neighbour, whatever rounding makes of its distance.
    let rank = 1 - Number((distances[self] as number) < reach);
    for (const distance of distances) rank += Number(distance < reach);
    total += Math.max(0, rank - NEIGHBOURS);
  }
  return total;
}
