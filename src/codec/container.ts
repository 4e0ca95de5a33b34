/**
 * A compressed file: a head, the model where it comes along, blocks, and an index of them. Each part
 * has a checksum, and together they are exactly as long as the file: no bit can change unseen.
 *
 *     magic 8, version 2, length of head 4, head as JSON, CRC-32 of all before
 *     model
 *     blocks
 *     index: of each block its length (7 bits a byte) and CRC-32
 *     length of index 4, CRC-32 of index 4, CRC-32 of these eight bytes 4, "AEZ."
 *
 * Numbers are little-endian.
 */
import { inputError } from "../base/errors.ts";
import { blockCount } from "./blocks.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { crc32 } from "./crc.ts";
import { bytesOf, DTYPES } from "./dtypes.ts";
import type { DType } from "./learned.ts";

export const MAGIC = Uint8Array.of(0x89, 0x41, 0x45, 0x5a, 0x0d, 0x0a, 0x1a, 0x0a);
const END = Uint8Array.of(0x41, 0x45, 0x5a, 0x2e);
export const FORMAT = 2;
/** Bytes before the head. */
export const PREFIX = 14;
export const TRAILER = 16;
const MOST_HEAD = 2 ** 26;

export interface ModelName {
  readonly sha256: string;
  /** Its length; 0 where the model does not come along. */
  readonly bytes: number;
  readonly crc: number;
}

interface HeadBase {
  /** What was compressed, for people. */
  readonly source: string;
  /** Largest error allowed, absolute: of all, or of each column. 0: to the last bit. */
  readonly bounds: readonly number[];
  /** As it was asked for, where that was relative to the range. */
  readonly relative?: number;
  readonly model?: ModelName;
}

/** Arrays and images: numbers in C order of `shape`. */
export interface ArrayHead extends HeadBase {
  readonly kind: "array" | "images";
  readonly dtype: DType;
  /** As the values lie; of Fortran order, the array's shape reversed. */
  readonly shape: readonly number[];
  readonly fortran?: true;
  readonly bigEndian?: true;
  /** A one-dimensional or zero-dimensional array has these axes; absent: as `shape`. */
  readonly axes?: 0;
  /** Elements a block, at most. */
  readonly block: number;
}

export interface TableHead extends HeadBase {
  readonly kind: "table";
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Rows a block; the last may have fewer. */
  readonly block: number;
}

export type Head = ArrayHead | TableHead;

export interface IndexEntry {
  /** Place in the file. */
  readonly at: number;
  readonly length: number;
  readonly crc: number;
}

export function writeHead(head: Head): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const bytes = new Uint8Array(PREFIX + text.length + 4);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setUint16(8, FORMAT, true);
  view.setUint32(10, text.length, true);
  bytes.set(text, PREFIX);
  view.setUint32(PREFIX + text.length, crc32(bytes.subarray(0, PREFIX + text.length)), true);
  return bytes;
}

/** Length of the whole head with its checksum, from the first `PREFIX` bytes. */
export function headLength(prefix: Uint8Array, place: string): number {
  const fits = prefix.length >= PREFIX && MAGIC.every((byte, i) => prefix[i] === byte);
  if (!fits) {
    throw inputError("compressed.magic", {
      place,
      expected: "a file made by ae compress",
      got: prefix.length < PREFIX ? `${prefix.length} bytes` : "other first bytes",
      hint: "check the name; if it is right, the file is damaged",
    });
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset);
  const version = view.getUint16(8, true);
  if (version !== FORMAT) {
    throw inputError("compressed.version", {
      place,
      expected: `format ${FORMAT}`,
      got: `format ${version}`,
      hint: "a newer version of autoencoders can read it, or the file is damaged",
    });
  }
  const length = view.getUint32(10, true);
  if (length > MOST_HEAD) throw damaged(place, "head", `a length of ${length} bytes`);
  return PREFIX + length + 4;
}

/** @param bytes of `headLength` */
export function readHead(bytes: Uint8Array, place: string): Head {
  const end = bytes.length - 4;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (crc32(bytes.subarray(0, end)) !== view.getUint32(end, true)) {
    throw damaged(place, "head", "bytes that do not fit their checksum");
  }
  let head: unknown;
  try {
    head = JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(PREFIX, end)),
    );
  } catch {
    throw damaged(place, "head", "no JSON");
  }
  if (!isHead(head)) throw damaged(place, "head", "entries that make no sense");
  return head;
}

function isHead(given: unknown): given is Head {
  if (typeof given !== "object" || given === null) return false;
  const head = given as Partial<Record<string, unknown>>;
  const count = (value: unknown, most = Number.MAX_SAFE_INTEGER): value is number =>
    Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
  const { bounds, model } = head;
  if (typeof head["source"] !== "string") return false;
  if (!Array.isArray(bounds) || !bounds.every((b) => typeof b === "number" && b >= 0)) return false;
  if (model !== undefined) {
    const { sha256, bytes, crc } = model as Partial<ModelName>;
    if (typeof sha256 !== "string" || !/^[0-9a-f]{64}$/.test(sha256)) return false;
    if (!count(bytes) || !count(crc, 0xffffffff)) return false;
  }
  if (head["kind"] === "table") {
    const { rows, columns, block } = head;
    return (
      count(rows) &&
      count(block, 2 ** 24) &&
      block > 0 &&
      Array.isArray(columns) &&
      columns.every((c: unknown) => {
        const { name, type } = (c ?? {}) as Partial<Record<string, unknown>>;
        return typeof name === "string" && typeof type === "string";
      })
    );
  }
  if (head["kind"] !== "array" && head["kind"] !== "images") return false;
  const { dtype, shape, block } = head;
  if (!DTYPES.some((d) => d === dtype) || !count(block, 2 ** 24) || block === 0) return false;
  if (!Array.isArray(shape) || shape.length === 0 || shape.length > 64) return false;
  if (!shape.every((n) => count(n))) return false;
  return count((shape as number[]).reduce((product, n) => product * n, bytesOf(dtype as DType)));
}

/** How many blocks the head promises. */
export function blocksOf(head: Head): number {
  return head.kind === "table"
    ? Math.ceil(head.rows / head.block)
    : blockCount(head.shape, head.block);
}

export function writeIndex(entries: readonly Pick<IndexEntry, "length" | "crc">[]): Uint8Array {
  const out = new ByteWriter();
  for (const { length, crc } of entries) {
    out.whole(length);
    out.bytes(Uint8Array.of(crc & 255, (crc >>> 8) & 255, (crc >>> 16) & 255, crc >>> 24));
  }
  const index = out.take();
  const bytes = new Uint8Array(index.length + TRAILER);
  const view = new DataView(bytes.buffer);
  bytes.set(index);
  view.setUint32(index.length, index.length, true);
  view.setUint32(index.length + 4, crc32(index), true);
  view.setUint32(index.length + 8, crc32(bytes.subarray(index.length, index.length + 8)), true);
  bytes.set(END, index.length + 12);
  return bytes;
}

/** Length and checksum of the index, from the last `TRAILER` bytes. */
export function readTrailer(bytes: Uint8Array, place: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const whole =
    bytes.length === TRAILER &&
    END.every((byte, i) => bytes[12 + i] === byte) &&
    crc32(bytes.subarray(0, 8)) === view.getUint32(8, true);
  if (!whole) throw damaged(place, "end of the file", "other bytes than a whole file ends in");
  return { length: view.getUint32(0, true), crc: view.getUint32(4, true) };
}

/**
 * @param from where the first block begins
 * @param to where the index begins
 */
export function readIndex(
  bytes: Uint8Array,
  crc: number,
  { from, to, blocks, place }: { from: number; to: number; blocks: number; place: string },
): readonly IndexEntry[] {
  if (crc32(bytes) !== crc) throw damaged(place, "index", "bytes that do not fit their checksum");
  // Five bytes a block at least: a short file promises no large array.
  if (blocks > bytes.length / 5)
    throw damaged(place, "index", `too few entries for ${blocks} blocks`);
  const reader = new ByteReader(bytes, `${place}, index`);
  const entries: IndexEntry[] = [];
  let at = from;
  for (let block = 0; block < blocks; block += 1) {
    const length = reader.whole();
    const [a = 0, b = 0, c = 0, d = 0] = reader.bytes(4);
    entries.push({ at, length, crc: (a | (b << 8) | (c << 16) | (d << 24)) >>> 0 });
    at += length;
  }
  if (at !== to || reader.left !== 0) throw damaged(place, "index", "blocks of another length");
  return entries;
}

export function checkBlock(bytes: Uint8Array, { crc }: IndexEntry, block: number, place: string) {
  if (crc32(bytes) !== crc) {
    throw damaged(place, `block ${block}`, "bytes that do not fit their checksum");
  }
}

export function damaged(place: string, part: string, got: string): Error {
  return inputError("compressed.damaged", {
    place: `${place}, ${part}`,
    expected: "what ae compress wrote",
    got,
    hint: "the file is cut short or damaged; get it again",
  });
}
