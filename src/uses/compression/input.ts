/** What is compressed: numbers with their own type, as they lie in the file, or the rows of a table. */
import { AutoencoderError, inputError } from "../../base/errors.ts";
import { BLOCK, blockAt, blockCount, elementsOf } from "../../codec/blocks.ts";
import type { BlockShape, DType } from "../../codec/learned.ts";
import { openArrayBytes, type ArrayBytes } from "../../data/arrays.ts";
import { openData, type OpenOptions } from "../../data/open.ts";
import { expandPath } from "../../data/paths.ts";
import type { ArraySource, ImageSource, Source, TableSource } from "../../data/source.ts";

/** Numbers, walked block by block, as often as needed. */
export interface NumberInput {
  readonly kind: "array" | "images";
  readonly name: string;
  readonly dtype: DType;
  /** As the values lie, C order; of an array in Fortran order, its axes reversed. */
  readonly shape: readonly number[];
  readonly fortran: boolean;
  readonly bigEndian: boolean;
  /** Whether the array has no axis at all. */
  readonly scalar: boolean;
  /** Elements a block, at most. */
  readonly block: number;
  /** Little-endian bytes of each block, in order. */
  blocks(
    signal?: AbortSignal,
  ): AsyncIterable<{ readonly at: BlockShape; readonly bytes: Uint8Array }>;
}

export interface TableInput {
  readonly kind: "table";
  readonly name: string;
  readonly source: TableSource;
}

export type Input = NumberInput | TableInput;

/**
 * Opens what is to be compressed.
 *
 * @param data a path, or a source
 * @throws what readers throw; `compression.kind` for windows of series
 */
export async function openInput(
  data: string | Source,
  options: OpenOptions & { readonly block?: number },
): Promise<Input> {
  const { block = BLOCK, ...reading } = options;
  if (typeof data === "string" && !data.startsWith("demo:") && reading.as !== "series") {
    const [file = data] = await expandPath(data);
    if (/\.(?:npy|npz|f32|f64|u8)$/i.test(file)) {
      const { array, shape } = reading;
      const given = { ...(array && { array }), ...(shape && { shape }) };
      return fromFile(data, await openArrayBytes(data, given), block);
    }
  }
  const source = typeof data === "string" ? await openData(data, reading) : data;
  if (source.kind === "table") return { kind: "table", name: source.name, source };
  if (source.kind === "series") {
    throw inputError("compression.kind", {
      place: source.name,
      expected: "a table, an array or images",
      got: "windows of series, which overlap",
      hint: "compress the points themselves: leave out --as series",
    });
  }
  if (source.kind === "interactions") {
    throw inputError("compression.kind", {
      place: source.name,
      expected: "a table, an array or images",
      got: "interactions as histories of users",
      hint: "compress the table of interactions: leave out --as interactions",
    });
  }
  return fromSource(source, block);
}

function fromFile(name: string, { header, bytes: source }: ArrayBytes, block: number): NumberInput {
  const { dtype, fortran, bigEndian, itemSize, offset } = header;
  const lying = fortran ? header.shape.toReversed() : header.shape;
  const scalar = lying.length === 0;
  const shape = scalar ? [1] : lying;
  return {
    kind: "array",
    name,
    dtype: dtype as DType,
    shape,
    fortran: fortran && shape.length > 1,
    bigEndian: bigEndian && itemSize > 1,
    scalar,
    block,
    async *blocks(signal) {
      const reader = await source.open();
      try {
        const count = blockCount(shape, block);
        for (let i = 0; i < count; i += 1) {
          signal?.throwIfAborted();
          const at = blockAt(shape, block, i);
          const bytes = await reader.read(offset + at.from * itemSize, elementsOf(at) * itemSize);
          if (bigEndian) swap(bytes, itemSize);
          yield { at, bytes };
        }
      } finally {
        await reader.close();
      }
    },
  };
}

/** The other order of bytes, in place. */
export function swap(bytes: Uint8Array, itemSize: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (itemSize === 2) buffer.swap16();
  else if (itemSize === 4) buffer.swap32();
  else if (itemSize === 8) buffer.swap64();
}

async function fromSource(source: ArraySource | ImageSource, block: number): Promise<NumberInput> {
  const dtype = source.kind === "images" ? "u1" : await typeOf(source);
  const shape =
    source.kind === "images"
      ? [source.rows, source.height, source.width, source.channels]
      : [source.rows, ...source.shape];
  const itemSize = Number(dtype.slice(1));
  return {
    kind: source.kind === "images" ? "images" : "array",
    name: source.name,
    dtype,
    shape,
    fortran: false,
    bigEndian: false,
    scalar: false,
    block,
    async *blocks(signal) {
      const count = blockCount(shape, block);
      let next = 0;
      let at = blockAt(shape, block, 0);
      let bytes = new Uint8Array(elementsOf(at) * itemSize);
      let filled = 0;
      for await (const { data } of source.read(signal && { signal })) {
        signal?.throwIfAborted();
        const typed =
          dtype === "f8" && data instanceof Float32Array ? new Float64Array(data) : data;
        const part = new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength);
        for (let from = 0; from < part.length;) {
          const take = Math.min(part.length - from, bytes.length - filled);
          bytes.set(part.subarray(from, from + take), filled);
          filled += take;
          from += take;
          if (filled < bytes.length) continue;
          signal?.throwIfAborted();
          yield { at, bytes };
          next += 1;
          if (next >= count) break;
          at = blockAt(shape, block, next);
          bytes = new Uint8Array(elementsOf(at) * itemSize);
          filled = 0;
        }
      }
      if (next < count)
        throw new AutoencoderError("data.truncated", "input", {
          place: source.name,
          expected: `${source.rows} rows`,
          got: "fewer",
          hint: "the data changed while they were read",
        });
    },
  };
}

async function typeOf(source: ArraySource): Promise<"f4" | "f8"> {
  for await (const { data } of source.read()) return data instanceof Float32Array ? "f4" : "f8";
  return "f4";
}
