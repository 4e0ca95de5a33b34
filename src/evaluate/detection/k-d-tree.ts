/**
 * Exact nearest neighbours by a k-d tree: boxes cut at the median of their widest side, searched
 * from the nearest box outwards.
 *
 * @see Friedman, Bentley and Finkel, "An algorithm for finding best matches in logarithmic expected
 *   time" (1977); Arya and Mount, "Algorithms for fast vector quantization" (1993), for distances
 *   to boxes that are kept up cut by cut
 */
import type { Points } from "./detector.ts";

const LEAF_ROWS = 16;

export interface Neighbours {
  /** Squared distances of the k nearest rows, rising. */
  readonly squares: Float64Array;
  /** Their rows. */
  readonly rows: Int32Array;
}

/** Nodes in the order of a walk from the root; a leaf's side is −1. */
interface Nodes {
  readonly side: number[];
  readonly cut: number[];
  /** The right child, the left one being the next node; of a leaf its first row, in tree order. */
  readonly right: number[];
  /** Of a leaf, the row after its last one. */
  readonly end: number[];
}

/**
 * @returns what finds the k rows nearest to a row of other points. Its result is overwritten by the
 *   next search; a row `except` is left out
 */
export function kdTree(
  points: Points,
  k: number,
): (others: Points, row: number, except: number) => Neighbours {
  const { columns } = points;
  const order = Int32Array.from({ length: points.rows }, (_, row) => row);
  const nodes: Nodes = { side: [], cut: [], right: [], end: [] };
  build(points, nodes, order, 0, points.rows);
  // In the order of the tree, so that the rows of a leaf lie side by side.
  const held = new Float64Array(points.rows * columns);
  for (const [to, from] of order.entries())
    held.set(points.data.subarray(from * columns, (from + 1) * columns), to * columns);

  const squares = new Float64Array(k);
  const rows = new Int32Array(k);
  const query = new Float64Array(columns);
  const beyond = new Float64Array(columns);
  let left = -1;

  /** @param bound squared distance of the query to the node's box */
  function search(node: number, bound: number): void {
    const side = nodes.side[node] as number;
    if (side < 0) {
      scan(nodes.right[node] as number, nodes.end[node] as number);
      return;
    }
    const off = (query[side] as number) - (nodes.cut[node] as number);
    const right = nodes.right[node] as number;
    search(off <= 0 ? node + 1 : right, bound);
    const before = beyond[side] as number;
    const far = bound - before * before + off * off;
    if (far >= (squares[k - 1] as number)) return;
    beyond[side] = off;
    search(off <= 0 ? right : node + 1, far);
    beyond[side] = before;
  }

  function scan(first: number, end: number): void {
    let worst = squares[k - 1] as number;
    for (let at = first; at < end; at += 1) {
      const start = at * columns;
      let sum = 0;
      let i = 0;
      // Eight at a time, and no further once it is too far.
      while (i + 8 <= columns && sum < worst) {
        for (const stop = i + 8; i < stop; i += 1) {
          const off = (query[i] as number) - (held[start + i] as number);
          sum += off * off;
        }
      }
      if (sum >= worst) continue;
      for (; i < columns; i += 1) {
        const off = (query[i] as number) - (held[start + i] as number);
        sum += off * off;
      }
      const row = order[at] as number;
      if (sum >= worst || row === left) continue;
      let place = k - 1;
      for (; place > 0 && (squares[place - 1] as number) > sum; place -= 1) {
        squares[place] = squares[place - 1] as number;
        rows[place] = rows[place - 1] as number;
      }
      squares[place] = sum;
      rows[place] = row;
      worst = squares[k - 1] as number;
    }
  }

  return ({ data }, row, except) => {
    for (let i = 0; i < columns; i += 1) query[i] = data[row * columns + i] as number;
    squares.fill(Infinity);
    rows.fill(-1);
    beyond.fill(0);
    left = except;
    search(0, 0);
    return { squares, rows };
  };
}

/** Puts rows `first` to `end` of the order under one node. */
function build(points: Points, nodes: Nodes, order: Int32Array, first: number, end: number): void {
  const node = nodes.side.length;
  const side = end - first > LEAF_ROWS ? widestSide(points, order, first, end) : -1;
  nodes.side.push(side);
  nodes.cut.push(0);
  nodes.right.push(first);
  nodes.end.push(end);
  if (side < 0) return;
  const { data, columns } = points;
  const valueOf = (row: number): number => data[row * columns + side] as number;
  order.subarray(first, end).sort((a, b) => valueOf(a) - valueOf(b));
  const middle = (first + end) >> 1;
  nodes.cut[node] = (valueOf(order[middle - 1] as number) + valueOf(order[middle] as number)) / 2;
  build(points, nodes, order, first, middle);
  nodes.right[node] = nodes.side.length;
  build(points, nodes, order, middle, end);
}

/** −1 where all rows are equal. */
function widestSide(
  { data, columns }: Points,
  order: Int32Array,
  first: number,
  end: number,
): number {
  let [widest, side] = [0, -1];
  for (let i = 0; i < columns; i += 1) {
    let [low, high] = [Infinity, -Infinity];
    for (let at = first; at < end; at += 1) {
      const value = data[(order[at] as number) * columns + i] as number;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low > widest) [widest, side] = [high - low, i];
  }
  return side;
}
