/**
 * How values lie in a Parquet page.
 *
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
import { putByte, putVarint, putZigzag, type BytesOut } from "./bytes-out.ts";

/** The numbers that the format gives to encodings. */
export const ENCODINGS = { plain: 0, rle: 3, delta: 5, dictionary: 8 } as const;

/**
 * Runs and packed groups of eight ("RLE/bit-packing hybrid"): levels, and places in a dictionary.
 *
 * @param values whole, from 0 to below 2^`width`
 * @param width bits a value, 0 to 24
 */
export function putHybrid(out: BytesOut, values: ArrayLike<number>, width: number): void {
  const { length } = values;
  let from = 0;
  while (from < length) {
    const run = runLength(values, from);
    // A run of fewer than eight costs more than packing it.
    if (run >= 8 || from + run === length) {
      putVarint(out, 2 * run);
      let rest = values[from] as number;
      for (let bits = width; bits > 0; bits -= 8) {
        putByte(out, rest & 255);
        rest >>>= 8;
      }
      from += run;
      continue;
    }
    let to = from + 8;
    while (to < length && runLength(values, to, 8) < 8) to += 8;
    const groups = Math.ceil((Math.min(to, length) - from) / 8);
    putVarint(out, 2 * groups + 1);
    putPacked(
      out,
      (i) => (from + i < length ? (values[from + i] as number) : 0),
      8 * groups,
      width,
    );
    from = Math.min(to, length);
  }
}

/** How often the value at `from` comes in a row, as far as `most`. */
function runLength(values: ArrayLike<number>, from: number, most = Infinity): number {
  const end = Math.min(values.length, from + most);
  const value = values[from];
  let to = from + 1;
  while (to < end && values[to] === value) to += 1;
  return to - from;
}

/**
 * `count` values of `width` bits each, lowest bit first. As numbers rather than by shifts, as
 * there may be more bits than a shift takes.
 */
function putPacked(
  out: BytesOut,
  valueAt: (i: number) => number,
  count: number,
  width: number,
): void {
  out.reserve(Math.ceil((count * width) / 8) + 1);
  const { bytes } = out;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < count; i += 1) {
    let value = valueAt(i);
    for (let left = width; left > 0;) {
      // At most 16 bits at a time: with 7 held over, that is well within a shift.
      const some = Math.min(16, left);
      const size = 2 ** some;
      const low = value % size;
      held |= low << bits;
      bits += some;
      value = (value - low) / size;
      left -= some;
      while (bits >= 8) {
        bytes[out.at++] = held & 255;
        held >>>= 8;
        bits -= 8;
      }
    }
  }
  if (bits > 0) bytes[out.at++] = held & 255;
}

/** Values of one block, and of the four parts of it that have a width of their own. */
const BLOCK = 128;
const PARTS = 4;
const PART = BLOCK / PARTS;

/** Whole numbers as far as this lose nothing when they are taken from one another. */
export const LARGEST_DELTA = 2 ** 51;

/**
 * Differences ("DELTA_BINARY_PACKED"): numbers in order, or of a small range, take few bits.
 *
 * @param values whole, within ±`LARGEST_DELTA`
 */
export function putDeltas(out: BytesOut, values: Float64Array): void {
  putVarint(out, BLOCK);
  putVarint(out, PARTS);
  putVarint(out, values.length);
  putZigzag(out, values[0] ?? 0);
  const deltas = new Float64Array(BLOCK);
  for (let from = 1; from < values.length; from += BLOCK) {
    const count = Math.min(BLOCK, values.length - from);
    let least = Infinity;
    for (let i = 0; i < count; i += 1) {
      const delta = (values[from + i] as number) - (values[from + i - 1] as number);
      deltas[i] = delta;
      if (delta < least) least = delta;
    }
    for (let i = 0; i < count; i += 1) deltas[i] = (deltas[i] as number) - least;
    deltas.fill(0, count);
    putZigzag(out, least);
    const widths = Array.from({ length: PARTS }, (_, part) =>
      widthOf(deltas.subarray(part * PART, (part + 1) * PART)),
    );
    for (const width of widths) putByte(out, width);
    for (const [part, width] of widths.entries()) {
      // Parts behind the last value are left out.
      if (part * PART >= count) break;
      putPacked(out, (i) => deltas[part * PART + i] as number, PART, width);
    }
  }
}

/** Bits that the largest of `values` needs. */
function widthOf(values: Float64Array): number {
  let most = 0;
  for (const value of values) if (value > most) most = value;
  return bitsOf(most);
}

/** Bits of a whole number from 0 to 2^53. */
export function bitsOf(value: number): number {
  return value < 2 ** 32 ? 32 - Math.clz32(value) : 64 - Math.clz32(Math.floor(value / 2 ** 32));
}

/** One bit a value, lowest first. */
export function packBits(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (let i = 0; i < values.length; i += 1) {
    if (values[i] !== 0) bytes[i >> 3] = (bytes[i >> 3] as number) | (1 << (i & 7));
  }
  return bytes;
}
