/** Opens a compressed file: what it is, and any of its blocks. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { inputError } from "../../base/errors.ts";
import { blockAt, elementsOf } from "../../codec/blocks.ts";
import {
  blocksOf,
  checkBlock,
  damaged,
  headLength,
  PREFIX,
  readHead,
  readIndex,
  readTrailer,
  TRAILER,
  type ArrayHead,
  type Head,
  type IndexEntry,
  type TableHead,
} from "../../codec/container.ts";
import { crc32 } from "../../codec/crc.ts";
import { bytesOf } from "../../codec/dtypes.ts";
import type { LearnedDecoder } from "../../codec/learned.ts";
import { decodeTable } from "../../codec/table.ts";
import { fileBytes, memoryBytes, type ByteReader } from "../../data/bytes.ts";
import { sliceRows } from "../../data/rows.ts";
import type { Table } from "../../data/source.ts";
import { decodeBlock, TABLE } from "./block.ts";

export interface OpenCompressedOptions {
  /** The model, where it does not come along: its path or bytes. */
  readonly model?: string | Uint8Array;
}

/** What a file says about itself. */
export interface CompressedInfo {
  readonly kind: Head["kind"];
  /** What was compressed. */
  readonly source: string;
  /** Rows of the data. */
  readonly rows: number;
  /** Of an array or images, rows first. */
  readonly shape?: readonly number[];
  /** NumPy's letter and size. */
  readonly dtype?: string;
  readonly columns?: TableHead["columns"];
  readonly bounds: readonly number[];
  readonly relative?: number;
  readonly blocks: number;
  readonly size: number;
  /** SHA-256 of the model it was made with, and whether that is in the file. */
  readonly model?: { readonly sha256: string; readonly embedded: boolean };
}

export interface CompressedFile {
  readonly info: CompressedInfo;
  readonly head: Head;
  /** Rows of a table, from `rows[0]` to before `rows[1]`, a block at a time. */
  tables(rows: readonly [number, number], signal?: AbortSignal): AsyncIterable<Table>;
  /** Little-endian bytes of the elements from `from` to before `to`, as they lie, block by block. */
  elements(from: number, to: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/**
 * Opens a compressed file; blocks are read as they are asked for.
 *
 * @param from path or bytes
 * @throws `compressed.magic`, `compressed.version`, `compressed.damaged`, `compressed.model`
 */
export async function openCompressed(
  from: string | Uint8Array,
  options: OpenCompressedOptions = {},
): Promise<CompressedFile> {
  const place = typeof from === "string" ? from : "compressed data";
  const source = typeof from === "string" ? await fileOf(from) : memoryBytes(from);
  const reader = await source.open();
  try {
    const { size } = source;
    const prefix = await reader.read(0, Math.min(PREFIX, size));
    const length = headLength(prefix, place);
    if (length + TRAILER > size) throw damaged(place, "head", `a file of ${size} bytes`);
    const head = readHead(await reader.read(0, length), place);
    const entries = await indexOf(reader, size, length, head, place);
    const decoder = decoderOf(reader, length, head, place, options);
    return {
      info: infoOf(head, size),
      head,
      tables: (rows, signal) => tables(reader, head, entries, place, rows, signal),
      elements: (first, last, signal) =>
        elements(reader, head, entries, place, [first, last], decoder, signal),
      close: () => reader.close(),
    };
  } catch (error) {
    await reader.close();
    throw error;
  }
}

async function fileOf(path: string) {
  const { expandPath } = await import("../../data/paths.ts");
  const [file = path] = await expandPath(path);
  return fileBytes(file);
}

function infoOf(head: Head, size: number): CompressedInfo {
  const { kind, source, bounds, relative, model } = head;
  const all = {
    kind,
    source,
    bounds,
    ...(relative === undefined ? {} : { relative }),
    blocks: blocksOf(head),
    size,
    ...(model === undefined ? {} : { model: { sha256: model.sha256, embedded: model.bytes > 0 } }),
  };
  if (head.kind === "table") return { ...all, rows: head.rows, columns: head.columns };
  const shape = shapeOf(head);
  return { ...all, rows: shape[0] ?? 1, shape, dtype: head.dtype };
}

/** The axes as the data had them. */
export function shapeOf({ shape, fortran, axes }: ArrayHead): readonly number[] {
  if (axes === 0) return [];
  return fortran === true ? shape.toReversed() : shape;
}

async function indexOf(
  reader: ByteReader,
  size: number,
  headEnd: number,
  head: Head,
  place: string,
): Promise<readonly IndexEntry[]> {
  const { length, crc } = readTrailer(await reader.read(size - TRAILER, TRAILER), place);
  const from = headEnd + (head.model?.bytes ?? 0);
  const to = size - TRAILER - length;
  if (to < from) throw damaged(place, "index", `a length of ${length} bytes`);
  return readIndex(await reader.read(to, length), crc, {
    from,
    to,
    blocks: blocksOf(head),
    place,
  });
}

/** The model's own reading side, got at the first block that needs it. */
function decoderOf(
  reader: ByteReader,
  at: number,
  { model }: Head,
  place: string,
  { model: given }: OpenCompressedOptions,
): () => Promise<LearnedDecoder | undefined> {
  let found: Promise<LearnedDecoder> | undefined;
  const get = async (name: NonNullable<Head["model"]>): Promise<LearnedDecoder> => {
    const { learnedDecoder, decoderBytes } = await import("./learned.ts");
    if (name.bytes > 0) {
      const bytes = await reader.read(at, name.bytes);
      if (crc32(bytes) !== name.crc) {
        throw damaged(place, "model", "bytes that do not fit their checksum");
      }
      return learnedDecoder(bytes);
    }
    if (given === undefined) {
      throw inputError("compressed.model", {
        place,
        expected: "the model that it was compressed with",
        got: "none, and it does not come along",
        hint: `give it with --model; the SHA-256 of its decoder begins with ${name.sha256.slice(0, 16)}`,
      });
    }
    const own = await decoderBytes(typeof given === "string" ? await readFile(given) : given);
    const sha256 = createHash("sha256").update(own).digest("hex");
    if (sha256 !== name.sha256) {
      throw inputError("compressed.model", {
        place: typeof given === "string" ? given : "the model",
        expected: `the model that ${place} was compressed with, SHA-256 ${name.sha256.slice(0, 16)}…`,
        got: `${sha256.slice(0, 16)}…`,
        hint: "give the same model file; one trained again is another",
      });
    }
    return learnedDecoder(own);
  };
  return () => {
    if (model !== undefined) found ??= get(model);
    return found ?? Promise.resolve(undefined);
  };
}

async function readBlock(
  reader: ByteReader,
  entries: readonly IndexEntry[],
  block: number,
  place: string,
): Promise<Uint8Array> {
  const entry = entries[block] as IndexEntry;
  const bytes = await reader.read(entry.at, entry.length);
  checkBlock(bytes, entry, block, place);
  return bytes;
}

async function* tables(
  reader: ByteReader,
  head: Head,
  entries: readonly IndexEntry[],
  place: string,
  [first, last]: readonly [number, number],
  signal: AbortSignal | undefined,
): AsyncIterable<Table> {
  if (head.kind !== "table") return;
  const { rows, block, columns } = head;
  for (let b = Math.floor(first / block); b * block < last; b += 1) {
    signal?.throwIfAborted();
    const from = b * block;
    const count = Math.min(block, rows - from);
    const bytes = await readBlock(reader, entries, b, place);
    if (bytes[0] !== TABLE) throw damaged(place, `block ${b}`, "no block of a table");
    const decoded = await decodeTable(bytes.subarray(1), columns, count, `${place}, block ${b}`);
    const table = { kind: "table", rows: count, columns: decoded } as Table;
    yield sliceRows(table, Math.max(0, first - from), Math.min(count, last - from));
  }
}

async function* elements(
  reader: ByteReader,
  head: Head,
  entries: readonly IndexEntry[],
  place: string,
  [first, last]: readonly [number, number],
  decoder: () => Promise<LearnedDecoder | undefined>,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  if (head.kind === "table") return;
  const { shape, dtype, block, kind } = head;
  const size = bytesOf(dtype);
  const colours = kind === "images" && (shape.at(-1) ?? 1) > 1;
  for (const [b] of entries.entries()) {
    const at = blockAt(shape, block, b);
    const count = elementsOf(at);
    if (at.from + count <= first || at.from >= last) continue;
    signal?.throwIfAborted();
    const bytes = await readBlock(reader, entries, b, place);
    const traits = { dtype, colours, place };
    const values = await decodeBlock(bytes, at, traits, decoder, `block ${b}`);
    yield values.subarray(
      size * Math.max(0, first - at.from),
      size * Math.min(count, last - at.from),
    );
  }
}
