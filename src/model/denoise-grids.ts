/** Pictures and arrays with axes of any size, a tile at a time. */
import { inputError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { ArraySource, Images, ImageSource, NumericArray, Source } from "../data/source.ts";
import { chunkRows } from "./chunks.ts";
import type { Cleaning } from "./denoise-noise.ts";
import { cleaningFor } from "./denoise-noise.ts";
import type { Grid, Tile } from "./denoise-tiles.ts";
import { tiled } from "./denoise-tiles.ts";
import type { Inner } from "./runner.ts";
import { labelsOf } from "./labels.ts";
import type { DenoiseOptions } from "./types.ts";

type Numbers = Float32Array | Float64Array;
type Run = (feeds: Readonly<Record<string, Tensor>>) => Promise<Numbers>;

export async function* denoisedGrids(
  inner: Inner,
  source: Source,
  options: DenoiseOptions,
  run: Run,
): AsyncGenerator<Images | NumericArray> {
  const { signal, onProgress } = options;
  const { preprocessing, file } = inner;
  const given = requireGrids(source, preprocessing.kind);
  const [height, width, channels] = sampleShape(inner);
  const tile: Tile = { height, width, channels };
  const size = sizeOf(given);
  requireChannels(size, tile, source.name);
  const same = size.height === height && size.width === width;
  const labels = await labelsOf(source, file.info);
  if (labels !== undefined && !same) throw noTiles(file.info.family.name, source.name);
  const numbers = height * width * channels;
  const most = chunkRows(numbers);

  async function expect(samples: ArrayLike<number>, count: number, first = 0): Promise<Numbers> {
    const rows = rowsFrom(given.kind, samples, count, inner);
    const feeds = preprocessing.feeds(rows, source.name, first);
    return run({ ...feeds, ...labels?.(first, count) });
  }

  const rowNumbers = size.height * size.width * size.channels;
  const chunk = Math.max(
    1,
    Math.min(options.chunk ?? most, Math.floor((most * numbers) / rowNumbers)),
  );
  let cleaning: Cleaning | undefined;
  let first = 0;
  for await (const rows of given.read({ chunk, ...(signal ? { signal } : {}) })) {
    signal?.throwIfAborted();
    // What is known of the noise comes from the first rows, and holds for all.
    cleaning ??= await cleaningFor(inner, rows, size, tile, options, (some, n) =>
      expect(some, n, 0),
    );
    const made = emptyLike(rows);
    for (let row = 0; row < rows.rows; row += same ? rows.rows : 1) {
      const count = same ? rows.rows : 1;
      const from = rows.data.subarray(row * rowNumbers, (row + count) * rowNumbers);
      const to = made.data.subarray(row * rowNumbers, (row + count) * rowNumbers);
      if (same) cleaning(from, await expect(from, count, first), to);
      else await tiled({ ...size, data: from }, tile, { most, expect, cleaning, to, signal });
    }
    first += rows.rows;
    onProgress?.({ rows: first, of: source.rows });
    yield made;
  }
}

function requireGrids(source: Source, kind: string): ImageSource | ArraySource {
  if ((source.kind === "images" || source.kind === "array") && source.kind === kind) return source;
  throw inputError("data.kind", {
    place: source.name,
    expected: kind === "images" ? "images, as in training" : "an array, as in training",
    got: source.kind === "table" ? "a table" : source.kind,
  });
}

/** `[height, width, channels]` of what the network takes. */
export function sampleShape({ preprocessing }: Inner): readonly [number, number, number] {
  const [height, width, channels = 1] = preprocessing.layout.shape as [number, number, number?];
  return [height, width, channels];
}

export type Size = Omit<Grid, "data">;

function sizeOf(source: ImageSource | ArraySource): Size {
  if (source.kind === "images") {
    const { height, width, channels } = source;
    return { height, width, channels };
  }
  const [height = 1, width = 1, channels = 1] = source.shape;
  return { height, width, channels };
}

function requireChannels({ channels }: Size, tile: Tile, place: string): void {
  if (channels === tile.channels) return;
  const word = (count: number): string => `${count} channel${count === 1 ? "" : "s"}`;
  throw inputError("data.size", {
    place,
    expected: `${word(tile.channels)}, as in training; height and width may be any`,
    got: word(channels),
    hint: `read them with --image-channels ${tile.channels}`,
  });
}

function noTiles(family: string, place: string) {
  return inputError("data.size", {
    place,
    expected: `images of the model's own size, as a ${family} autoencoder needs labels of whole images`,
    got: "another size",
    hint: "take a model of a family without labels, such as denoising",
  });
}

function rowsFrom(
  kind: "images" | "array",
  samples: ArrayLike<number>,
  count: number,
  { preprocessing }: Inner,
): Images | NumericArray {
  const { schema } = preprocessing;
  if (kind === "images" && schema.kind === "images") {
    const { height, width, channels } = schema;
    const data = samples instanceof Uint8Array ? samples : Uint8Array.from(samples);
    return { kind: "images", rows: count, height, width, channels, data };
  }
  const shape = schema.kind === "array" ? schema.shape : [];
  const data =
    samples instanceof Float32Array || samples instanceof Float64Array
      ? samples
      : Float64Array.from(samples);
  return { kind: "array", rows: count, shape, data };
}

function emptyLike(rows: Images | NumericArray): Images | NumericArray {
  if (rows.kind === "images") return { ...rows, data: new Uint8Array(rows.data.length) };
  return { ...rows, data: new Float32Array(rows.data.length) };
}
