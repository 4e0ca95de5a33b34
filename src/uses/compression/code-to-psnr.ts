/** Numbers coded with the bound that keeps a PSNR. */
import { blockCount } from "../../codec/blocks.ts";
import { bytesOf, isFloat } from "../../codec/dtypes.ts";
import type { Coding } from "./coding.ts";
import type { NumberInput } from "./input.ts";
import { boundOnPieces, DOUBT, takePieces, type BoundOnPieces } from "./psnr-pieces.ts";
import { largestBound } from "./psnr-search.ts";

/** Codes everything once. */
export type CodeWith = (
  bound: number,
  how: { readonly learn: boolean; readonly levels?: boolean },
) => Promise<Coding>;

/** In decibels: so near, a double has no digits left to be off by. */
const EVERY_BIT = 320;
/** Walks over everything, at most, before the last. */
const WALKS = 4;
/** What pieces take says this well what everything will. */
const SIZE_DOUBT = 1.15;

interface Way {
  readonly levels: boolean;
  readonly guess: BoundOnPieces;
}

/**
 * The bound is looked for without what learns, which takes its time and moves errors little. Rounding
 * to levels takes less room with a bound and is less near with it: with and without, whichever is
 * smaller in the end.
 */
export async function codeToPsnr(
  input: NumberInput,
  wanted: number,
  code: CodeWith,
  learns: boolean,
  signal: AbortSignal | undefined,
): Promise<Coding> {
  if (wanted > EVERY_BIT || blockCount(input.shape, input.block) === 0) {
    return code(0, { learn: true });
  }
  const pieces = await takePieces(input, signal);
  const ways: Way[] = [];
  for (const levels of bytesOf(input.dtype) === 1 ? [true, false] : [true]) {
    ways.push({ levels, guess: await boundOnPieces(input, pieces, wanted, levels) });
  }
  // All the same: there is no range.
  if (ways.some(({ guess }) => guess.tooWide === 0)) return code(0, { learn: true });
  const least = Math.min(...ways.map(({ guess }) => guess.bytes));
  let best: (Way & { readonly coding: Coding | undefined; readonly bound: number }) | undefined;
  try {
    for (const way of ways) {
      if (way.guess.bytes > SIZE_DOUBT * least) continue;
      const found = await alongWay(input, wanted, code, way);
      const smaller = best === undefined || sizeOf(found) < sizeOf(best);
      const given = smaller ? best : found;
      if (smaller) best = { ...way, ...found };
      await given?.coding?.discard();
    }
    if (best?.coding !== undefined && !learns) return best.coding;
    await best?.coding?.discard();
    return await code(best?.bound ?? 0, { learn: true, levels: best?.levels ?? true });
  } catch (error) {
    await best?.coding?.discard();
    throw error;
  }
}

function sizeOf({ coding }: { readonly coding: Coding | undefined }): number {
  return coding?.classical.file.size() ?? Infinity;
}

async function alongWay(
  input: NumberInput,
  wanted: number,
  code: CodeWith,
  { levels, guess }: Way,
): Promise<{ readonly coding: Coding | undefined; readonly bound: number }> {
  let coding: Coding | undefined;
  const probe = async (bound: number): Promise<number> => {
    const tried = await code(bound, { learn: false, levels });
    const { psnr } = tried.classical;
    const given = psnr >= wanted ? coding : tried;
    if (psnr >= wanted) coding = tried;
    await given?.discard();
    return psnr;
  };
  try {
    const { bound } = await largestBound({
      wanted,
      guess: guess.bound,
      whole: !isFloat(input.dtype),
      slack: 0.1,
      tries: WALKS,
      tooWide: guess.tooWidePsnr > wanted - DOUBT ? undefined : guess.tooWide,
      probe,
    });
    return { coding, bound };
  } catch (error) {
    await coding?.discard();
    throw error;
  }
}
