/**
 * One tree of gradient boosting, grown leaf by leaf, the largest gain first:
 *
 *   gain = G_l² / H_l + G_r² / H_r − G² / H,   leaf = −G / H
 *
 * with G and H sums of the gradient and of the curvature of the loss over a leaf's rows. Sums are
 * kept by bin; those of the larger child are its parent's less the smaller child's. Numbers are cut
 * between two bins, missing ones going to whichever side gains more; categories are put in order of
 * their own −G / H first, which is where the best two groups of them lie (Fisher, 1958).
 *
 * @see Chen and Guestrin, "XGBoost" (2016), equations 5 and 7; Ke et al., "LightGBM" (2017)
 */
import type { Binning, Bins } from "./boosting-bins.ts";
import { OTHER } from "./boosting-bins.ts";

const BINS = 256;
/** Numbers a bin: gradient, curvature, rows. */
const WIDTH = 3;
const LEAVES = 31;
const LEAST_ROWS = 20;
const LEAST_CURVATURE = 1e-3;
/** Categories of fewer rows tell too little to be put in order. */
const LEAST_CATEGORY = 10;
/** Pulls the order of rare categories to the middle. */
const CATEGORY_SMOOTHING = 10;

/** A split's `left` says of each bin whether it goes left; of a leaf, `value` counts. */
export interface Tree {
  readonly column: Int32Array;
  readonly left: readonly (Uint8Array | undefined)[];
  readonly children: readonly (readonly [number, number] | undefined)[];
  readonly value: Float64Array;
}

interface Split {
  readonly gain: number;
  readonly column: number;
  readonly left: Uint8Array;
}

interface Leaf {
  readonly node: number;
  readonly from: number;
  readonly to: number;
  readonly sums: Float64Array;
  readonly split: Split | undefined;
}

/**
 * @param gradient of the loss by each row's score
 * @param curvature its second derivative
 * @param leafOf filled with the leaf value of each row
 */
export function growTree(
  bins: Bins,
  binnings: readonly Binning[],
  gradient: Float64Array,
  curvature: Float64Array,
  leafOf: Float64Array,
): Tree {
  const { rows, columns } = bins;
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const spare = new Int32Array(rows);
  const column: number[] = [];
  const left: (Uint8Array | undefined)[] = [];
  const children: (readonly [number, number] | undefined)[] = [];
  const value: number[] = [];

  const summed = (from: number, to: number): Float64Array => {
    const sums = new Float64Array(columns.length * BINS * WIDTH);
    for (const [j, own] of columns.entries()) {
      const start = j * BINS;
      for (let at = from; at < to; at += 1) {
        const row = order[at] as number;
        const place = (start + (own[row] as number)) * WIDTH;
        sums[place] = (sums[place] as number) + (gradient[row] as number);
        sums[place + 1] = (sums[place + 1] as number) + (curvature[row] as number);
        sums[place + 2] = (sums[place + 2] as number) + 1;
      }
    }
    return sums;
  };
  const leafAt = (from: number, to: number, sums: Float64Array): Leaf => {
    const node = value.length;
    const [g, h] = totals(sums);
    column.push(-1);
    left.push(undefined);
    children.push(undefined);
    value.push(h > 0 ? -g / h : 0);
    const split = to - from < 2 * LEAST_ROWS ? undefined : bestSplit(sums, binnings, to - from);
    return { node, from, to, sums, split };
  };

  const leaves = [leafAt(0, rows, summed(0, rows))];
  while (leaves.length < LEAVES) {
    let best = -1;
    for (const [i, { split }] of leaves.entries()) {
      const most = leaves[best]?.split?.gain ?? 0;
      if (split !== undefined && split.gain > most) best = i;
    }
    if (best < 0) break;
    const { node, from, to, sums, split } = leaves[best] as Leaf & { readonly split: Split };
    const middle = partition(
      order,
      spare,
      from,
      to,
      columns[split.column] as Uint8Array,
      split.left,
    );
    const leftSmaller = middle - from <= to - middle;
    const small = leftSmaller ? summed(from, middle) : summed(middle, to);
    for (let i = 0; i < sums.length; i += 1) sums[i] = (sums[i] as number) - (small[i] as number);
    const one = leafAt(from, middle, leftSmaller ? small : sums);
    const other = leafAt(middle, to, leftSmaller ? sums : small);
    column[node] = split.column;
    left[node] = split.left;
    children[node] = [one.node, other.node];
    leaves[best] = one;
    leaves.push(other);
  }
  for (const { node, from, to } of leaves)
    for (let at = from; at < to; at += 1) leafOf[order[at] as number] = value[node] as number;
  return { column: Int32Array.from(column), left, children, value: Float64Array.from(value) };
}

/** Any column's bins hold all rows. */
function totals(sums: Float64Array): readonly [g: number, h: number] {
  let [g, h] = [0, 0];
  for (let place = 0; place < BINS * WIDTH; place += WIDTH) {
    g += sums[place] as number;
    h += sums[place + 1] as number;
  }
  return [g, h];
}

function bestSplit(
  sums: Float64Array,
  binnings: readonly Binning[],
  rows: number,
): Split | undefined {
  const [g, h] = totals(sums);
  const whole = worth(g, h);
  let best: { gain: number; column: number; order: readonly number[]; upTo: number } | undefined;
  for (const [column, { kind }] of binnings.entries()) {
    const start = column * BINS * WIDTH;
    const own = (bin: number, what: number): number => sums[start + bin * WIDTH + what] as number;
    for (const order of kind === "number" ? numberOrders(own) : [categoryOrder(own)]) {
      let [leftG, leftH, leftRows] = [0, 0, 0];
      for (let i = 0; i < order.length - 1; i += 1) {
        const bin = order[i] as number;
        leftG += own(bin, 0);
        leftH += own(bin, 1);
        leftRows += own(bin, 2);
        if (leftRows < LEAST_ROWS || leftH < LEAST_CURVATURE) continue;
        if (rows - leftRows < LEAST_ROWS || h - leftH < LEAST_CURVATURE) break;
        const gain = worth(leftG, leftH) + worth(g - leftG, h - leftH) - whole;
        if (gain > (best?.gain ?? 0)) best = { gain, column, order, upTo: i };
      }
    }
  }
  if (best === undefined) return undefined;
  const left = new Uint8Array(BINS);
  const last = best.order[best.upTo] as number;
  const numbers = binnings[best.column]?.kind === "number";
  for (const bin of best.order.slice(0, best.upTo + 1)) left[bin] = 1;
  // Bins between two that have rows here go with the lower one.
  if (numbers && last !== OTHER) left.fill(1, 0, last + 1);
  return { gain: best.gain, column: best.column, left };
}

/** Bins that have rows, rising, with the missing first and last. */
function numberOrders(own: (bin: number, what: number) => number): readonly (readonly number[])[] {
  const rising: number[] = [];
  for (let bin = 0; bin < OTHER; bin += 1) if (own(bin, 2) > 0) rising.push(bin);
  return own(OTHER, 2) > 0
    ? [
        [...rising, OTHER],
        [OTHER, ...rising],
      ]
    : [rising];
}

function categoryOrder(own: (bin: number, what: number) => number): readonly number[] {
  const slope = (bin: number): number => own(bin, 0) / (own(bin, 1) + CATEGORY_SMOOTHING);
  const bins: number[] = [];
  for (let bin = 0; bin < BINS; bin += 1) if (own(bin, 2) >= LEAST_CATEGORY) bins.push(bin);
  const sorted = bins.sort((a, b) => slope(a) - slope(b) || a - b);
  // The rare ones stay together on the right.
  for (let bin = 0; bin < BINS; bin += 1)
    if (own(bin, 2) > 0 && own(bin, 2) < LEAST_CATEGORY) sorted.push(bin);
  return sorted;
}

function worth(g: number, h: number): number {
  return h > 0 ? (g * g) / h : 0;
}

/** Rows that go left first, each side in its order; returns where the right ones begin. */
function partition(
  order: Int32Array,
  spare: Int32Array,
  from: number,
  to: number,
  bins: Uint8Array,
  left: Uint8Array,
): number {
  let [at, rest] = [from, 0];
  for (let i = from; i < to; i += 1) {
    const row = order[i] as number;
    if (left[bins[row] as number] === 1) order[at++] = row;
    else spare[rest++] = row;
  }
  order.set(spare.subarray(0, rest), at);
  return at;
}

/** The leaf value of one row. */
export function treeValue(
  { column, left, children, value }: Tree,
  bins: Bins,
  row: number,
): number {
  let node = 0;
  for (;;) {
    const pair = children[node];
    if (pair === undefined) return value[node] as number;
    const bin = (bins.columns[column[node] as number] as Uint8Array)[row] as number;
    node = (left[node] as Uint8Array)[bin] === 1 ? pair[0] : pair[1];
  }
}
