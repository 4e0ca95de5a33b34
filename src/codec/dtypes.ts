/** Numbers as they lie in files, and as doubles. Little-endian. */
import type { DType } from "./learned.ts";

export const DTYPES: readonly DType[] = [
  "b1",
  "i1",
  "u1",
  "i2",
  "u2",
  "i4",
  "u4",
  "i8",
  "u8",
  "f2",
  "f4",
  "f8",
];

export function bytesOf(dtype: DType): number {
  return Number(dtype.slice(1));
}

export function isFloat(dtype: DType): boolean {
  return dtype.startsWith("f");
}

/** Least and largest value of an integer type; of 8 bytes, what a double holds exactly. */
export function rangeOf(dtype: DType): readonly [number, number] {
  if (dtype === "b1") return [0, 255];
  const bits = Math.min(53, 8 * bytesOf(dtype));
  if (dtype.startsWith("u")) return [0, 2 ** bits - 1];
  return dtype === "i8" ? [-(2 ** 53 - 1), 2 ** 53 - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** Copies where a view cannot lie at an odd place. */
function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : bytes.slice();
}

/** As doubles. 8-byte integers beyond 2^53 are rounded: see `exactIntegers`. */
export function numbersOf(bytes: Uint8Array, dtype: DType): Float64Array {
  const size = bytesOf(dtype);
  const whole = aligned(bytes, size);
  const { buffer, byteOffset } = whole;
  const count = Math.floor(whole.length / size);
  switch (dtype) {
    case "b1":
    case "u1":
      return Float64Array.from(whole);
    case "i1":
      return Float64Array.from(new Int8Array(buffer, byteOffset, count));
    case "i2":
      return Float64Array.from(new Int16Array(buffer, byteOffset, count));
    case "u2":
      return Float64Array.from(new Uint16Array(buffer, byteOffset, count));
    case "i4":
      return Float64Array.from(new Int32Array(buffer, byteOffset, count));
    case "u4":
      return Float64Array.from(new Uint32Array(buffer, byteOffset, count));
    case "i8":
      return Float64Array.from(new BigInt64Array(buffer, byteOffset, count), Number);
    case "u8":
      return Float64Array.from(new BigUint64Array(buffer, byteOffset, count), Number);
    case "f2":
      return Float64Array.from(new Uint16Array(buffer, byteOffset, count), fromHalf);
    case "f4":
      return Float64Array.from(new Float32Array(buffer, byteOffset, count));
    default:
      return new Float64Array(buffer, byteOffset, count).slice();
  }
}

/** A writer of doubles into the bytes of a type. Values fit the type. */
export function storeOf(bytes: Uint8Array, dtype: DType): (at: number, value: number) => void {
  const { buffer, byteOffset } = bytes;
  const size = bytesOf(dtype);
  const count = bytes.length / size;
  const into = (view: { [at: number]: number }) => (at: number, value: number) => {
    view[at] = value;
  };
  const big = (view: { [at: number]: bigint }) => (at: number, value: number) => {
    view[at] = BigInt(value);
  };
  switch (dtype) {
    case "b1":
    case "u1":
      return into(bytes);
    case "i1":
      return into(new Int8Array(buffer, byteOffset, count));
    case "i2":
      return into(new Int16Array(buffer, byteOffset, count));
    case "u2":
      return into(new Uint16Array(buffer, byteOffset, count));
    case "i4":
      return into(new Int32Array(buffer, byteOffset, count));
    case "u4":
      return into(new Uint32Array(buffer, byteOffset, count));
    case "i8":
      return big(new BigInt64Array(buffer, byteOffset, count));
    case "u8":
      return big(new BigUint64Array(buffer, byteOffset, count));
    case "f2": {
      const halves = new Uint16Array(buffer, byteOffset, count);
      return (at, value) => {
        halves[at] = toHalf(value);
      };
    }
    case "f4":
      return into(new Float32Array(buffer, byteOffset, count));
    default:
      return into(new Float64Array(buffer, byteOffset, count));
  }
}

/** The nearest value of the type, as a double. */
export function castOf(dtype: DType): (value: number) => number {
  if (dtype === "f4") return Math.fround;
  if (dtype === "f2") return (value) => fromHalf(toHalf(value));
  return (value) => value;
}

export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** To nearest, ties to even, from a double at once. */
export function toHalf(value: number): number {
  if (value !== value) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  if (size < 2 ** -14) return sign | evenly(size * 2 ** 24);
  let exponent = 15;
  let scale = 1;
  while (size < scale) {
    scale /= 2;
    exponent -= 1;
  }
  while (size >= 2 * scale) {
    scale *= 2;
    exponent += 1;
  }
  // A carry out of the fraction raises the exponent, as it should.
  return sign | ((exponent << 10) + evenly((size / scale - 1) * 1024));
}

function evenly(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
