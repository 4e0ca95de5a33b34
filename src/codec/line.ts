/**
 * The line that values are counted on: doubles with a step of twice the bound, whole numbers of a
 * grid that the values lie on, or, of floats to the last bit, all floats in their order.
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { castOf, isFloat, rangeOf } from "./dtypes.ts";
import type { DType } from "./learned.ts";

export type Line =
  | { readonly mode: "real"; readonly step: number; readonly bound: number }
  | {
      /** value = (n · scale + origin) / divisor, n from `low` to `high` */
      readonly mode: "grid";
      readonly scale: number;
      readonly origin: number;
      readonly divisor: number;
      readonly low: number;
      readonly high: number;
      /** Grid points a step; odd. */
      readonly step: number;
    }
  | { readonly mode: "bits" };

const MODES = ["real", "grid", "bits"] as const;

/** Lines worth a try, the likeliest first. */
export function linesFor(values: Float64Array, dtype: DType, bound: number): readonly Line[] {
  const lines: Line[] = [];
  const grid = gridOf(values, dtype, bound);
  if (grid !== undefined) lines.push(grid);
  if (!isFloat(dtype)) return lines;
  const step = 2 * bound < Infinity ? 2 * bound : bound;
  // A step without a value between 0 and itself could not be counted.
  if (bound > 0 && step > 0) lines.push({ mode: "real", step, bound });
  if (grid === undefined) lines.push({ mode: "bits" });
  return lines;
}

/** What grids can have for a divisor: decimals, then halves, quarters … */
const DIVISORS = [
  1,
  ...Array.from({ length: 9 }, (_, i) => 10 ** (i + 1)),
  ...Array.from({ length: 20 }, (_, i) => 2 ** (i + 1)),
];

const MOST_COUNT = 2 ** 50;

function gridOf(values: Float64Array, dtype: DType, bound: number): Line | undefined {
  const cast = castOf(dtype);
  const divisor = isFloat(dtype) ? divisorOf(values, cast) : 1;
  if (divisor === undefined) return undefined;
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const n = Math.round(value * divisor);
    if (n < low) low = n;
    if (n > high) high = n;
  }
  if (low === Infinity) return plainGrid(dtype);
  // Farther out a double no longer tells neighbours apart.
  if (low < -MOST_COUNT || high > MOST_COUNT || high - low > MOST_COUNT) return undefined;
  let scale = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    scale = gcd(Math.round(value * divisor) - low, scale);
    if (scale === 1) break;
  }
  if (scale === 0) scale = 1;
  let steps = Math.floor((bound * divisor) / scale);
  if (!(steps < 2 ** 40)) steps = 2 ** 40;
  while (steps > 0 && (steps * scale) / divisor > bound) steps -= 1;
  return {
    mode: "grid",
    scale,
    origin: low,
    divisor,
    low: 0,
    high: (high - low) / scale,
    step: 2 * steps + 1,
  };
}

function plainGrid(dtype: DType): Line {
  const origin = isFloat(dtype) ? 0 : Math.max(0, rangeOf(dtype)[0]);
  return { mode: "grid", scale: 1, origin, divisor: 1, low: 0, high: 0, step: 1 };
}

/** Undefined where the finite values lie on no grid worth it. */
function divisorOf(values: Float64Array, cast: (x: number) => number): number | undefined {
  return DIVISORS.find((divisor) => {
    for (const value of values) {
      if (!Number.isFinite(value)) continue;
      const n = Math.round(value * divisor);
      if (Math.abs(n) > MOST_COUNT || cast(n / divisor) !== value) return false;
    }
    return true;
  });
}

function gcd(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** Values in units of a line; what is not finite is the value before it. */
export function countedOn(line: Line, values: Float64Array): Float64Array {
  const counted = new Float64Array(values.length);
  let last = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] as number;
    if (value > -Infinity && value < Infinity) {
      last =
        line.mode === "grid"
          ? Math.round((Math.round(value * line.divisor) - line.origin) / line.scale)
          : value;
    }
    counted[i] = last;
  }
  return counted;
}

export function writeLine(out: ByteWriter, line: Line): void {
  out.byte(MODES.indexOf(line.mode));
  if (line.mode === "real") {
    out.double(line.step);
    return;
  }
  if (line.mode === "bits") return;
  out.whole(line.scale);
  out.signed(line.origin);
  out.whole(line.divisor);
  out.whole(line.high);
  out.whole(line.step);
}

export function readLine(from: ByteReader): Line {
  const mode = MODES[from.byte()];
  if (mode === undefined) throw from.broken("an unknown way to count");
  if (mode === "real") return { mode, step: from.double(), bound: Number.NaN };
  if (mode === "bits") return { mode };
  const scale = from.whole();
  const origin = from.signed();
  const divisor = from.whole();
  const high = from.whole();
  const step = from.whole();
  if (divisor === 0 || step % 2 === 0) throw from.broken("a grid without steps");
  return { mode, scale, origin, divisor, low: 0, high, step };
}
