/** Some pieces of the data, to see what an error bound does to all. */
import { blockCount, elementsOf } from "../../codec/blocks.ts";
import { bytesOf, isFloat, numbersOf } from "../../codec/dtypes.ts";
import { decodeNumbers, encodeNumbers } from "../../codec/numbers.ts";
import { Extent, shareOf } from "./asked.ts";
import type { NumberInput } from "./input.ts";
import { BYTES, psnrOf, squaredError } from "./psnr.ts";
import { largestBound, type FoundBound } from "./psnr-search.ts";

const PIECES = 4;
/** Elements of each, about. */
const SIZE = 2 ** 13;
/**
 * What pieces say of all: so many decibels more or less, at most. Where another prediction wins on them
 * than on all, errors may be spread otherwise: seen were 2 dB.
 */
export const DOUBT = 3;

interface Piece {
  readonly bytes: Uint8Array;
  readonly values: Float64Array;
  readonly shape: readonly number[];
}

export interface Pieces {
  readonly pieces: readonly Piece[];
  /** Of all the data. */
  readonly extent: Extent;
}

/** Walks all the data: the range is that of everything. */
export async function takePieces(
  input: NumberInput,
  signal: AbortSignal | undefined,
): Promise<Pieces> {
  const count = blockCount(input.shape, input.block);
  const extent = new Extent();
  const pieces: Piece[] = [];
  let block = 0;
  for await (const { at, bytes } of input.blocks(signal)) {
    extent.add(numbersOf(bytes, input.dtype));
    const [rows = 1, ...rest] = at.shape;
    const width = elementsOf({ shape: rest });
    // Few rows are shared out.
    const share = Math.ceil(rows * Math.min(1, count / PIECES));
    const take = Math.min(share, Math.max(1, Math.round(SIZE / width)));
    for (let p = 0; p < PIECES; p += 1) {
      const place = ((p + 0.5) / PIECES) * count;
      if (Math.floor(place) !== block) continue;
      const first = Math.round((place - block) * (rows - take));
      const size = width * bytesOf(input.dtype);
      const own = bytes.slice(first * size, (first + take) * size);
      pieces.push({ bytes: own, values: numbersOf(own, input.dtype), shape: [take, ...rest] });
    }
    block += 1;
  }
  return { pieces, extent };
}

export interface BoundOnPieces extends FoundBound {
  /** What the pieces take with it. */
  readonly bytes: number;
}

/** Where to begin on everything. @param levels whether rounding to levels is tried */
export async function boundOnPieces(
  { kind, dtype, shape, name }: NumberInput,
  { pieces, extent }: Pieces,
  wanted: number,
  levels: boolean,
): Promise<BoundOnPieces> {
  const peak = kind === "images" ? BYTES : extent;
  const colours = kind === "images" && (shape.at(-1) ?? 1) > 1;
  const sizes = new Map<number, number>();
  const probe = async (bound: number): Promise<number> => {
    let squares = 0;
    let count = 0;
    let size = 0;
    for (const { bytes, values, shape: own } of pieces) {
      const options = { dtype, shape: own, bound, colours, levels };
      const coded = encodeNumbers(bytes, options);
      const back = coded && (await decodeNumbers(coded.bytes, options, name));
      if (back !== undefined) squares += squaredError(values, numbersOf(back, dtype), bound);
      for (const value of values) if (Number.isFinite(value)) count += 1;
      size += coded?.bytes.length ?? bytes.length;
    }
    sizes.set(bound, size);
    return psnrOf(squares, count, bound, peak);
  };
  // Errors spread evenly up to the bound have a mean square of a third of its square.
  const guess = Math.sqrt(3) * shareOf(peak, 10 ** (-wanted / 20));
  // Wider than the range makes no difference.
  const widest = shareOf(extent, 1);
  if (widest === 0) return { bound: 0, tooWide: 0, tooWidePsnr: Number.NaN, bytes: 0 };
  const whole = !isFloat(dtype);
  const tooWide = whole ? widest + 1 : widest;
  const search = { wanted, guess, whole, slack: 0.02, tries: 10, tooWide, probe };
  const found = await largestBound(search);
  return { ...found, bytes: sizes.get(found.bound) ?? Infinity };
}
