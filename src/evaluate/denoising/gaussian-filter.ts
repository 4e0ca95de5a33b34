/**
 * Gaussian filter: each pixel the mean of those about it, weighted by exp(−r² / 2σ²) up to r = 4σ;
 * beyond the borders the picture is mirrored.
 */
import type { Control, Picture } from "./picture.ts";
import { bell, joinPlanes, mirrored, planesOf, smoothed } from "./picture.ts";

const SIGMAS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 3];

/** @param sigma in pixels */
export function gaussianFilter(picture: Picture, sigma: number): Picture {
  const half = bell(sigma, Math.floor(4 * sigma + 0.5));
  return joinPlanes(
    picture,
    planesOf(picture).map((plane) => smoothed(plane, picture, half, mirrored)),
  );
}

export const gaussian: Control = {
  name: "Gaussian filter",
  prepare: () =>
    SIGMAS.map((sigma) => ({
      words: `σ = ${sigma} pixels`,
      filter: (picture) => gaussianFilter(picture, sigma),
    })),
};
