/** A block of numbers to bytes and back: the best of several ways, by size. */
import {
  attempts,
  COUNTED,
  encodeAs,
  PIXELS,
  sideOn,
  TAUGHT,
  type Attempt,
  type Coded,
} from "./attempts.ts";
import { ByteReader } from "./bytes.ts";
import { CodesCoder } from "./codes.ts";
import { bytesOf, isFloat, numbersOf } from "./dtypes.ts";
import { codeField } from "./field.ts";
import { layoutOf } from "./layout.ts";
import type { DType, LearnedBlock } from "./learned.ts";
import { decodeLevels, encodeLevels } from "./levels.ts";
import { countedOn, linesFor, readLine } from "./line.ts";
import { readPrediction } from "./predictions.ts";
import { BitReader } from "./range-coder.ts";

export type { Coded } from "./attempts.ts";

export interface NumbersOptions {
  readonly dtype: DType;
  /** C order. */
  readonly shape: readonly number[];
  /** Absolute; 0: to the last bit. */
  readonly bound: number;
  /** The last axis is of colours. */
  readonly colours?: boolean;
  /** Also tries a network that learns while it codes; slower by several times. */
  readonly network?: boolean;
  /** Whether rounding to levels is tried with a bound: smaller, with errors all over it; true. */
  readonly levels?: boolean;
}

/**
 * Writes a block. The bytes hold all but the type, the shape and the length.
 *
 * @param bytes values in C order, little-endian
 * @returns undefined for integers that a double does not hold
 */
export function encodeNumbers(
  bytes: Uint8Array,
  options: NumbersOptions,
  learned?: LearnedBlock,
): Coded | undefined {
  const { dtype, shape, bound, colours, levels = true } = options;
  const values = numbersOf(bytes, dtype);
  const lines = linesFor(values, dtype, bound);
  const layout = layoutOf(shape, colours);
  let best: Coded | undefined;
  let winner: Attempt | undefined;
  for (const line of lines) {
    // All bits only where a bound is too narrow to count by.
    if (line.mode === "bits" && best !== undefined && best.escapes < values.length / 50) continue;
    const counted = countedOn(line, values);
    const all = { line, counted, values, layout, bytes, dtype, bound, learned };
    for (const { kind, coded } of attempts(all)) {
      if (best === undefined || coded.bytes.length < best.bytes.length) {
        best = coded;
        winner = { ...all, kind };
      }
    }
    const rounded = learned === undefined && (levels || bound === 0);
    const pixels = rounded ? encodeLevels(all) : undefined;
    if (pixels !== undefined && (best === undefined || pixels.bytes.length < best.bytes.length)) {
      best = pixels;
    }
  }
  if (best === undefined || winner === undefined || options.network !== true) return best;
  const taught = encodeAs({ ...winner, network: true });
  const smaller = taught !== undefined && taught.bytes.length < best.bytes.length ? taught : best;
  return { ...smaller, classical: best.bytes.length };
}

/** Codes of a block, at most this many an element: more would not be for coding. */
const MOST_CODES = 4;

/**
 * Reads a block.
 *
 * @param place what to call it in errors
 * @param predict gives the learned prediction where the block has one
 */
export async function decodeNumbers(
  coded: Uint8Array,
  { dtype, shape, colours }: Omit<NumbersOptions, "bound">,
  place: string,
  predict?: (codes: Int32Array, rows: number) => Promise<Float64Array>,
): Promise<Uint8Array> {
  const from = new ByteReader(coded, place);
  const layout = layoutOf(shape, colours);
  const count = layout.axes.reduce((product, n) => product * n, 1);
  const line = readLine(from);
  if (!isFloat(dtype) && !(line.mode === "grid" && line.divisor === 1)) {
    throw from.broken("parts of whole numbers");
  }
  const way = from.byte();
  if (way === PIXELS && predict === undefined) return decodeLevels(from, { line, layout, dtype });
  if (way !== COUNTED && way !== TAUGHT) throw from.broken("an unknown way to code");
  const start = from.double();
  const low = from.single();
  const high = from.single();
  const prediction = readPrediction(from, layout, predict !== undefined);
  let side: Float64Array | undefined;
  if (predict !== undefined) {
    const rows = from.whole(MOST_CODES * count + 1024);
    const size = from.whole(MOST_CODES * count + 1024);
    if (rows * size > MOST_CODES * count + 1024) throw from.broken(`${rows} × ${size} codes`);
    const coding = new CodesCoder(new BitReader(from.piece()), size);
    const codes = Int32Array.from({ length: rows * size }, () => coding.code(0));
    const predictions = await predict(codes, rows);
    if (predictions.length !== count) throw from.broken(`${predictions.length} predictions`);
    side = sideOn(line, predictions);
  }
  const bytes = new Uint8Array(count * bytesOf(dtype));
  codeField(new BitReader(from.bytes(from.left)), {
    dtype,
    layout,
    line,
    prediction,
    start,
    low,
    high,
    bytes,
    network: way === TAUGHT,
    ...(side === undefined ? {} : { side }),
  });
  return bytes;
}
