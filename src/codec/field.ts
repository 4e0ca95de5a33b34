/**
 * A block of numbers, element by element: predicted from neighbours that are decoded already (and
 * from a learned prediction, on all sides), the rest counted in steps and coded. Writing runs the
 * reading's own arithmetic, looks at what comes out of it, and sends what is outside as it is.
 *
 * Only + − × ÷ of doubles, in one order: every machine rounds them alike.
 */
import { castOf, storeOf } from "./dtypes.ts";
import { IntegerCoder } from "./integers.ts";
import type { Layout, Step } from "./layout.ts";
import { causalSteps } from "./layout.ts";
import type { DType } from "./learned.ts";
import type { Line } from "./line.ts";
import { Learning, SHIFTS, WIDTHS } from "./learning.ts";
import { compile, insideLine, isInside, type Compiled } from "./linear.ts";
import { Predictor, type Linear } from "./predictor.ts";
import { codeDouble, damped, EscapeCoder, orderOf } from "./floats.ts";
import type { BitCoder } from "./range-coder.ts";

export interface FieldJob {
  readonly dtype: DType;
  readonly layout: Layout;
  readonly line: Line;
  readonly prediction: Linear;
  /** What stands for neighbours where there are none. */
  readonly start: number;
  /** Between which most values lie, in units of the line. */
  readonly low: number;
  readonly high: number;
  /** A learned prediction, in units of the line. */
  readonly side?: Float64Array;
  /** Whether a network learns beside (`learning.ts`). */
  readonly network?: boolean;
  /** Little-endian values: read from when writing, filled when reading. */
  readonly bytes: Uint8Array;
}

/** On the writing side. */
export interface Given {
  /** As they are. */
  readonly values: Float64Array;
  /** The same, in units of the line. */
  readonly counted: Float64Array;
  /** Absolute; 0 asks for each bit. */
  readonly bound: number;
}

export interface Outcome {
  /** Elements that had to be sent as they are. */
  readonly escapes: number;
  /** Largest error among the others. */
  readonly largest: number;
}

/** Larger counts are sent as they are. */
const MOST_COUNT = 4294967295;
const NEAR = 6;
const CLASSES = 12;
/** Contexts know no larger counts. */
const FAR = 0xffff;

/** Of sizes: 0, 1, 2, 3, 4, 5–6, 7–8, 9–12 …: two classes a power of two. */
function classOf(size: number): number {
  if (size < 5) return size;
  const power = 31 - Math.clz32(size > 0x7fffffff ? 0x7fffffff : size);
  return 2 * power + ((size >>> (power - 1)) & 1) + 1;
}

function coarse(size: number): number {
  const found = classOf(size);
  return found < 6 ? found : found < 14 ? 6 + ((found - 6) >> 1) : found < 26 ? 10 : 11;
}

/** Four classes a power of two. @param size a whole number */
function fine(size: number): number {
  if (size < 8) return size;
  const power = 31 - Math.clz32(size > 0x7fffffff ? 0x7fffffff : size);
  const found = 4 * power + ((size >>> (power - 2)) & 3) - 4;
  return found < 72 ? found : 71;
}

const FINE = 72;
const WAYS = 31;

export function codeField(coder: BitCoder, job: FieldJob, given?: Given): Outcome {
  const { dtype, layout, line, prediction, start, side, bytes } = job;
  const { axes, channels, groups } = layout;
  const count = axes.reduce((product, n) => product * n, 1);
  const reading = given === undefined;
  const values = given?.values ?? new Float64Array(0);
  const counted = given?.counted ?? new Float64Array(0);
  const store = reading ? storeOf(bytes, dtype) : () => {};
  const cast = castOf(dtype);
  const raw = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const escape = new EscapeCoder(coder, dtype);

  const field = new Float64Array(count);
  const counts = new Int32Array(count);
  const near = compile(layout, causalSteps(layout, NEAR));
  const integers = new IntegerCoder(coder, [
    FINE,
    CLASSES * CLASSES,
    CLASSES * CLASSES,
    27 * 8,
    FINE * 4,
    FINE * groups,
    343,
    64 * 6,
    WAYS * WAYS,
    WAYS * WAYS,
    ...(job.network === true ? [WIDTHS * 4, WIDTHS * CLASSES, SHIFTS * 8] : []),
  ]);
  const means = new Int32Array(groups).fill(64);

  const mode = line.mode;
  const step = mode === "bits" ? 1 : line.step;
  const grid = line.mode === "grid" ? line : undefined;
  const top = grid?.high ?? 0;
  const scale = grid?.scale ?? 1;
  const origin = grid?.origin ?? 0;
  const divisor = grid?.divisor ?? 1;
  const spreadScale = 63 / (job.high - job.low || 1);
  const wide = mode === "bits" && dtype === "f8";
  const order = mode === "bits" ? orderOf(dtype) : undefined;
  const predictor = new Predictor(prediction, { layout, field, side, start });
  const learning =
    job.network === true
      ? new Learning({
          layout,
          field,
          step: mode === "bits" ? (job.high - job.low || 1) * 1e-6 : step,
          least: mode === "bits" ? (job.high - job.low || 1) * 1e-7 : step / 4,
          low: job.low,
          high: job.high,
        })
      : undefined;
  const sizes = new Int32Array(NEAR);
  const signs = new Int32Array(NEAR);
  const found = new Int32Array(NEAR);
  const around = new Float64Array(NEAR);

  const axesBefore = axes.length - 1;
  const lineLength = axes[axesBefore] as number;
  const place = axes.map(() => 0);
  const nearLeft = channels ? 0 : (near.before[axesBefore] as number);
  const nearRight = lineLength - (channels ? 0 : (near.after[axesBefore] as number));
  let escapes = 0;
  let largest = 0;

  for (let index = 0; index < count;) {
    predictor.begin(place);
    learning?.begin(place);
    const nearInside = insideLine(near, place);
    for (let x = 0; x < lineLength; x += 1, index += 1) {
      const group = channels ? x : 0;
      place[axesBefore] = x;

      let predicted = predictor.at(index, x, group, place);

      // Where counting begins, and what is left of the prediction.
      let base = predicted;
      let rest = 0;
      if (grid !== undefined) {
        if (predicted < 0) predicted = 0;
        else if (predicted > top) predicted = top;
        base = Math.floor(predicted + 0.5);
        rest = predicted - base < -0.2 ? 1 : predicted - base > 0.2 ? 2 : 3;
      }

      // Contexts: what neighbours were off by.
      const { offsets: nearOffsets, steps: nearSteps } = near.taps[
        group
      ] as Compiled["taps"][number];
      const whole = nearInside && x >= nearLeft && x < nearRight;
      for (let t = 0; t < NEAR; t += 1) {
        let k = t === 0 ? 0 : (found[0] as number);
        let value = t === 0 ? start : (around[0] as number);
        if (t < nearOffsets.length && (whole || isInside(nearSteps[t] as Step, place, axes))) {
          const at = index + (nearOffsets[t] as number);
          k = counts[at] as number;
          value = field[at] as number;
        }
        found[t] = k;
        around[t] = value;
        sizes[t] = k < 0 ? -k : k;
        signs[t] = k < 0 ? 0 : k === 0 ? 1 : 2;
      }
      const m0 = sizes[0] as number;
      const m1 = sizes[1] as number;
      const m2 = sizes[2] as number;
      const m3 = sizes[3] as number;
      const sum = 2 * (m0 + m1) + m2 + m3 + (((sizes[4] as number) + (sizes[5] as number)) >> 1);
      const mean = means[group] as number;
      integers.weights = sum < 3 ? 0 : sum < 12 ? 1 : sum < 48 ? 2 : 3;
      integers.context(0, fine(sum));
      integers.context(1, coarse(m0) * CLASSES + coarse(m1));
      integers.context(2, coarse(m2) * CLASSES + coarse(m3));
      integers.context(
        3,
        ((signs[0] as number) * 9 + (signs[1] as number) * 3 + (signs[2] as number)) * 8 +
          Math.min(7, classOf(sum >> 2)),
      );
      const gap = (predicted - (around[0] as number)) / step;

      integers.context(4, fine(Math.floor(4 * Math.min(1e8, gap < 0 ? -gap : gap))) * 4 + rest);
      integers.context(5, fine(mean >> 4) * groups + group);
      integers.context(
        8,
        ways((around[0] as number) - base, step) * WAYS + ways((around[1] as number) - base, step),
      );
      integers.context(
        9,
        ways((around[2] as number) - base, step) * WAYS + ways((around[3] as number) - base, step),
      );
      integers.context(
        6,
        (clip(found[0] as number) * 7 + clip(found[1] as number)) * 7 + clip(found[2] as number),
      );
      if (learning !== undefined) {
        learning.look(index, x, group, place, predicted);
        const { width, way } = learning;
        integers.weights = width < 12 ? 0 : width < 22 ? 1 : width < 32 ? 2 : 3;
        integers.context(10, width * 4 + rest);
        integers.context(11, width * CLASSES + coarse(m0));
        integers.context(12, way * 8 + Math.floor(width / 6));
      }
      const at = spreadScale * (predicted - job.low);
      integers.context(
        7,
        (at >= 63 ? 63 : at > 0 ? Math.floor(at) : 0) * 6 + Math.min(5, classOf(m0)),
      );

      // The count, and the value it gives.
      let k = Number.NaN;
      let value = 0;
      if (wide) {
        value = codeDouble(integers, base, reading ? undefined : (values[index] as number));
        k = integers.escaped ? Number.NaN : damped(integers.high, integers.low, 4);
        if (integers.negative === 1) k = -k;
      } else if (order !== undefined) {
        const from = order.of(base);
        if (!reading && isFinite(values[index] as number)) {
          k = order.of(values[index] as number) - from;
        }
        k = integers.code(k);
        value = order.value(from + (k === k ? k : 0));
        if (k === k) k = integers.negative === 1 ? -damped(0, -k, 2) : damped(0, k, 2);
      } else {
        if (given !== undefined) {
          const exact = values[index] as number;
          k = Math.round(((counted[index] as number) - base) / step);
          if (!(k >= -MOST_COUNT && k <= MOST_COUNT)) k = Number.NaN;
          else {
            const on = onLine(base + step * k, grid, top);
            const reached = cast(grid === undefined ? on : (on * scale + origin) / divisor);
            const off = Math.abs(reached - exact);
            const same =
              off <= given.bound && (off > 0 || given.bound > 0 || Object.is(reached, exact));
            if (!same) k = Number.NaN;
            else if (off > largest) largest = off;
          }
        }
        k = integers.code(k);
        const on = onLine(base + step * (k === k ? k : 0), grid, top);
        value = grid === undefined ? cast(on) : on;
        if (reading && k === k)
          store(index, grid === undefined ? value : cast((on * scale + origin) / divisor));
      }
      if (k !== k) {
        escapes += 1;
        escape.code(raw, index, reading);
        field[index] = base;
        counts[index] = FAR + 1;
      } else {
        if (reading && mode === "bits") store(index, value);
        field[index] = value;
        counts[index] = k > FAR ? FAR : k < -FAR ? -FAR : k;
      }
      learning?.learn(index, predicted, k === k);
      const size = Math.min(FAR, Math.abs(counts[index] as number));
      means[group] = mean + Math.trunc((size * 256 - mean) / 24);
    }
    // The next line.
    for (let axis = axesBefore - 1; axis >= 0; axis -= 1) {
      place[axis] = (place[axis] as number) + 1;
      if ((place[axis] as number) < (axes[axis] as number)) break;
      place[axis] = 0;
    }
  }
  return { escapes, largest };
}

/** A count on its line; a grid ends. */
function onLine(at: number, grid: object | undefined, top: number): number {
  if (grid === undefined) return at;
  return at < 0 ? 0 : at > top ? top : at;
}

function clip(k: number): number {
  return k < -3 ? 0 : k > 3 ? 6 : k + 3;
}

/** A signed distance: by whole steps to 5, then by powers of two. */
function ways(distance: number, step: number): number {
  const size = (distance < 0 ? -distance : distance) / step;
  const whole = size < 1e6 ? Math.floor(size + 0.5) : 1e6;
  const found = whole < 6 ? whole : Math.min(15, 35 - Math.clz32(whole));
  return distance < 0 ? 15 - found : 15 + found;
}
