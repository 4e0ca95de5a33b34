/**
 * Numbers of any unit and spread → about standard normal, and back. Fitted on
 * training rows, in float64; columns with heavy tails go through an inverse
 * hyperbolic sine, which is linear in the middle and logarithmic far out.
 */
import type { Value } from "../graph/value.ts";
import { constant } from "../graph/value.ts";
import { tensor } from "../base/tensor.ts";
import type { Range } from "./facts.ts";
import {
  add,
  asinh,
  cast,
  clip,
  max,
  min,
  mul,
  neg,
  round,
  sinh,
  sub,
  where,
} from "../ops/index.ts";

/** raw → (raw − center) / scale → asinh if `tail` → (· − mean) / deviation. */
export interface Scaling {
  readonly center: number;
  readonly scale: number;
  readonly tail: boolean;
  readonly mean: number;
  readonly deviation: number;
  /** Range of the training rows, in raw units. */
  readonly low: number;
  readonly high: number;
  /** Raw values are whole numbers, and come back as such. */
  readonly integer: boolean;
}

/** Beyond this many standard deviations a column counts as heavy-tailed. */
const TAIL = 8;
/** Scaled values are cut here, so that no square overflows float32. */
const LIMIT = 1e4;
/** A spread below this counts as none: its reciprocal would be infinite. */
const SMALLEST_SPREAD = 1e-300;
/** sinh of more overflows float32. */
const LONGEST_REACH = 88;

/**
 * Fits one column; NaN is missing. A column without values passes through as it is.
 *
 * @param range of all rows, where `values` are a sample of them
 * @param tails whether heavy tails are drawn in; without, all stays linear
 */
export function fitScaling(
  values: Float64Array,
  integer: boolean,
  range?: Range,
  { tails = true }: { readonly tails?: boolean } = {},
): Scaling {
  const present = values.filter((x) => !Number.isNaN(x)).sort();
  const { mean, deviation } = momentsOf(present);
  const low = Math.min(present[0] ?? 0, range?.low ?? Infinity);
  const high = Math.max(present.at(-1) ?? 0, range?.high ?? -Infinity);
  const half = range === undefined ? 0 : high / 2 - low / 2;
  const plain = {
    center: mean,
    // A sample may hold one value only, and all rows more.
    scale: deviation || (half > SMALLEST_SPREAD ? half : 1),
    tail: false,
    mean: 0,
    deviation: 1,
    low,
    high,
    integer,
  };
  const light = deviation === 0 || Math.max(high - mean, mean - low) <= TAIL * deviation;
  if (light || !tails) return plain;
  const center = quantileOf(present, 0.5);
  const scale = bulkSpread(present, center);
  const squashed = present.map((x) => Math.asinh((x - center) / scale));
  const after = momentsOf(squashed);
  return { ...plain, center, scale, tail: true, mean: after.mean, deviation: after.deviation || 1 };
}

/** A scale of more steps than a byte has is not one that people or sensors share by design. */
const MOST_STEPS = 256;

/**
 * Fits the columns of one table or array. Columns that are steps of one common scale (pixels,
 * ratings, answers from 1 to 5) keep their proportions: they share one spread, so that a column
 * that hardly varies does not weigh as much as one that tells rows apart.
 *
 * @param columns NaN is missing
 */
export function fitScalings(
  columns: readonly {
    readonly values: Float64Array;
    readonly integer: boolean;
    /** Of all rows, where `values` are a sample of them. */
    readonly range?: Range | undefined;
  }[],
): readonly Scaling[] {
  const scalings = columns.map(({ values, integer, range }) => fitScaling(values, integer, range));
  if (
    !shareScale(
      columns.map(({ values }) => values),
      scalings,
    )
  )
    return scalings;
  const own = columns.map(({ values }) => momentsOf(values.filter((x) => !Number.isNaN(x)).sort()));
  const square = own.reduce((sum, { deviation }) => sum + deviation ** 2, 0) / own.length;
  return scalings.map((scaling, i) => ({
    ...scaling,
    center: own[i]?.mean ?? 0,
    scale: Math.sqrt(square) || 1,
    tail: false,
    mean: 0,
    deviation: 1,
  }));
}

/** Whether all values lie on one grid of few steps, whose ends half of the columns reach. */
function shareScale(columns: readonly Float64Array[], scalings: readonly Scaling[]): boolean {
  if (columns.length < 3) return false;
  const levels = new Set<number>();
  for (const values of columns) {
    for (const x of values) if (!Number.isNaN(x)) levels.add(x);
    if (levels.size > MOST_STEPS) return false;
  }
  // Yes and no alone are no scale.
  if (levels.size < 4) return false;
  const sorted = Float64Array.from(levels).sort();
  const [low, high] = [sorted[0] as number, sorted.at(-1) as number];
  const step = sorted.reduce(
    (least, x, i) => (i === 0 ? least : Math.min(least, x - (sorted[i - 1] as number))),
    Infinity,
  );
  const steps = (high - low) / step;
  const onGrid = sorted.every(
    (x) => Math.abs((x - low) / step - Math.round((x - low) / step)) < 1e-3,
  );
  const full = scalings.filter((s) => s.low === low && s.high === high).length;
  return steps < MOST_STEPS && onGrid && 2 * full >= columns.length;
}

/** Half the middle half's width; where that is nothing (mostly one value), the median distance of the others. */
function bulkSpread(sorted: Float64Array, center: number): number {
  const spread = (quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25)) / 1.349;
  if (spread > 0) return spread;
  const distances = sorted
    .map((x) => Math.abs(x - center))
    .filter((x) => x > 0)
    .sort();
  return quantileOf(distances, 0.5);
}

function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] as number;
  const above = sorted[Math.ceil(at)] as number;
  return below + (above - below) * (at - Math.floor(at));
}

/**
 * Of sorted values. Measured from the lowest and in shares of the range, so that neither a
 * far offset (a date in milliseconds) nor a very small or large unit costs digits.
 */
function momentsOf(sorted: Float64Array): { readonly mean: number; readonly deviation: number } {
  const low = sorted[0] ?? 0;
  // Halves, as the range itself may be beyond the largest number.
  const half = (sorted.at(-1) ?? 0) / 2 - low / 2;
  if (!(half > SMALLEST_SPREAD)) return { mean: low, deviation: 0 };
  const place = (x: number): number => (x / 2 - low / 2) / half;
  const mean = sorted.reduce((sum, x) => sum + place(x), 0) / sorted.length;
  const square = sorted.reduce((sum, x) => sum + (place(x) - mean) ** 2, 0) / sorted.length;
  return { mean: low + mean * half + mean * half, deviation: 2 * Math.sqrt(square) * half };
}

/** The float64 part of the scaling, the same in TypeScript and in the graph. */
export function centred(value: number, { center, scale }: Scaling): number {
  return (value - center) * (1 / scale);
}

/** raw float64 `[batch, n]` → float32, by the same two operations as `centred`. */
export function centredInGraph(raw: Value, scalings: readonly Scaling[]): Value {
  const centers = doubles(scalings.map(({ center }) => center));
  const factors = doubles(scalings.map(({ scale }) => 1 / scale));
  return cast(mul(sub(raw, centers), factors), "float32");
}

/** Centred float32 `[batch, n]` → about standard normal; NaN stays NaN. */
export function standardized(x: Value, scalings: readonly Scaling[]): Value {
  const tails = scalings.map(({ tail }) => tail);
  let y = x;
  if (tails.some(Boolean)) {
    const squashed = asinh(x);
    y = tails.every(Boolean) ? squashed : where(flags(tails), squashed, x);
    y = mul(
      sub(y, floats(scalings.map(({ mean }) => mean))),
      floats(scalings.map(({ deviation }) => 1 / deviation)),
    );
  }
  return clip(y, -LIMIT, LIMIT);
}

/** The way back: about standard normal float32 `[batch, n]` → raw float64. */
export function rawFrom(y: Value, scalings: readonly Scaling[]): Value {
  const tails = scalings.map(({ tail }) => tail);
  let x = y;
  if (tails.some(Boolean)) {
    const squashed = add(
      mul(y, floats(scalings.map(({ deviation }) => deviation))),
      floats(scalings.map(({ mean }) => mean)),
    );
    const reaches = floats(scalings.map(reachOf));
    const stretched = sinh(max(min(squashed, reaches), neg(reaches)));
    x = tails.every(Boolean) ? stretched : where(flags(tails), stretched, y);
  }
  const raw = add(
    mul(cast(x, "float64"), doubles(scalings.map(({ scale }) => scale))),
    doubles(scalings.map(({ center }) => center)),
  );
  const whole = scalings.map(({ integer }) => integer);
  if (!whole.some(Boolean)) return raw;
  return whole.every(Boolean) ? round(raw) : where(flags(whole), round(raw), raw);
}

/** sinh grows without bound: a column goes at most about e times as far out as in training. */
function reachOf(scaling: Scaling): number {
  const [low, high] = [scaling.low, scaling.high].map((x) => Math.asinh(centred(x, scaling)));
  return Math.min(LONGEST_REACH, 1 + Math.max(Math.abs(low as number), Math.abs(high as number)));
}

function doubles(values: readonly number[]): Value {
  return constant(tensor("float64", Float64Array.from(values)));
}

function floats(values: readonly number[]): Value {
  return constant(tensor("float32", Float32Array.from(values)));
}

function flags(values: readonly boolean[]): Value {
  return constant(tensor("bool", Uint8Array.from(values, Number)));
}

/** Distance of two raw values in the column's spread, as the network sees it. */
export function scaledDifference(a: number, b: number, scaling: Scaling): number {
  return Math.abs(placeOf(a, scaling) - placeOf(b, scaling));
}

/** A raw value as the network sees it, in float64. */
export function placeOf(raw: number, scaling: Scaling): number {
  const x = centred(raw, scaling);
  return scaling.tail ? (Math.asinh(x) - scaling.mean) / scaling.deviation : x;
}

/** The way back for one number, as `rawFrom` in the graph, but whole numbers are not rounded. */
export function rawOf(y: number, scaling: Scaling): number {
  const { center, scale, tail, mean, deviation } = scaling;
  const reach = reachOf(scaling);
  const squashed = Math.max(-reach, Math.min(reach, y * deviation + mean));
  return (tail ? Math.sinh(squashed) : y) * scale + center;
}

/** Raw values moved into the range that training rows had: no negative ages, no 30-hour days. */
export function withinRange(raw: Value, scalings: readonly Scaling[]): Value {
  const low = doubles(scalings.map((scaling) => scaling.low));
  const high = doubles(scalings.map((scaling) => scaling.high));
  return max(min(raw, high), low);
}
