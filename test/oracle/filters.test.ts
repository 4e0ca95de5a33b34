/** Filters, likeness and cut-off noise against scikit-image and SciPy (filters.py). */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { erf } from "../../src/base/erf.ts";
import { gaussianFilter } from "../../src/evaluate/denoising/gaussian-filter.ts";
import {
  peakSignalToNoise,
  squaredErrorOf,
  structuralSimilarityOf,
} from "../../src/evaluate/denoising/likeness.ts";
import { medianFilter } from "../../src/evaluate/denoising/median-filter.ts";
import { nonLocalMeans } from "../../src/evaluate/denoising/non-local-means.ts";
import type { Picture } from "../../src/evaluate/denoising/picture.ts";
import { clippedMean } from "../../src/model/denoise-noise.ts";

type Numbers = readonly number[];

interface Recording {
  readonly noise: number;
  readonly pictures: readonly {
    readonly shape: readonly [number, number, number];
    readonly clean: Numbers;
    readonly noisy: Numbers;
    readonly gaussian: Readonly<Record<string, Numbers>>;
    readonly median: Readonly<Record<string, Numbers>>;
    readonly means: Readonly<Record<string, Numbers>>;
    readonly meansByDefinition: Readonly<Record<string, Numbers>>;
    readonly psnr: number;
    readonly ssim: number;
  }[];
  readonly erf: readonly (readonly [number, number])[];
  readonly clipped: readonly (readonly [number, number, number])[];
}

const recording = JSON.parse(
  readFileSync(new URL("recorded/filters.json", import.meta.url), "utf8"),
) as Recording;

function furthest({ data }: Picture, expected: Numbers): number {
  expect(data.length).toBe(expected.length);
  return data.reduce((most, value, i) => Math.max(most, Math.abs(value - (expected[i] ?? NaN))), 0);
}

describe.each(recording.pictures)("a picture of $shape", (recorded) => {
  const [height, width, channels] = recorded.shape;
  const picture = (data: Numbers): Picture => ({
    height,
    width,
    channels,
    data: Float64Array.from(data),
  });
  const [clean, noisy] = [picture(recorded.clean), picture(recorded.noisy)];

  test.each(Object.entries(recorded.gaussian))("Gaussian filter, σ = %s", (sigma, expected) => {
    expect(furthest(gaussianFilter(noisy, Number(sigma)), expected)).toBeLessThan(1e-12);
  });

  test.each(Object.entries(recorded.median))("median filter, side %s", (side, expected) => {
    expect(furthest(medianFilter(noisy, Number(side)), expected)).toBe(0);
  });

  test.each(Object.entries(recorded.means))("non-local means, patch and h %s", (key, expected) => {
    const [patch, strength] = key.split(",").map(Number) as [number, number];
    const made = nonLocalMeans(noisy, { patch, reach: 4, strength, noise: recording.noise });
    expect(furthest(made, recorded.meansByDefinition[key] ?? [])).toBeLessThan(1e-12);
    // Its exponentials are quick ones, good to some per cent.
    expect(furthest(made, expected)).toBeLessThan(0.01);
  });

  test("PSNR and SSIM", () => {
    expect(peakSignalToNoise(squaredErrorOf(clean, noisy))).toBeCloseTo(recorded.psnr, 10);
    expect(structuralSimilarityOf(clean, noisy)).toBeCloseTo(recorded.ssim, 10);
  });
});

test.each(recording.erf)("erf %f", (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThan(2e-7);
});

test.each(recording.clipped)(
  "the mean of %f with noise of %f, cut to 0 and 1",
  (x, sigma, mean) => {
    expect(clippedMean(x, sigma)).toBeCloseTo(mean, 6);
  },
);
