/** One block of an array to bytes and back: the smallest of all ways, looked at before it counts. */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { elementsOf } from "../../codec/blocks.ts";
import { damaged } from "../../codec/container.ts";
import { bytesOf, numbersOf } from "../../codec/dtypes.ts";
import type { BlockShape, DType, LearnedDecoder, LearnedEncoder } from "../../codec/learned.ts";
import { decodeNumbers, encodeNumbers, type Coded } from "../../codec/numbers.ts";
import { largestError } from "../../codec/verify.ts";
import { byColumns, fromColumns } from "./block-columns.ts";

/** The first byte of a block. */
const NUMBERS = 0;
const LEARNED = 1;
const PACKED = 2;
const STORED = 3;
export const TABLE = 4;
const COLUMNS = 5;

export interface BlockTraits {
  readonly dtype: DType;
  readonly bound: number;
  readonly colours: boolean;
  /** Whether a network that learns while it codes is tried. */
  readonly network?: boolean;
  /** Whether rounding to levels is tried with a bound; true. */
  readonly levels?: boolean;
  /** What to call the file in errors. */
  readonly place: string;
}

export interface BlockOut {
  readonly bytes: Uint8Array;
  readonly how: string;
  readonly largest: number;
  readonly exact: number;
  /** What a reader will get; absent where that is what went in. */
  readonly back?: Uint8Array;
}

export interface Learned {
  readonly encoder: LearnedEncoder;
  readonly decoder: LearnedDecoder;
}

/** The smallest without a model, and the smallest with one. */
export async function encodeBlock(
  bytes: Uint8Array,
  at: BlockShape,
  traits: BlockTraits,
  learned: Learned | undefined,
): Promise<{ readonly classical: BlockOut; readonly learned: BlockOut | undefined }> {
  const { dtype, bound, colours, levels = true } = traits;
  const options = { dtype, shape: at.shape, bound, colours, levels };
  const plain = encodeNumbers(bytes, options);
  const columns = byColumns(bytes, at, traits);
  const ways = [
    plain && (await checked(NUMBERS, plain, bytes, at, traits, undefined)),
    columns && (await checked(COLUMNS, columns, bytes, at, traits, undefined)),
  ];
  const least = ways.reduce(smallerOf, undefined);
  const classical =
    smallerOf(least, packed(bytes, least?.bytes.length ?? bytes.length)) ?? stored(bytes);
  if (learned === undefined && traits.network !== true) return { classical, learned: undefined };
  let best: BlockOut | undefined;
  if (traits.network === true) {
    const taught = encodeNumbers(bytes, { ...options, network: true });
    if (taught !== undefined && taught.bytes.length + 1 < classical.bytes.length) {
      best = await checked(NUMBERS, taught, bytes, at, traits, undefined);
    }
  }
  if (learned === undefined) return { classical, learned: best };
  const block = { ...at, dtype, values: numbersOf(bytes, dtype) };
  for await (const attempt of learned.encoder.tries(block, bound)) {
    const coded = encodeNumbers(bytes, { ...options, network: traits.network === true }, attempt);
    if (coded === undefined || coded.bytes.length + 1 >= (best ?? classical).bytes.length) continue;
    best = (await checked(LEARNED, coded, bytes, at, traits, learned.decoder)) ?? best;
  }
  return { classical, learned: best };
}

function smallerOf(a: BlockOut | undefined, b: BlockOut | undefined): BlockOut | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.bytes.length <= b.bytes.length ? a : b;
}

/** Reads the block back as a reader will. Undefined where an element is off. */
async function checked(
  kind: typeof NUMBERS | typeof LEARNED | typeof COLUMNS,
  { bytes: coded, how, escapes }: Coded,
  bytes: Uint8Array,
  at: BlockShape,
  traits: BlockTraits,
  decoder: LearnedDecoder | undefined,
): Promise<BlockOut | undefined> {
  const whole = withKind(kind, coded);
  const back = await decodeBlock(whole, at, traits, () => Promise.resolve(decoder), "block");
  const largest = largestError(bytes, back, traits.dtype, traits.bound);
  if (largest !== largest) return undefined;
  return {
    bytes: whole,
    how: kind === LEARNED ? `learned; ${how}` : how,
    largest,
    exact: escapes,
    ...(largest === 0 ? {} : { back }),
  };
}

function withKind(kind: number, bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 1);
  whole[0] = kind;
  whole.set(bytes, 1);
  return whole;
}

/** Bytes that repeat are found by what packs texts. A quick look tells whether it is worth it. */
function packed(bytes: Uint8Array, size: number): BlockOut | undefined {
  const quality = (level: number) => ({
    params: {
      [constants.BROTLI_PARAM_QUALITY]: level,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  const quick = brotliCompressSync(bytes, quality(5));
  if (quick.length > 1.25 * size) return undefined;
  const small = brotliCompressSync(bytes, quality(11));
  const best = small.length < quick.length ? small : quick;
  return best.length < bytes.length
    ? { bytes: withKind(PACKED, best), how: "brotli", largest: 0, exact: 0 }
    : stored(bytes);
}

function stored(bytes: Uint8Array): BlockOut {
  return { bytes: withKind(STORED, bytes), how: "as it is", largest: 0, exact: 0 };
}

/**
 * Reads a block.
 *
 * @param decoder asked for where the block was predicted by a model
 * @param name of the block, for errors
 */
export async function decodeBlock(
  bytes: Uint8Array,
  at: BlockShape,
  { dtype, colours, place }: Omit<BlockTraits, "bound">,
  decoder: () => Promise<LearnedDecoder | undefined>,
  name: string,
): Promise<Uint8Array> {
  const [kind] = bytes;
  const body = bytes.subarray(1);
  const size = elementsOf(at) * bytesOf(dtype);
  const options = { dtype, shape: at.shape, colours };
  const where = `${place}, ${name}`;
  if (kind === NUMBERS) return decodeNumbers(body, options, where);
  if (kind === LEARNED) {
    const model = await decoder();
    if (model === undefined) throw damaged(place, name, "a block of a model in a file without");
    return decodeNumbers(body, options, where, (codes, rows) => model.predict(codes, rows, at));
  }
  if (kind === COLUMNS) {
    const back = await fromColumns(body, at, dtype, where);
    if (back !== undefined) return back;
  }
  if (kind === STORED && body.length === size) return body.slice();
  if (kind === PACKED) {
    try {
      const back = brotliDecompressSync(body, { maxOutputLength: size });
      if (back.length === size) return new Uint8Array(back);
    } catch {
      // What follows says it.
    }
  }
  throw damaged(place, name, "no block that makes sense");
}
