/**
 * How strongly an image changes, in which direction, in each of its cells:
 *
 *   h_cb = Σ over pixels and channels of the cell of max(0, |g · u_b| − |g| cos(π / bins)),
 *
 * g the gradient, u_b directions that are π / bins apart; then divided by the length of all. A code
 * is made to give back grey values; what an image shows is in its outlines as much.
 *
 * @see Dalal and Triggs, "Histograms of oriented gradients for human detection" (2005)
 */
import type { Value } from "../../graph/value.ts";
import {
  abs,
  add,
  concat,
  div,
  flatten,
  mul,
  pad,
  relu,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  sum,
  sumOfSquares,
} from "../../ops/index.ts";

const BINS = 8;
const LEAST_CELL = 4;
const MOST_CELLS = 8;

/** Cells along a side of so many pixels. */
function cellsOf(side: number): number {
  return Math.min(MOST_CELLS, Math.floor(side / LEAST_CELL));
}

/** Numbers that tell an image's edges; 0 where it is none, or too small to have cells. */
export function edgeCount(shape: readonly number[]): number {
  const [height = 0, width = 0] = shape;
  const rows = cellsOf(height);
  const columns = cellsOf(width);
  return shape.length === 3 && Math.min(rows, columns) >= 2 ? rows * columns * BINS : 0;
}

/** @param x images, `[batch, height, width, channels]` */
export function edgesOf(x: Value): Value {
  const [height, width, channels] = x.shape.slice(1) as [number, number, number];
  const inner = (at: Value, axis: number, from: number): Value =>
    slice(at, from, (x.shape[axis] as number) - 2 + from, axis);
  const across = (axis: number): Value => {
    const other = inner(x, 3 - axis, 1);
    return sub(inner(other, axis, 2), inner(other, axis, 0));
  };
  const [down, right] = [across(1), across(2)];
  const least = mul(sqrt(add(square(down), square(right))), Math.cos(Math.PI / BINS));
  const [rows, columns] = [cellsOf(height), cellsOf(width)];
  const tall = Math.floor(height / rows);
  const wide = Math.floor(width / columns);
  const bins = Array.from({ length: BINS }, (_, bin) => {
    const angle = (Math.PI * bin) / BINS;
    const along = abs(add(mul(right, Math.cos(angle)), mul(down, Math.sin(angle))));
    const pixels = pad(relu(sub(along, least)), [0, 1, 1, 0], [0, 1, 1, 0]);
    // What cells do not cover is left out on both sides alike.
    const top = (height - rows * tall) >> 1;
    const left = (width - columns * wide) >> 1;
    const covered = slice(slice(pixels, top, top + rows * tall, 1), left, left + columns * wide, 2);
    const cells = reshape(covered, [-1, rows, tall, columns, wide, channels]);
    return flatten(sum(cells, { axes: [2, 4, 5] }));
  });
  const all = concat(bins, 1);
  return div(all, add(sqrt(sumOfSquares(all, { axes: [1], keep: true })), 1e-3));
}
