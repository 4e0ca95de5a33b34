/** How much nearer to clean pictures a model brings noisy ones, beside simple filters. */
import { inputError } from "../base/errors.ts";
import type { Source } from "../data/source.ts";
import type { DenoisingComparison } from "../evaluate/denoising/compare.ts";
import { compareDenoising } from "../evaluate/denoising/compare.ts";
import type { Picture } from "../evaluate/denoising/picture.ts";
import { pickSource } from "./companions.ts";
import { sourceOf } from "./data.ts";
import type { Data, DenoiseOptions, Model } from "./types.ts";

/** Pictures that all are judged by, at most: filters in TypeScript take their time. */
const MOST_ROWS = 500;
/** And pixels of all of them. */
const MOST_NUMBERS = 2 ** 21;

/** The first pictures, of which a page shows some. */
export interface DenoisedPictures {
  readonly noisy: readonly Picture[];
  readonly denoised: readonly Picture[];
  readonly clean: readonly Picture[];
  /** Of the clean numbers. */
  readonly range: number;
}

/** @throws `data.pairs` where the clean side is not the same pictures, `data.kind` for other data */
export async function measureDenoising(
  model: Pick<Model, "denoise">,
  noisy: Source,
  cleanData: Data,
  options: Pick<DenoiseOptions, "signal">,
): Promise<{ readonly comparison: DenoisingComparison; readonly pictures: DenoisedPictures }> {
  const clean = sourceOf(cleanData);
  requirePairs(noisy, clean);
  const numbers = sizeOf(noisy).reduce((product, n) => product * n, 1);
  const most = Math.max(1, Math.min(MOST_ROWS, Math.floor(MOST_NUMBERS / numbers)));
  const count = Math.min(most, noisy.rows);
  const picked = Int32Array.from({ length: count }, (_, i) => Math.floor((i * noisy.rows) / count));
  const before = await pickSource(noisy, picked, options.signal);
  const target = await pickSource(clean, picked, options.signal);
  const { rows } = await model.denoise(before, options);
  const scale = noisy.kind === "images" ? 1 / 255 : 1;
  const of = async (source: Source): Promise<readonly Picture[]> => {
    const pictures: Picture[] = [];
    for await (const part of source.read())
      pictures.push(...picturesOf(part as { rows: number; data: ArrayLike<number> }, noisy, scale));
    return pictures;
  };
  const pictures = {
    noisy: await of(before),
    clean: await of(target),
    denoised: picturesOf(rows as { rows: number; data: ArrayLike<number> }, noisy, scale),
  };
  const range = noisy.kind === "images" ? 1 : rangeOf(pictures.clean);
  const comparison = compareDenoising(pictures.noisy, pictures.clean, pictures.denoised, range);
  return { comparison, pictures: { ...pictures, range } };
}

function requirePairs(noisy: Source, clean: Source): void {
  const grids = (source: Source): boolean =>
    source.kind === "images" || (source.kind === "array" && source.shape.length > 1);
  if (!grids(noisy)) {
    throw inputError("data.kind", {
      place: `${noisy.name}, --clean`,
      expected: "images, or arrays of height and width",
      got: noisy.kind,
      hint: "leave out --clean",
    });
  }
  const fits =
    clean.kind === noisy.kind &&
    clean.rows === noisy.rows &&
    sizeOf(clean).join() === sizeOf(noisy).join();
  if (fits) return;
  throw inputError("data.pairs", {
    place: clean.name,
    expected: `${noisy.rows.toLocaleString("en")} rows of ${sizeOf(noisy).join(" × ")}, each the clean side of the row of ${noisy.name} at its place`,
    got: `${clean.rows.toLocaleString("en")} rows of ${sizeOf(clean).join(" × ")} (${clean.kind})`,
  });
}

function sizeOf(source: Source): readonly number[] {
  if (source.kind === "images") return [source.height, source.width, source.channels];
  return source.kind === "array" ? source.shape : [];
}

function picturesOf(
  { rows, data }: { readonly rows: number; readonly data: ArrayLike<number> },
  source: Source,
  scale: number,
): readonly Picture[] {
  const [height = 1, width = 1, channels = 1] = sizeOf(source);
  const size = height * width * channels;
  return Array.from({ length: rows }, (_, row) => ({
    height,
    width,
    channels,
    data: Float64Array.from(
      { length: size },
      (_one, i) => scale * (data[row * size + i] as number),
    ),
  }));
}

function rangeOf(pictures: readonly Picture[]): number {
  let [low, high] = [Infinity, -Infinity];
  for (const { data } of pictures)
    for (const value of data) [low, high] = [Math.min(low, value), Math.max(high, value)];
  return high > low ? high - low : 1;
}
