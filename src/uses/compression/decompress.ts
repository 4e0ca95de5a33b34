/** A compressed file to the data again: in memory, or to a file. */
import { extname } from "node:path";
import { inputError } from "../../base/errors.ts";
import { numbersOf } from "../../codec/dtypes.ts";
import type { ArrayHead } from "../../codec/container.ts";
import { concatRows } from "../../data/rows.ts";
import type { Images, NumericArray, Rows, Table } from "../../data/source.ts";
import { swap } from "./input.ts";
import {
  openCompressed,
  shapeOf,
  type CompressedFile,
  type OpenCompressedOptions,
} from "./open.ts";
import { openPart } from "./part.ts";

export interface DecompressOptions extends OpenCompressedOptions {
  /** Rows from the first (counted from 0) to before the second. Default: all. */
  readonly rows?: readonly [from: number, to: number];
  readonly signal?: AbortSignal;
}

/** An array with its own type. */
export interface RestoredArray {
  readonly kind: "array";
  /** NumPy's letter and size, such as `f4`. */
  readonly dtype: string;
  /** Rows first; `[]` of a single number. */
  readonly shape: readonly number[];
  /** C order. Half floats as their bits. */
  readonly data:
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | BigUint64Array
    | BigInt64Array
    | Float32Array
    | Float64Array;
}

export type Restored = RestoredArray | Table | Images;

/** More would not be held in memory by a call. */
const MOST_BYTES = 2 ** 32;

/**
 * The data of a compressed file, or some of its rows.
 *
 * @param from path or bytes
 * @throws `compressed.magic`, `compressed.version`, `compressed.damaged` naming the block,
 *   `compressed.model`, `compressed.rows`, `compressed.large` above 4 GB
 * @example
 * const { data, shape } = await decompress("field.aez", { rows: [0, 128] });
 */
export async function decompress(
  from: string | Uint8Array,
  options: DecompressOptions = {},
): Promise<Restored> {
  const { rows, signal, ...opening } = options;
  const file = await openCompressed(from, opening);
  try {
    const range = rangeOf(file, rows);
    if (file.head.kind === "table") return await tableOf(file, range, signal);
    const { bytes, shape } = await arrayOf(file, file.head, range, signal);
    const { dtype, kind } = file.head;
    const [, height = 1, width = 1, channels = 1] = shape;
    if (kind === "images") {
      return { kind, rows: shape[0] ?? 0, height, width, channels, data: bytes };
    }
    return { kind: "array", dtype, shape, data: viewOf(bytes, dtype) };
  } finally {
    await file.close();
  }
}

function rangeOf(
  { info }: CompressedFile,
  rows: readonly [number, number] | undefined,
): readonly [number, number] {
  if (rows === undefined) return [0, info.rows];
  const [from, to] = rows;
  const whole = Number.isInteger(from) && Number.isInteger(to);
  if (whole && from >= 0 && from <= to && to <= info.rows) return rows;
  throw inputError("compressed.rows", {
    place: "rows",
    expected: `first and last of the rows 0 to ${info.rows}, such as 0:${Math.min(100, info.rows)}`,
    got: `${from}:${to}`,
    hint: "the first counts from 0, the last is not included",
  });
}

async function tableOf(
  file: CompressedFile,
  range: readonly [number, number],
  signal: AbortSignal | undefined,
): Promise<Table> {
  const parts: Table[] = [];
  for await (const table of file.tables(range, signal)) parts.push(table);
  if (parts.length > 0) return concatRows(parts);
  const { columns = [] } = file.info;
  return {
    kind: "table",
    rows: 0,
    columns: columns.map(({ name, type }) =>
      type === "text"
        ? { name, type, codes: new Int32Array(0), dictionary: [] }
        : { name, type: type as "number", values: new Float64Array(0) },
    ),
  };
}

/** In C order. */
async function arrayOf(
  file: CompressedFile,
  head: ArrayHead,
  [from, to]: readonly [number, number],
  signal: AbortSignal | undefined,
): Promise<{ readonly bytes: Uint8Array; readonly shape: readonly number[] }> {
  const itemSize = Number(head.dtype.slice(1));
  const all = shapeOf(head);
  const whole = from === 0 && to === file.info.rows;
  const shape = whole ? all : [to - from, ...all.slice(1)];
  const count = shape.reduce((product, n) => product * n, 1);
  if (count * itemSize > MOST_BYTES) {
    throw inputError("compressed.large", {
      place: file.info.source,
      expected: `at most ${MOST_BYTES} bytes in memory`,
      got: `${count * itemSize} bytes`,
      hint: "take some of its rows, or write it to a file with ae decompress",
    });
  }
  const bytes = new Uint8Array(count * itemSize);
  if (head.fortran === true) {
    await gatherFortran(file, head, [from, to], bytes, itemSize, signal);
    return { bytes, shape };
  }
  const width = all.slice(1).reduce((product, n) => product * n, 1);
  let at = 0;
  for await (const part of file.elements(from * width, to * width, signal)) {
    bytes.set(part, at);
    at += part.length;
  }
  return { bytes, shape };
}

/** Rows run fastest there: each element finds its place. */
async function gatherFortran(
  file: CompressedFile,
  { shape }: ArrayHead,
  [from, to]: readonly [number, number],
  bytes: Uint8Array,
  itemSize: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const rows = shape.at(-1) ?? 1;
  const width = shape.slice(0, -1).reduce((product, n) => product * n, 1);
  // Where each position of the other axes lies in a row of C order.
  const places = columnPlaces(shape.slice(0, -1));
  let element = 0;
  for await (const part of file.elements(0, rows * width, signal)) {
    for (let at = 0; at < part.length; at += itemSize, element += 1) {
      const row = element % rows;
      if (row < from || row >= to) continue;
      const place = places[Math.floor(element / rows)] as number;
      const target = ((row - from) * width + place) * itemSize;
      for (let b = 0; b < itemSize; b += 1) bytes[target + b] = part[at + b] as number;
    }
  }
}

/** @param lying axes from the slowest, that is the array's own from the last */
function columnPlaces(lying: readonly number[]): Float64Array {
  const own = lying.toReversed();
  const count = own.reduce((product, n) => product * n, 1);
  const places = new Float64Array(count);
  for (let i = 0; i < count; i += 1) {
    // i counts with the array's first of these axes fastest.
    let rest = i;
    let place = 0;
    let stride = count;
    for (const n of own) {
      stride /= n;
      place += (rest % n) * stride;
      rest = Math.floor(rest / n);
    }
    places[i] = place;
  }
  return places;
}

function viewOf(bytes: Uint8Array, dtype: string): RestoredArray["data"] {
  const { buffer } = bytes;
  switch (dtype) {
    case "i1":
      return new Int8Array(buffer);
    case "i2":
      return new Int16Array(buffer);
    case "u2":
    case "f2":
      return new Uint16Array(buffer);
    case "i4":
      return new Int32Array(buffer);
    case "u4":
      return new Uint32Array(buffer);
    case "i8":
      return new BigInt64Array(buffer);
    case "u8":
      return new BigUint64Array(buffer);
    case "f4":
      return new Float32Array(buffer);
    case "f8":
      return new Float64Array(buffer);
    default:
      return bytes;
  }
}

const RAW: Readonly<Record<string, string>> = { ".f32": "f4", ".f64": "f8", ".u8": "u1" };

/** Whether an array goes to a file of this ending with its own type and a block at a time. */
export function keepsType({ head }: CompressedFile, path: string): boolean {
  const ending = extname(path).toLowerCase();
  if (head.kind === "table") return false;
  return ending === ".npy" || RAW[ending] === head.dtype;
}

/** Writes an array to `.npy` or a raw file, in bounded memory. See `keepsType`. */
export async function writeArray(
  file: CompressedFile,
  path: string,
  {
    rows,
    signal,
    onProgress,
  }: Pick<DecompressOptions, "rows" | "signal"> & {
    readonly onProgress?: (bytes: number, of: number) => void;
  } = {},
): Promise<void> {
  const { head } = file;
  if (head.kind === "table") throw new TypeError("a table is no array");
  const range = rangeOf(file, rows);
  const itemSize = Number(head.dtype.slice(1));
  const npy = extname(path).toLowerCase() === ".npy";
  const all = shapeOf(head);
  const whole = range[0] === 0 && range[1] === file.info.rows;
  const shape = whole ? all : [range[1] - range[0], ...all.slice(1)];
  const width = all.slice(1).reduce((product, n) => product * n, 1);
  // Some rows of Fortran order, and raw files, are written in C order.
  const asItLies = head.fortran !== true || (whole && npy);
  const part = await openPart(path);
  try {
    const bigEndian = npy && head.bigEndian === true;
    if (npy)
      await part.write(npyHeader(head.dtype, shape, bigEndian, head.fortran === true && asItLies));
    const first = head.fortran === true ? 0 : range[0] * width;
    const last = head.fortran === true ? file.info.rows * width : range[1] * width;
    if (asItLies) {
      let done = 0;
      for await (const bytes of file.elements(first, last, signal)) {
        const piece = bigEndian ? bytes.slice() : bytes;
        if (bigEndian) swap(piece, itemSize);
        await part.write(piece);
        done += bytes.length;
        onProgress?.(done, (last - first) * itemSize);
      }
    } else {
      const { bytes } = await arrayOf(file, head, range, signal);
      if (bigEndian) swap(bytes, itemSize);
      await part.write(bytes);
    }
    await part.keep();
  } catch (error) {
    await part.discard();
    throw error;
  }
}

function npyHeader(
  dtype: string,
  shape: readonly number[],
  bigEndian: boolean,
  fortran: boolean,
): Uint8Array {
  const order = dtype.endsWith("1") ? "|" : bigEndian ? ">" : "<";
  const axes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '${order}${dtype}', 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${axes}), }`;
  const length = Math.ceil((text.length + 11) / 64) * 64;
  const bytes = Buffer.alloc(length, " ");
  bytes.write("\x93NUMPY\x01\x00", "latin1");
  bytes.writeUInt16LE(length - 10, 8);
  bytes.write(text, 10, "latin1");
  bytes.write("\n", length - 1, "latin1");
  return bytes;
}

/** Rows for the writers of tables and pictures, a block at a time where it can be. */
export async function* restoredRows(
  file: CompressedFile,
  { rows, signal }: Pick<DecompressOptions, "rows" | "signal"> = {},
): AsyncIterable<Rows> {
  const range = rangeOf(file, rows);
  const { head } = file;
  if (head.kind === "table") {
    yield* file.tables(range, signal);
    return;
  }
  const all = shapeOf(head);
  const width = all.slice(1).reduce((product, n) => product * n, 1);
  // A row of a table has a cell an element: a few thousand at a time.
  const step = Math.max(1, Math.floor(2 ** 22 / Math.max(1, width)));
  const some = head.fortran === true ? range[1] - range[0] : step;
  for (let from = range[0]; from < range[1]; from += some) {
    const to = Math.min(range[1], from + some);
    const { bytes, shape } = await arrayOf(file, head, [from, to], signal);
    const [, height = 1, wide = 1, channels = 1] = shape;
    if (head.kind === "images") {
      yield { kind: "images", rows: to - from, height, width: wide, channels, data: bytes };
      continue;
    }
    const one = shape.length < 2 ? [1] : shape.slice(1);
    const data = numbersOf(bytes, head.dtype);
    yield { kind: "array", rows: to - from, shape: one, data } satisfies NumericArray;
  }
}
