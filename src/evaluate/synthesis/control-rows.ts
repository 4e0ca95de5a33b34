/** The controls' rows: pictures and other rows of numbers, as the data have them. */
import type { Matrix } from "../../base/tensor.ts";
import type { Images, NumericArray, SeriesWindows } from "../../data/source.ts";
import { rangeLimited, rowMatrix, takeMatrix } from "./row-matrix.ts";
import { fitGaussianPca } from "./gaussian-pca.ts";
import type { SampleControl } from "./judgement.ts";
import { drawPixels, fitPixelMixture } from "./pixel-mixture.ts";
import type { Engine } from "../../runtime/engine.ts";
import { atSite, keyAt } from "../../random/bits.ts";
import { uniforms } from "../../random/numbers.ts";

export type NumberRows = Images | NumericArray | SeriesWindows;

const BOOTSTRAP_SITE = 0xb007;
/** Rows that the controls of pictures learn from: 64 MB of numbers at most. */
const MOST_NUMBERS = 2 ** 24;

/** Rows drawn with repetition. */
export function bootstrapRows(train: number, count: number, seed: number): Int32Array {
  const draws = uniforms(atSite(keyAt(seed, 0), BOOTSTRAP_SITE), count);
  return Int32Array.from(draws, (u) => Math.min(train - 1, Math.floor(u * train)));
}

/** @param train in random order */
export async function pictureControls(
  engine: Engine,
  train: NumberRows,
  count: number,
  seed: number,
): Promise<ReadonlyMap<SampleControl, NumberRows>> {
  const whole = rowMatrix(train);
  const most = Math.max(2, Math.min(whole.rows, Math.floor(MOST_NUMBERS / whole.columns)));
  const learned = withoutGaps(
    takeMatrix(
      whole,
      Int32Array.from({ length: most }, (_, row) => row),
    ),
  );
  const gaussian = await fitGaussianPca(engine, learned);
  const mixture = fitPixelMixture(learned, seed);
  const limit = rangeLimited(learned);
  return new Map<SampleControl, NumberRows>([
    ["pcaGaussian", rowsLike(train, limit(gaussian.draw(count, seed)))],
    ["pixelMixture", rowsLike(train, limit(drawPixels(mixture, count, seed)))],
    ["bootstrap", rowsLike(train, takeMatrix(whole, bootstrapRows(whole.rows, count, seed)))],
  ]);
}

/** Missing numbers at the mean of their column. */
function withoutGaps(matrix: Matrix): Matrix {
  const { data, columns } = matrix;
  if (!data.some(Number.isNaN)) return matrix;
  const [sums, counts] = [new Float64Array(columns), new Float64Array(columns)];
  for (const [at, x] of data.entries()) {
    if (Number.isNaN(x)) continue;
    sums[at % columns] = (sums[at % columns] as number) + x;
    counts[at % columns] = (counts[at % columns] as number) + 1;
  }
  return {
    ...matrix,
    data: data.map((x, at) =>
      Number.isNaN(x)
        ? (sums[at % columns] as number) / Math.max(1, counts[at % columns] as number)
        : x,
    ),
  };
}

/** The opposite of `rowMatrix`. */
function rowsLike(like: NumberRows, { data, rows, columns }: Matrix): NumberRows {
  if (like.kind === "images")
    return { ...like, rows, data: Uint8Array.from(data, (x) => Math.round(x * 255)) };
  if (like.kind === "array") return { ...like, rows, data };
  const { points: _, ...rest } = like;
  return {
    ...rest,
    rows,
    values: Float64Array.from(data),
    starts: Int32Array.from(
      { length: rows },
      (_unused, row) => (row * columns) / like.channels.length,
    ),
  };
}
