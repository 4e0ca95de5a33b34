/**
 * Rows dealt out at random over blocks in one temporary file, to be read a block at a time. Within
 * a block each column lies in one piece, so that reading a block is a read a column and no more.
 */
import type { FileHandle } from "node:fs/promises";
import type { Tensor } from "../base/tensor.ts";
import { sizeOf, tensor } from "../base/tensor.ts";
import type { CompactType } from "./preprocessing.ts";
import { readFully, temporaryFile, writeFully } from "./temporary-file.ts";

type ColumnTypes = Readonly<Record<string, CompactType>>;
type Numbers = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Memory of one block, by column. */
export type BlockBuffers = Readonly<Record<string, ArrayBuffer>>;

export interface Spill {
  readonly columns: ColumnTypes;
  /** Rows of each block. */
  readonly blocks: readonly number[];
  /** Memory that any one block fits in. */
  buffers(): BlockBuffers;
  /** Reads a block into memory from `buffers`. */
  read(block: number, into: BlockBuffers): Promise<void>;
  /** What was read, as tensors over the same memory. */
  tensors(from: BlockBuffers, rows: number): Readonly<Record<string, Tensor>>;
  /** Ends it and frees the disk. */
  close(): Promise<void>;
}

export interface SpillWriter {
  /** @param blocks the block of each row; −1: of none */
  add(values: Readonly<Record<string, Tensor>>, blocks: Int32Array): Promise<void>;
  /** All rows are there. */
  end(): Promise<Spill>;
  /** Gives up, and frees the disk. */
  close(): Promise<void>;
}

export interface SpillOptions {
  readonly folder: string;
  readonly columns: ColumnTypes;
  /** Rows that each block will have. */
  readonly blocks: readonly number[];
  /** Bytes of memory for rows on their way to disk. */
  readonly memory: number;
}

/** Bytes that a row takes in memory and on disk. */
export function rowBytes(columns: ColumnTypes): number {
  return Object.values(columns).reduce((sum, type) => sum + bytesOf(type), 0);
}

/** @throws `train.disk` when the folder has no room or cannot be written to */
export async function createSpill(options: SpillOptions): Promise<SpillWriter> {
  const { folder, columns, blocks, memory } = options;
  const rows = blocks.reduce((sum, count) => sum + count, 0);
  const bytes = rows * rowBytes(columns);
  const file = await temporaryFile(folder, bytes);
  const most = Math.max(1, Math.floor(memory / (blocks.length * rowBytes(columns))));
  const starts = startsOf(blocks, rowBytes(columns));
  const queues = blocks.map((count) => ({
    rows: 0,
    written: 0,
    buffers: buffersFor(columns, Math.min(most, count)),
  }));
  const capacity = blocks.map((count) => Math.min(most, count));

  async function flush(block: number): Promise<void> {
    const queue = queues[block] as (typeof queues)[number];
    let at = starts[block] as number;
    for (const [name, type] of Object.entries(columns)) {
      const size = bytesOf(type);
      const piece = new Uint8Array(queue.buffers[name] as ArrayBuffer, 0, queue.rows * size);
      await writeFully(file, piece, at + queue.written * size, { folder, bytes });
      at += (blocks[block] as number) * size;
    }
    queue.written += queue.rows;
    queue.rows = 0;
  }

  return {
    add: async (values, blockOf) => {
      const copies = Object.entries(columns).map(([name, type]) =>
        copier(
          (values[name] as Tensor).data as Numbers,
          queues.map(({ buffers }) => viewOf(buffers[name] as ArrayBuffer, type)),
          sizeOf(type.shape),
        ),
      );
      for (let row = 0; row < blockOf.length; row += 1) {
        const block = blockOf[row] as number;
        if (block < 0) continue;
        const queue = queues[block] as (typeof queues)[number];
        for (const copy of copies) copy(row, block, queue.rows);
        queue.rows += 1;
        if (queue.rows === capacity[block]) await flush(block);
      }
    },
    end: async () => {
      for (const [block, queue] of queues.entries()) if (queue.rows > 0) await flush(block);
      return spillIn(file, columns, blocks, starts);
    },
    close: () => file.close(),
  };
}

function spillIn(
  file: FileHandle,
  columns: ColumnTypes,
  blocks: readonly number[],
  starts: readonly number[],
): Spill {
  const largest = blocks.reduce((most, rows) => Math.max(most, rows), 0);
  return {
    columns,
    blocks,
    buffers: () => buffersFor(columns, largest),
    read: async (block, into) => {
      const rows = blocks[block] as number;
      let at = starts[block] as number;
      for (const [name, type] of Object.entries(columns)) {
        const length = rows * bytesOf(type);
        await readFully(file, new Uint8Array(into[name] as ArrayBuffer, 0, length), at);
        at += length;
      }
    },
    tensors: (from, rows) =>
      Object.fromEntries(
        Object.entries(columns).map(([name, type]) => {
          const data = viewOf(from[name] as ArrayBuffer, type);
          const values = data.subarray(0, rows * sizeOf(type.shape)) as Float32Array;
          return [name, tensor(type.dtype as "float32", values, [rows, ...type.shape])];
        }),
      ),
    close: () => file.close(),
  };
}

/** Copies a row of a column to its place in a block's queue. Narrow rows number by number. */
function copier(
  from: Numbers,
  queues: readonly Numbers[],
  width: number,
): (row: number, block: number, place: number) => void {
  if (width > 32) {
    return (row, block, place) =>
      (queues[block] as Numbers).set(from.subarray(row * width, (row + 1) * width), place * width);
  }
  return (row, block, place) => {
    const to = queues[block] as Numbers;
    for (let i = 0; i < width; i += 1) to[place * width + i] = from[row * width + i] as number;
  };
}

function bytesOf({ dtype, shape }: CompactType): number {
  return (dtype === "uint8" ? 1 : 4) * sizeOf(shape);
}

function viewOf(buffer: ArrayBuffer, { dtype }: CompactType): Numbers {
  if (dtype === "uint8") return new Uint8Array(buffer);
  return dtype === "int32" ? new Int32Array(buffer) : new Float32Array(buffer);
}

function buffersFor(columns: ColumnTypes, rows: number): BlockBuffers {
  return Object.fromEntries(
    Object.entries(columns).map(([name, type]) => [name, new ArrayBuffer(rows * bytesOf(type))]),
  );
}

/** Where each block begins. */
function startsOf(blocks: readonly number[], bytes: number): readonly number[] {
  let at = 0;
  return blocks.map((rows) => {
    at += rows * bytes;
    return at - rows * bytes;
  });
}
