/** Floats to the last bit: their order as whole numbers, and bits as they are. */
import { bytesOf, fromHalf, toHalf } from "./dtypes.ts";
import type { IntegerCoder } from "./integers.ts";
import type { DType } from "./learned.ts";
import { MixedBits } from "./mixed-bits.ts";
import { codeRaw, type BitCoder } from "./range-coder.ts";

const doubles = new Float64Array(1);
const singles = new Float32Array(doubles.buffer);
const words = new Uint32Array(doubles.buffer);

/** Floats as whole numbers in their order; −0 comes before 0. */
export interface Order {
  of(value: number): number;
  value(place: number): number;
}

export function orderOf(dtype: DType): Order | undefined {
  if (dtype === "f4") {
    return {
      of(value) {
        singles[0] = value;
        const bits = words[0] as number;
        return bits >= 0x80000000 ? 0xffffffff - bits : bits + 0x80000000;
      },
      value(place) {
        words[0] = place >= 0x80000000 ? place - 0x80000000 : 0xffffffff - place;
        return singles[0] as number;
      },
    };
  }
  if (dtype !== "f2") return undefined;
  return {
    of(value) {
      const bits = toHalf(value);
      return bits >= 0x8000 ? 0xffff - bits : bits + 0x8000;
    },
    value: (place) => fromHalf((place >= 0x8000 ? place - 0x8000 : 0xffff - place) & 0xffff),
  };
}

/**
 * A double by its distance, counted in doubles, from another.
 *
 * @param value undefined: read it
 */
export function codeDouble(
  integers: IntegerCoder,
  base: number,
  value: number | undefined,
): number {
  doubles[0] = base;
  let baseLow = words[0] as number;
  let baseHigh = words[1] as number;
  if (baseHigh >= 0x80000000) {
    baseHigh = 0xffffffff - baseHigh;
    baseLow = 0xffffffff - baseLow;
  } else baseHigh += 0x80000000;
  let negative = 0;
  let high = 0;
  let low = 0;
  const escape = value !== undefined && !(value > -Infinity && value < Infinity);
  if (value !== undefined && !escape) {
    doubles[0] = value;
    low = words[0] as number;
    high = words[1] as number;
    if (high >= 0x80000000) {
      high = 0xffffffff - high;
      low = 0xffffffff - low;
    } else high += 0x80000000;
    negative = high < baseHigh || (high === baseHigh && low < baseLow) ? 1 : 0;
    const [moreHigh, moreLow, lessHigh, lessLow] =
      negative === 1 ? [baseHigh, baseLow, high, low] : [high, low, baseHigh, baseLow];
    low = (moreLow - lessLow) >>> 0;
    high = (moreHigh - lessHigh - (moreLow < lessLow ? 1 : 0)) >>> 0;
  }
  integers.codeWide(negative, high, low, escape);
  let placeHigh: number;
  let placeLow: number;
  if (integers.negative === 1) {
    placeLow = baseLow - integers.low;
    placeHigh = baseHigh - integers.high - (placeLow < 0 ? 1 : 0);
  } else {
    placeLow = baseLow + integers.low;
    placeHigh = baseHigh + integers.high + (placeLow > 0xffffffff ? 1 : 0);
  }
  placeLow >>>= 0;
  placeHigh >>>= 0;
  const positive = placeHigh >= 0x80000000;
  words[0] = positive ? placeLow : 0xffffffff - placeLow;
  words[1] = positive ? placeHigh - 0x80000000 : 0xffffffff - placeHigh;
  return doubles[0] as number;
}

/** A count whose powers of two above 16 are `by` times fewer: contexts tell such sizes apart. */
export function damped(high: number, low: number, by: 2 | 4): number {
  const power = high === 0 ? 31 - Math.clz32(low) : 63 - Math.clz32(high);
  if (power <= 4) return low;
  const more = power - 5;
  const whole = 2 ** (5 + Math.floor(more / by));
  return whole + Math.floor((whole * (more % by)) / by);
}

/** The bits of what no count reaches: NaN, infinities, and values that are off. */
export class EscapeCoder {
  readonly #coder: BitCoder;
  readonly #same: MixedBits;
  readonly #size: number;
  #high: number;
  #low: number;

  constructor(coder: BitCoder, dtype: DType) {
    this.#coder = coder;
    this.#same = new MixedBits(coder, 1, 1, 1);
    this.#size = bytesOf(dtype);
    // A plain NaN is the likeliest.
    this.#high = dtype === "f8" ? 0x7ff80000 : 0;
    this.#low = dtype === "f4" ? 0x7fc00000 : dtype === "f2" ? 0x7e00 : 0;
  }

  code(bytes: DataView, index: number, reading: boolean): void {
    const at = index * this.#size;
    let high = 0;
    let low = 0;
    if (!reading) {
      if (this.#size === 8) high = bytes.getUint32(at + 4, true);
      low =
        this.#size >= 4
          ? bytes.getUint32(at, true)
          : this.#size === 2
            ? bytes.getUint16(at, true)
            : bytes.getUint8(at);
    }
    const same = this.#same.code(high === this.#high && low === this.#low ? 1 : 0, 0, 0);
    if (same === 0) {
      if (this.#size === 8) this.#high = codeRaw(this.#coder, high, 32);
      this.#low = codeRaw(this.#coder, low, 8 * Math.min(4, this.#size));
    }
    if (!reading) return;
    if (this.#size === 8) bytes.setUint32(at + 4, this.#high, true);
    if (this.#size >= 4) bytes.setUint32(at, this.#low, true);
    else if (this.#size === 2) bytes.setUint16(at, this.#low, true);
    else bytes.setUint8(at, this.#low);
  }
}
