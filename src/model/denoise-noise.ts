/**
 * What is done with a guess p at each pixel that was made without looking at its noisy value y, by
 * families that learned from noisy data alone. With noise of variance σ², independent from pixel to
 * pixel, and a guess that is off by τ² in the mean, E (y − p)² = σ² + τ², and the best mixture is
 *
 *   x̂ = p + λ (y − p),   λ = τ² / (σ² + τ²)   (Batson and Royer, "Noise2Self", 2019, section 4).
 *
 * Bytes end at 0 and 255: the noise of dark and light pixels is cut off, and their mean is not the clean
 * value x but m(x) = E min(1, max(0, x + σ n)). There the guess is brought back by x = m⁻¹(p) (Foi,
 * "Clipped noisy images", 2009, section 3), and not mixed.
 *
 * σ, where it is not given: from the differences of neighbours across both diagonals, the finest
 * wavelets, whose median size is 0.6745 σ (Donoho and Johnstone, "Ideal spatial adaptation by wavelet
 * shrinkage", 1994); where bytes are cut off, from the spread of y about p where p is half grey.
 */
import { erf } from "../base/erf.ts";
import type { Images, NumericArray } from "../data/source.ts";
import { networkFrom } from "./restore.ts";
import type { Inner } from "./runner.ts";
import type { Tile } from "./denoise-tiles.ts";
import { cut } from "./denoise-tiles.ts";
import type { Size } from "./denoise-grids.ts";
import type { DenoiseOptions } from "./types.ts";

type Numbers = Float32Array | Float64Array;

/** Noisy values and what is expected of them → clean values. */
export type Cleaning = (
  noisy: ArrayLike<number>,
  expected: ArrayLike<number>,
  to: Uint8Array | Float32Array | Float64Array,
) => void;

const SAMPLES = 64;
/** σ of half-cut noise over the spread that is left of it: √(2π / (π − 1)), rounded up. */
const CUT_FINEST = 1.75;
/** Of pixels, at an end of the range: more than that, and noise has been cut off. */
const CUT_OFF = 0.005;

export async function cleaningFor(
  inner: Inner,
  rows: Images | NumericArray,
  size: Size,
  tile: Tile,
  { noise, onNote }: DenoiseOptions,
  expect: (samples: Float64Array, count: number) => Promise<Numbers>,
): Promise<Cleaning> {
  const bytes = rows.kind === "images";
  const { family } = networkFrom(inner.file.info, inner.name);
  if (family.guess === undefined || noise === 0) return asExpected;
  const sample = sampled(rows, size, tile);
  const guess = await expect(sample.data, sample.count);
  const range = bytes ? 255 : 1;
  const off = meanSquare(sample.data, guess);
  if (bytes && shareAtEnds(sample.data) > CUT_OFF) {
    // A poor guess is no noise: cutting off takes no more than that from the finest differences.
    const most = (CUT_FINEST * finestSpread(sample, tile)) / 255;
    const sigma = noise ?? Math.min(most, spreadOfGrey(sample.data, guess));
    if (!(sigma > 0)) return asExpected;
    onNote?.(`noise of about ${sigma.toFixed(2)} of the range, cut off at black and white`);
    return unclipped(sigma);
  }
  const sigma = noise === undefined ? finestSpread(sample, tile) : noise * range;
  const trust = Math.max(0, 1 - sigma ** 2 / off);
  const unit = bytes ? `${(sigma / range).toFixed(3)} of the range` : sigma.toPrecision(3);
  onNote?.(`noise of about ${unit}: ${Math.round(100 * trust)} % of each value is kept`);
  return (noisy, expected, to) => {
    for (let i = 0; i < to.length; i += 1) {
      const p = expected[i] as number;
      to[i] = rounded(p + trust * ((noisy[i] as number) - p), bytes);
    }
  };
}

const asExpected: Cleaning = (_, expected, to) => {
  const bytes = to instanceof Uint8Array;
  for (let i = 0; i < to.length; i += 1) to[i] = rounded(expected[i] as number, bytes);
};

function rounded(value: number, bytes: boolean): number {
  return bytes ? Math.max(0, Math.min(255, Math.round(value))) : value;
}

/** Guesses at cut-off values → clean ones, by a table over all shades. */
function unclipped(sigma: number): Cleaning {
  const steps = 4 * 255;
  const table = Float64Array.from({ length: steps + 1 }, (_, i) => {
    let [low, high] = [0, 1];
    for (let step = 0; step < 30; step += 1) {
      const middle = (low + high) / 2;
      if (clippedMean(middle, sigma) < i / steps) low = middle;
      else high = middle;
    }
    return (255 * (low + high)) / 2;
  });
  return (_, expected, to) => {
    for (let i = 0; i < to.length; i += 1) {
      const at = Math.max(0, Math.min(steps, 4 * (expected[i] as number)));
      const below = Math.floor(at);
      const [a, b] = [table[below] as number, table[Math.min(steps, below + 1)] as number];
      to[i] = rounded(a + (b - a) * (at - below), true);
    }
  };
}

/** E min(1, max(0, x + σ n)). */
export function clippedMean(x: number, sigma: number): number {
  const [a, b] = [-x / sigma, (1 - x) / sigma];
  return x * (below(b) - below(a)) + sigma * (density(a) - density(b)) + 1 - below(b);
}

function below(z: number): number {
  return (1 + erf(z / Math.SQRT2)) / 2;
}

function density(z: number): number {
  return Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
}

function meanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += ((a[i] as number) - (b[i] as number)) ** 2;
  return sum / a.length;
}

function shareAtEnds(data: Float64Array): number {
  return data.reduce((n, value) => n + Number(value === 0 || value === 255), 0) / data.length;
}

/** σ whose cut-off noise about half grey spreads as the values do where half grey is expected. */
function spreadOfGrey(noisy: Float64Array, guess: Numbers): number {
  const off: number[] = [];
  for (let i = 0; i < noisy.length; i += 1) {
    const p = guess[i] as number;
    if (p > 85 && p < 170) off.push(((noisy[i] as number) - p) / 255);
  }
  if (off.length < 100) return 0;
  const spread = Math.sqrt(off.reduce((sum, one) => sum + one * one, 0) / off.length);
  let [low, high] = [1e-4, 2];
  for (let step = 0; step < 40; step += 1) {
    const middle = (low + high) / 2;
    if (clippedSpread(middle) < spread) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Standard deviation of min(1, max(0, ½ + σ n)). */
function clippedSpread(sigma: number): number {
  const b = 0.5 / sigma;
  const inside = 2 * below(b) - 1;
  return Math.sqrt(sigma * sigma * (inside - 2 * b * density(b)) + 0.25 * (1 - inside));
}

/** σ from the finest diagonal wavelets. */
export function finestSpread(
  { data, count }: { readonly data: Float64Array; readonly count: number },
  { height, width, channels }: Tile,
): number {
  const details: number[] = [];
  for (let row = 0; row < count; row += 1) {
    const at = (y: number, x: number, c: number): number =>
      data[((row * height + y) * width + x) * channels + c] as number;
    for (let y = 0; y + 1 < height; y += 2)
      for (let x = 0; x + 1 < width; x += 2)
        for (let c = 0; c < channels; c += 1)
          details.push(
            Math.abs(at(y, x, c) - at(y, x + 1, c) - at(y + 1, x, c) + at(y + 1, x + 1, c)) / 2,
          );
  }
  details.sort((a, b) => a - b);
  return (details[Math.floor(details.length / 2)] ?? 0) / 0.6745;
}

/** Some tiles from all over the rows. */
function sampled(rows: Images | NumericArray, size: Size, tile: Tile) {
  const numbers = tile.height * tile.width * tile.channels;
  const whole = size.height * size.width * size.channels;
  const data = new Float64Array(SAMPLES * numbers);
  for (let i = 0; i < SAMPLES; i += 1) {
    const row = Math.floor((i * rows.rows) / SAMPLES);
    const grid = { ...size, data: rows.data.subarray(row * whole, (row + 1) * whole) };
    // Golden steps: places of a picture that never line up.
    const spot = (room: number, step: number): number =>
      Math.floor(Math.max(0, room + 1) * ((i * step) % 1));
    const top = spot(size.height - tile.height, 0.618034);
    const left = spot(size.width - tile.width, 0.754878);
    cut(grid, tile, top, left, data.subarray(i * numbers, (i + 1) * numbers));
  }
  return { data, count: SAMPLES };
}
