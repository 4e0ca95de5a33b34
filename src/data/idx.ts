/**
 * IDX, the format of MNIST: a magic number, big-endian sizes, then bytes.
 * Source: http://yann.lecun.com/exdb/mnist/
 */

import { open, stat } from "node:fs/promises";
import { basename } from "node:path";

import { inputError } from "../base/errors.ts";
import { packingOf, rawHead, unpacked, unpackedHead } from "./bytes.ts";
import { labelling } from "./memory.ts";
import { expandPath } from "./paths.ts";
import type { ImageSource, ReadOptions } from "./source.ts";

/** Whether the (unpacked) first bytes are those of IDX with unsigned bytes. */
export function isIdx(head: Uint8Array): boolean {
  const axes = head[3] ?? 0;
  return head[0] === 0 && head[1] === 0 && head[2] === 8 && axes >= 1 && axes <= 4;
}

interface IdxHeader {
  readonly shape: readonly number[];
  readonly offset: number;
}

/**
 * Opens an `*-idx3-ubyte` file `[rows, height, width]`, or idx4 with channels
 * last, gzipped or not. The size is checked at once, the pixels are streamed.
 *
 * @param options.label path of an idx1 file with a label an image
 * @throws data.idx, data.truncated, data.trailing, data.labels
 */
export async function readIdx(
  path: string,
  options: { readonly label?: string } = {},
): Promise<ImageSource> {
  const [file = path] = await expandPath(path);
  const header = await checkedHeader(file, path);
  const [rows = 0, height = 1, width = 1, channels = 1] = header.shape;
  if (header.shape.length < 3 || ![1, 3, 4].includes(channels)) {
    throw inputError("data.idx", {
      place: path,
      expected: "3 axes (rows, height, width), or 4 with 1, 3 or 4 channels",
      got: `${header.shape.length} axes: ${header.shape.join(" × ")}`,
      hint:
        header.shape.length === 1
          ? "these are labels: give the idx3 file, and this one with --label"
          : "convert it to .npy",
    });
  }
  if (rows * height * width === 0) {
    throw inputError("data.empty", {
      place: path,
      expected: "at least 1 image",
      got: header.shape.join(" × "),
      hint: "check that the file was written completely",
    });
  }
  const labels = options.label === undefined ? undefined : await readIdxLabels(options.label);
  return {
    kind: "images",
    name: path,
    rows,
    height,
    width,
    channels,
    notes: [],
    nameOf: (row) => `${basename(path)}#${row}`,
    async *read(read) {
      const size = height * width * channels;
      for await (const data of blocks(file, header.offset, rows, size, read)) {
        yield { kind: "images", rows: data.length / size, height, width, channels, data };
      }
    },
    ...labelling(labels, rows, path, options.label),
  };
}

/** The labels of an idx1 file. */
export async function readIdxLabels(path: string): Promise<string[]> {
  const [file = path] = await expandPath(path);
  const header = await checkedHeader(file, path);
  const [rows = 0] = header.shape;
  if (header.shape.length !== 1) {
    throw inputError("data.labels", {
      place: path,
      expected: "an idx1 file: one label an image",
      got: `${header.shape.length} axes: ${header.shape.join(" × ")}`,
      hint: "give the file that ends in -labels-idx1-ubyte",
    });
  }
  const labels: string[] = [];
  for await (const data of blocks(file, header.offset, rows, 1)) {
    for (const label of data) labels.push(String(label));
  }
  return labels;
}

async function checkedHeader(file: string, place: string): Promise<IdxHeader> {
  const { bytes: head } = await unpackedHead(file, 20);
  if (!isIdx(head)) {
    throw inputError("data.idx", {
      place,
      expected: "IDX of unsigned bytes, magic 00 00 08 01 to 00 00 08 04",
      got:
        head.length === 0
          ? "an empty file"
          : `first bytes ${[...head.subarray(0, 4)].map((b) => b.toString(16).padStart(2, "0")).join(" ")}`,
      hint: "check that the file is what its name says",
    });
  }
  const axes = head[3] ?? 0;
  const offset = 4 + 4 * axes;
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  if (head.length < offset) throw wrongSize("data.truncated", place, offset, head.length);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const expected = offset + shape.reduce((product, n) => product * n, 1);
  const size = await unpackedSize(file, expected);
  if (size < expected) throw wrongSize("data.truncated", place, expected, size);
  if (size > expected) throw wrongSize("data.trailing", place, expected, size);
  return { shape, offset };
}

function wrongSize(code: string, place: string, expected: number, got: number): Error {
  return inputError(code, {
    place,
    expected: `${expected} bytes, as its header says`,
    got: `${got} bytes`,
    hint: "the file is cut short or damaged; get it again",
  });
}

/** Unpacked size. Gzip ends in it, modulo 2^32; only when that differs are all bytes counted. */
async function unpackedSize(file: string, expected: number): Promise<number> {
  const { size } = await stat(file);
  if (packingOf(await rawHead(file, 4)) !== "gzip") return size;
  const handle = await open(file, "r");
  try {
    const tail = Buffer.alloc(4);
    await handle.read(tail, 0, 4, Math.max(0, size - 4));
    if (tail.readUInt32LE(0) === expected % 2 ** 32) return expected;
  } finally {
    await handle.close();
  }
  let total = 0;
  try {
    for await (const part of unpacked(file)) total += part.length;
  } catch (error) {
    // A cut gzip file: what came out so far is what there is.
    if (total === 0) throw error;
  }
  return total;
}

/** Blocks of whole rows, about 8 MB each, in buffers of their own. */
async function* blocks(
  file: string,
  offset: number,
  rows: number,
  rowBytes: number,
  { chunk, signal }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const size = chunk ?? Math.max(1, Math.floor(2 ** 23 / rowBytes));
  let skip = offset;
  let left = rows * rowBytes;
  let block = new Uint8Array(Math.min(left, size * rowBytes));
  let filled = 0;
  for await (const part of unpacked(file)) {
    signal?.throwIfAborted();
    let from = Math.min(skip, part.length);
    skip -= from;
    while (from < part.length && left > 0) {
      const take = Math.min(part.length - from, block.length - filled);
      block.set(part.subarray(from, from + take), filled);
      filled += take;
      from += take;
      left -= take;
      if (filled === block.length) {
        yield block;
        signal?.throwIfAborted();
        block = new Uint8Array(Math.min(left, size * rowBytes));
        filled = 0;
      }
    }
  }
  if (left > 0) {
    throw inputError("data.truncated", {
      place: file,
      expected: `${offset + rows * rowBytes} bytes, as its header says`,
      got: `${offset + rows * rowBytes - left} bytes`,
      hint: "the file is cut short or damaged; get it again",
    });
  }
}
