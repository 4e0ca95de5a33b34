/**
 * A block whose values are few: levels of a grid, at most 256 of them, coded as pictures. With a
 * bound, a level is the middle of as many grid points as the bound allows.
 */
import { PIXELS, type Attempt, type Coded } from "./attempts.ts";
import { ByteWriter, type ByteReader } from "./bytes.ts";
import { bytesOf, castOf, storeOf } from "./dtypes.ts";
import type { Layout } from "./layout.ts";
import type { DType } from "./learned.ts";
import { writeLine, type Line } from "./line.ts";
import { picturesOf } from "./pictures.ts";
import { codePixels } from "./pixels.ts";
import { BitReader, BitWriter } from "./range-coder.ts";

const MOST_LEVELS = 256;

type Grid = Extract<Line, { mode: "grid" }>;

/** Undefined where there are more levels, or the line has none. */
function levelsOf(line: Line): { readonly line: Grid; readonly depth: number } | undefined {
  if (line.mode !== "grid") return undefined;
  const highest = Math.floor(line.high / line.step);
  if (!(highest < MOST_LEVELS)) return undefined;
  return { line, depth: 32 - Math.clz32(highest) };
}

/** Values by level. */
function valuesOf({ scale, origin, divisor, high, step }: Grid, dtype: DType): Float64Array {
  const cast = castOf(dtype);
  return Float64Array.from({ length: MOST_LEVELS }, (_, level) => {
    const on = Math.min(high, level * step + (step - 1) / 2);
    return cast((on * scale + origin) / divisor);
  });
}

/** @returns undefined where the values are not such, or not all within the bound */
export function encodeLevels(
  all: Pick<Attempt, "line" | "counted" | "values" | "layout" | "dtype" | "bound">,
): Coded | undefined {
  const { counted, values, layout, dtype, bound } = all;
  const found = levelsOf(all.line);
  if (found === undefined || values.length === 0) return undefined;
  const { line, depth } = found;
  const reached = valuesOf(line, dtype);
  const levels = new Uint8Array(values.length);
  let largest = 0;
  for (let i = 0; i < values.length; i += 1) {
    const level = Math.floor((counted[i] as number) / line.step);
    const value = values[i] as number;
    const off = Math.abs(value - (reached[level] as number));
    if (!(off <= bound)) return undefined;
    if (off === 0 && bound === 0 && !Object.is(value, reached[level])) return undefined;
    if (off > largest) largest = off;
    levels[i] = level;
  }
  const out = new ByteWriter();
  writeLine(out, line);
  out.byte(PIXELS);
  const coder = new BitWriter();
  codePixels(coder, picturesOf(layout), depth, levels);
  out.bytes(coder.finish());
  return { bytes: out.take(), largest, escapes: 0, how: "pixels, from their neighbours' values" };
}

/** Reads what follows the line and the kind. */
export function decodeLevels(
  from: ByteReader,
  { line: written, layout, dtype }: { readonly line: Line; readonly layout: Layout; dtype: DType },
): Uint8Array {
  const found = levelsOf(written);
  if (found === undefined) throw from.broken("pixels of too many levels");
  const { line, depth } = found;
  const count = layout.axes.reduce((product, n) => product * n, 1);
  const levels = new Uint8Array(count);
  codePixels(new BitReader(from.bytes(from.left)), picturesOf(layout), depth, levels);
  const reached = valuesOf(line, dtype);
  const bytes = new Uint8Array(count * bytesOf(dtype));
  const store = storeOf(bytes, dtype);
  for (let i = 0; i < count; i += 1) store(i, reached[levels[i] as number] as number);
  return bytes;
}
