/** Where a mixture's fit starts. */
import type { Components } from "./mixture-pass.ts";
import { identity } from "./triangular.ts";

export interface Codes {
  /** `[rows, columns]` */
  readonly data: Float32Array | Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Least variance of a component, where that of all codes is 1. */
export const RIDGE = 1e-6;

/**
 * Rows far from one another: each drawn in proportion to its squared distance from those before
 * it. Fewer than asked where all other rows are copies.
 */
export function spreadCenters(codes: Codes, most: number, draws: Float32Array): readonly number[] {
  const { rows } = codes;
  const centers = [Math.floor((draws[0] as number) * rows)];
  let nearest = distances(codes, centers[0] as number);
  while (centers.length < most) {
    const total = nearest.reduce((sum, distance) => sum + distance, 0);
    if (total === 0) break;
    let left = (draws[centers.length] as number) * total;
    const found = nearest.findIndex((distance) => (left -= distance) < 0);
    const farthest = nearest.reduce(
      (at, distance, row) => (distance > (nearest[at] as number) ? row : at),
      0,
    );
    const center = found < 0 ? farthest : found;
    const added = distances(codes, center);
    nearest = nearest.map((distance, row) => Math.min(distance, added[row] as number));
    centers.push(center);
  }
  return centers;
}

function distances({ data, rows, columns }: Codes, center: number): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row += 1) {
    let sum = 0;
    for (let i = 0; i < columns; i += 1) {
      const off = (data[row * columns + i] as number) - (data[center * columns + i] as number);
      sum += off * off;
    }
    out[row] = sum;
  }
  return out;
}

/** Round components of one size at the centers, as wide as the codes lie from the nearest. */
export function startAt(codes: Codes, centers: readonly number[]): Components {
  const { data, rows, columns } = codes;
  const all = centers.map((center) => distances(codes, center));
  let apart = 0;
  for (let row = 0; row < rows; row += 1)
    apart += all.reduce((least, list) => Math.min(least, list[row] as number), Infinity);
  const deviation = Math.sqrt(Math.max(RIDGE, apart / (rows * columns)));
  return {
    weights: new Float64Array(centers.length).fill(1 / centers.length),
    means: Float64Array.from(
      centers.flatMap((center) => [...data.subarray(center * columns, (center + 1) * columns)]),
    ),
    factors: centers.map(() => identity(columns, deviation)),
  };
}
