/**
 * A picture of any size through a network of one size: tiles at every half of their length, over the
 * picture continued by reflection, and at each pixel the mean of the tiles there, weighted by
 *
 *   w(y, x) = h(y) h(x),   h(i) = sin²(π (i + ½) / length)   (Hann),
 *
 * which falls to nothing at the seams. A strip of a tile's height is held at a time.
 */
import type { Cleaning } from "./denoise-noise.ts";

export interface Grid {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `[height, width, channels]` */
  readonly data: ArrayLike<number>;
}

export type Tile = Omit<Grid, "data">;

type Numbers = Float32Array | Float64Array;

interface Tiling {
  /** Tiles that go through the network together. */
  readonly most: number;
  readonly expect: (samples: Float64Array, count: number) => Promise<Numbers>;
  readonly cleaning: Cleaning;
  readonly to: Uint8Array | Float32Array | Float64Array;
  readonly signal?: AbortSignal | undefined;
}

export async function tiled(
  grid: Grid,
  tile: Tile,
  { most, expect, cleaning, to, signal }: Tiling,
): Promise<void> {
  const { width, channels } = grid;
  const down = tilesAlong(grid.height, tile.height);
  const across = tilesAlong(width, tile.width);
  const line = width * channels;
  const numbers = tile.height * tile.width * channels;
  // Rows from `top` on, of which those above the next tiles are done.
  let strip = new Float64Array(tile.height * line);
  let [top, done] = [down.starts[0] as number, 0];

  const finish = (until: number): void => {
    const end = Math.min(grid.height, until);
    if (end <= done) return;
    const means = strip.subarray((done - top) * line, (end - top) * line);
    for (let row = done; row < end; row += 1)
      for (let at = 0; at < line; at += 1)
        means[(row - done) * line + at] =
          (means[(row - done) * line + at] as number) /
          ((down.sums[row] as number) * (across.sums[Math.floor(at / channels)] as number));
    const noisy = slicedFrom(grid.data, done * line, end * line);
    cleaning(noisy, means, to.subarray(done * line, end * line));
    done = end;
  };

  for (const start of down.starts) {
    finish(start);
    if (start > top) {
      const moved = new Float64Array(strip.length);
      moved.set(strip.subarray(Math.min(strip.length, (start - top) * line)));
      [strip, top] = [moved, start];
    }
    for (let from = 0; from < across.starts.length; from += most) {
      signal?.throwIfAborted();
      const some = across.starts.slice(from, from + most);
      const samples = new Float64Array(some.length * numbers);
      for (const [i, left] of some.entries())
        cut(grid, tile, start, left, samples.subarray(i * numbers, (i + 1) * numbers));
      const made = await expect(samples, some.length);
      for (const [i, left] of some.entries()) {
        for (let y = 0; y < tile.height; y += 1) {
          const row = start + y;
          if (row < 0 || row >= grid.height) continue;
          for (let x = 0; x < tile.width; x += 1) {
            const column = left + x;
            if (column < 0 || column >= width) continue;
            const weight = (down.bell[y] as number) * (across.bell[x] as number);
            for (let c = 0; c < channels; c += 1) {
              const place = y * line + column * channels + c;
              strip[place] =
                (strip[place] as number) +
                weight * (made[i * numbers + (y * tile.width + x) * channels + c] as number);
            }
          }
        }
      }
    }
  }
  finish(grid.height);
}

export interface Along {
  /** First place of each tile; the first ones begin before the picture, the last ones end behind it. */
  readonly starts: readonly number[];
  readonly bell: Float64Array;
  /** Of the weights at each place of the picture. */
  readonly sums: Float64Array;
}

/** Tiles along one side: each place lies in two of them, away from the ends of at least one. */
export function tilesAlong(length: number, tile: number): Along {
  const stride = Math.max(1, Math.floor(tile / 2));
  const margin = tile - stride;
  const bell = Float64Array.from(
    { length: tile },
    (_, i) => Math.sin((Math.PI * (i + 0.5)) / tile) ** 2,
  );
  const starts: number[] = [];
  for (let start = -margin; start < length; start += stride) starts.push(start);
  const sums = new Float64Array(length);
  for (const start of starts)
    for (const [i, weight] of bell.entries())
      if (start + i >= 0 && start + i < length)
        sums[start + i] = (sums[start + i] as number) + weight;
  return { starts, bell, sums };
}

/** A place beyond the ends, mirrored in the outermost pixel: … 2 1 0 1 2 …. */
export function reflected(at: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((at % period) + period) % period;
  return place < length ? place : period - place;
}

/** A tile, with the picture reflected where it reaches beyond. */
export function cut(grid: Grid, tile: Tile, top: number, left: number, to: Float64Array): void {
  const { channels } = grid;
  let at = 0;
  for (let y = 0; y < tile.height; y += 1) {
    const row = reflected(top + y, grid.height) * grid.width;
    for (let x = 0; x < tile.width; x += 1) {
      const from = (row + reflected(left + x, grid.width)) * channels;
      for (let c = 0; c < channels; c += 1) to[at++] = grid.data[from + c] as number;
    }
  }
}

function slicedFrom(data: ArrayLike<number>, from: number, to: number): ArrayLike<number> {
  return ArrayBuffer.isView(data)
    ? (data as unknown as Float64Array).subarray(from, to)
    : Array.from({ length: to - from }, (_, i) => data[from + i] as number);
}
