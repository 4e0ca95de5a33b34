/**
 * NumPy's `.npy` format, versions 1 to 3: all booleans, integers and floats, in
 * either byte order, in C or Fortran order.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */

import { inputError } from "../base/errors.ts";
import type { ByteReader, ByteSource } from "./bytes.ts";

export interface NpyHeader {
  /** NumPy's letter and size, such as `f4`; `U` and `S` with their length. */
  readonly dtype: string;
  readonly bigEndian: boolean;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly offset: number;
  /** Bytes a value. */
  readonly itemSize: number;
}

const numericTypes = new Set([
  "b1",
  "i1",
  "i2",
  "i4",
  "i8",
  "u1",
  "u2",
  "u4",
  "u8",
  "f2",
  "f4",
  "f8",
]);

/**
 * Reads and checks the header against the size of the data.
 *
 * @throws data.npy when it is no `.npy`, data.dtype for types that are no
 *   numbers or text, data.truncated when values are missing
 */
export async function readNpyHeader(bytes: ByteSource, place: string): Promise<NpyHeader> {
  const reader = await bytes.open();
  try {
    const start = await reader.read(0, Math.min(12, bytes.size));
    const view = new DataView(start.buffer, start.byteOffset, start.length);
    const magic = Buffer.from(start.subarray(0, 6)).toString("latin1");
    const version = start[6] ?? 0;
    if (magic !== "\x93NUMPY" || version < 1 || version > 3 || bytes.size < 12) {
      throw badNpy(place, `first bytes ${hex(start.subarray(0, 8))}`);
    }
    const long = version > 1;
    const length = long ? view.getUint32(8, true) : view.getUint16(8, true);
    const offset = (long ? 12 : 10) + length;
    if (offset > bytes.size || length > 1 << 20) throw badNpy(place, "a header that is cut short");
    const text = Buffer.from(await reader.read(long ? 12 : 10, length)).toString(
      version === 3 ? "utf8" : "latin1",
    );
    return checkSize(parseHeader(text, offset, place), bytes.size, place);
  } finally {
    await reader.close();
  }
}

function parseHeader(text: string, offset: number, place: string): NpyHeader {
  const descr = /'descr'\s*:\s*'([<>|=]?)([a-zA-Z])(\d*)'/.exec(text);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shapeText = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (fortran === undefined || shapeText === undefined) throw badNpy(place, "a broken header");
  if (descr === null) {
    throw wrongType(place, /'descr'\s*:\s*\[/.test(text) ? "a structured type" : text.slice(0, 60));
  }
  const [, order = "", letter = "", size = ""] = descr;
  const text_ = letter === "U" || letter === "S";
  const dtype = `${letter}${size}`;
  if (!text_ && !numericTypes.has(dtype)) {
    throw wrongType(place, letter === "O" ? "Python objects" : `dtype ${dtype}`);
  }
  const shape = shapeText
    .split(",")
    .map((n) => n.replace("L", "").trim())
    .filter((n) => n !== "");
  return {
    dtype,
    bigEndian: order === ">",
    fortran: fortran === "True",
    shape: shape.map(Number),
    offset,
    itemSize: Number(size) * (letter === "U" ? 4 : 1),
  };
}

function checkSize(header: NpyHeader, size: number, place: string): NpyHeader {
  const count = header.shape.reduce((product, n) => product * n, 1);
  const expected = header.offset + count * header.itemSize;
  if (!Number.isSafeInteger(expected) || size < expected) {
    throw inputError("data.truncated", {
      place,
      expected: `${expected} bytes for shape (${header.shape.join(", ")}) of ${header.dtype}`,
      got: `${size} bytes`,
      hint: "the file is cut short; write or get it again",
    });
  }
  if (size > expected) {
    throw inputError("data.trailing", {
      place,
      expected: `${expected} bytes for shape (${header.shape.join(", ")}) of ${header.dtype}`,
      got: `${size} bytes`,
      hint: "the file holds more than one array; save each to a file of its own, or use .npz",
    });
  }
  return header;
}

function badNpy(place: string, got: string): Error {
  return inputError("data.npy", {
    place,
    expected: "a .npy array, which begins with 93 4e 55 4d 50 59",
    got,
    hint: "write it with numpy.save",
  });
}

function wrongType(place: string, got: string): Error {
  return inputError("data.dtype", {
    place,
    expected: "booleans, integers or floats of 2 to 8 bytes",
    got,
    hint: "convert it in NumPy: array.astype('float32')",
  });
}

function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
}

/** Whether every value of the type fits float32 exactly. */
function fitsFloat32(dtype: string): boolean {
  return ["b1", "i1", "u1", "i2", "u2", "f2", "f4"].includes(dtype);
}

/** The bytes of rows `from` to `to` in C order: `[to − from, …shape[1:]]`. */
export async function readNpyRows(
  reader: ByteReader,
  header: NpyHeader,
  from: number,
  to: number,
): Promise<Uint8Array> {
  const { shape, itemSize, offset, fortran } = header;
  const rows = shape[0] ?? 1;
  const rest = shape.slice(1);
  const width = rest.reduce((product, n) => product * n, 1);
  const count = to - from;
  if (!fortran || width === 1) {
    return reader.read(offset + from * width * itemSize, count * width * itemSize);
  }
  // In Fortran order the first axis runs fastest, so one position of the other
  // axes is one run of rows; the other axes come in reverse order too.
  const bytes = new Uint8Array(count * width * itemSize);
  for (let run = 0; run < width; run++) {
    let left = run;
    let target = 0;
    let stride = width;
    const strides = rest.map((n) => (stride /= n));
    for (const [axis, n] of rest.entries()) {
      target += (left % n) * (strides[axis] ?? 1);
      left = Math.floor(left / n);
    }
    const part = await reader.read(offset + (run * rows + from) * itemSize, count * itemSize);
    for (let row = 0; row < count; row++) {
      const at = (row * width + target) * itemSize;
      for (let b = 0; b < itemSize; b++) bytes[at + b] = part[row * itemSize + b] ?? 0;
    }
  }
  return bytes;
}

/**
 * Values as numbers: float32 where that is exact, else float64. Integers of 8
 * bytes beyond 2^53 are rounded.
 */
export function toNumbers(bytes: Uint8Array, header: NpyHeader): Float32Array | Float64Array {
  const { dtype, bigEndian, itemSize } = header;
  const little = !bigEndian;
  const count = bytes.length / itemSize;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const native = little && bytes.byteOffset % itemSize === 0;
  if (native && dtype === "f4") return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  if (native && dtype === "f8") return new Float64Array(bytes.buffer, bytes.byteOffset, count);
  const values = fitsFloat32(dtype) ? new Float32Array(count) : new Float64Array(count);
  const get = getter(view, dtype, little);
  for (let i = 0; i < count; i++) values[i] = get(i * itemSize);
  return values;
}

function getter(view: DataView, dtype: string, little: boolean): (at: number) => number {
  switch (dtype) {
    case "b1":
      return (at) => (view.getUint8(at) === 0 ? 0 : 1);
    case "i1":
      return (at) => view.getInt8(at);
    case "u1":
      return (at) => view.getUint8(at);
    case "i2":
      return (at) => view.getInt16(at, little);
    case "u2":
      return (at) => view.getUint16(at, little);
    case "i4":
      return (at) => view.getInt32(at, little);
    case "u4":
      return (at) => view.getUint32(at, little);
    case "i8":
      return (at) => Number(view.getBigInt64(at, little));
    case "u8":
      return (at) => Number(view.getBigUint64(at, little));
    case "f2":
      return (at) => halfToNumber(view.getUint16(at, little));
    case "f4":
      return (at) => view.getFloat32(at, little);
    default:
      return (at) => view.getFloat64(at, little);
  }
}

/** An IEEE 754 binary16 as a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** A one-dimensional array as labels; NaN and empty text are missing. */
export async function readNpyLabels(
  bytes: ByteSource,
  header: NpyHeader,
  place: string,
): Promise<(string | null)[]> {
  const { shape, dtype, itemSize } = header;
  const rows = shape[0] ?? 1;
  if (shape.slice(1).some((n) => n !== 1)) {
    throw inputError("data.labels", {
      place,
      expected: "one label a row, shape (rows) or (rows, 1)",
      got: `shape (${shape.join(", ")})`,
      hint: "name another array as labels",
    });
  }
  const reader = await bytes.open();
  try {
    const raw = await readNpyRows(reader, header, 0, rows);
    if (dtype.startsWith("U") || dtype.startsWith("S")) {
      return Array.from({ length: rows }, (_, row) => {
        const text = textAt(raw.subarray(row * itemSize, (row + 1) * itemSize), header);
        return text === "" ? null : text;
      });
    }
    const name = (value: number) =>
      dtype === "b1" ? String(value !== 0) : Number.isNaN(value) ? null : String(value);
    return Array.from(toNumbers(raw, header), name);
  } finally {
    await reader.close();
  }
}

function textAt(bytes: Uint8Array, { dtype, bigEndian }: NpyHeader): string {
  if (dtype.startsWith("S")) return Buffer.from(bytes).toString("utf8").replace(/\0+$/, "");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = "";
  for (let at = 0; at < bytes.length; at += 4) {
    const point = view.getUint32(at, !bigEndian);
    if (point !== 0 && point <= 0x10ffff) text += String.fromCodePoint(point);
  }
  return text;
}
