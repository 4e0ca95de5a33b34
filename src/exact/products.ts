/**
 * Matrix products that are the same on every machine. The left side is rounded to whole numbers of
 * at most A bits, the right side is whole numbers by a power of two a column; A is chosen so that no
 * sum, in whatever order, with or without fused operations, leaves the whole numbers below 2^53.
 */
import type { Functions } from "./functions.ts";
import { type Emitter, int, ints } from "./emitter.ts";
import { exponentAbove, lowestBit } from "./grids.ts";

/** Sums stay below 2^EXACT. */
const EXACT = 52;
/** More bits than these no reconstruction needs. */
const MOST_BITS = 26;

export interface Product {
  /** `[..., inputs]` */
  readonly left: string;
  /** Absolute values of `left` up to 2^limit; larger ones are cut. */
  readonly limit: number;
  /** `[inputs, outputs]`, row-major */
  readonly right: Float64Array;
  readonly inputs: number;
  readonly outputs: number;
}

/** `left` × `right`, `[..., outputs]` */
export function exactProduct(to: Emitter, f: Functions, product: Product): string {
  const { left, limit, right, inputs, outputs } = product;
  const whole = new Float64Array(right.length);
  const exponents = new Int32Array(outputs);
  let heaviest = 1;
  for (let column = 0; column < outputs; column += 1) {
    let e = Infinity;
    for (let row = 0; row < inputs; row += 1) {
      const weight = right[row * outputs + column] as number;
      if (weight !== 0) e = Math.min(e, lowestBit(weight));
    }
    exponents[column] = e === Infinity ? 0 : e;
    let sum = 0;
    for (let row = 0; row < inputs; row += 1) {
      const at = row * outputs + column;
      whole[at] = (right[at] as number) / 2 ** (exponents[column] as number);
      sum += Math.abs(whole[at]);
    }
    heaviest = Math.max(heaviest, sum);
  }
  const bits = Math.max(1, Math.min(MOST_BITS, EXACT - exponentAbove(heaviest)));
  const grid = limit - bits;
  const counts = onGrid(to, f, left, grid, bits);
  const sums = to.op("MatMul", [counts, to.numbers(whole, [inputs, outputs])]);
  const scales = Float64Array.from(exponents, (e) => 2 ** (e + grid));
  return to.op("Mul", [sums, to.numbers(scales, [outputs])]);
}

/** Whole numbers of steps of 2^grid, at most 2^bits of them. */
export function onGrid(to: Emitter, f: Functions, x: string, grid: number, bits: number): string {
  return to.op("Round", [f.clip(f.mul(x, 2 ** -grid), -(2 ** bits), 2 ** bits)]);
}

/** Bits of each number of an exact sum: as many as 2^20 of them leave. */
const SUM_BITS = 32;

export function exactSum(
  to: Emitter,
  f: Functions,
  { x, limit, axes, keep }: { x: string; limit: number; axes: string | undefined; keep: number },
): string {
  const grid = limit - SUM_BITS;
  const counts = onGrid(to, f, x, grid, SUM_BITS);
  const sum = to.op("ReduceSum", axes === undefined ? [counts] : [counts, axes], {
    keepdims: int(keep),
  });
  return f.mul(sum, 2 ** grid);
}

/** Where each tap of each output place reads: places of the input, or one behind them for nothing. */
export interface Patches {
  readonly taps: readonly number[];
  readonly places: number;
  /** Places of the input. */
  readonly from: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly number[];
}

/** `[batch, channels, ...]` → `[batch, outputs, ...size]` through patches of `taps`. */
export function exactConv(
  to: Emitter,
  f: Functions,
  x: string,
  patches: Patches,
  { right, limit, bias }: { right: Float64Array; limit: number; bias: string | undefined },
): string {
  const { taps, places, from, channels, outputs, size } = patches;
  const flat = to.op("Reshape", [x, to.indices([-1, channels, from])]);
  const last = to.op("Transpose", [flat], { perm: ints([0, 2, 1]) });
  const padded = to.op("Pad", [last, to.indices([0, 0, 0, 0, 1, 0])]);
  const gathered = to.op("Gather", [padded, to.indices(taps)], { axis: int(1) });
  const inputs = (taps.length / places) * channels;
  const rows = to.op("Reshape", [gathered, to.indices([-1, inputs])]);
  const product = exactProduct(to, f, { left: rows, limit, right, inputs, outputs });
  const shifted = bias === undefined ? product : to.op("Add", [product, bias]);
  const grouped = to.op("Reshape", [shifted, to.indices([-1, places, outputs])]);
  const first = to.op("Transpose", [grouped], { perm: ints([0, 2, 1]) });
  return to.op("Reshape", [first, to.indices([-1, outputs, ...size])]);
}
