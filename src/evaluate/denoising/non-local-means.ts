/**
 * Non-local means: each pixel the mean of those in a window about it, weighted by how alike the patches
 * about the two are,
 *
 *   w(p, q) = exp(−max(0, d²(p, q) − 2σ²) / h²),
 *
 * with d² the mean squared difference of the patches over channels and pixels, those weighted by a
 * Gaussian of a quarter of the patch. Beyond the borders the picture is reflected; weights below e⁻⁵ are
 * none.
 *
 * @see Buades, Coll and Morel, "A non-local algorithm for image denoising" (2005), equations 1 and 2
 */
import type { Control, Picture } from "./picture.ts";
import { bell, reflected } from "./picture.ts";

export interface NonLocalOptions {
  /** Side of a patch, odd. */
  readonly patch: number;
  /** How far away pixels are looked at, down and across. */
  readonly reach: number;
  /** h: how fast weights fall. */
  readonly strength: number;
  /** σ of the noise. */
  readonly noise: number;
}

const LEAST = 5;

export function nonLocalMeans(
  picture: Picture,
  { patch, reach, strength, noise }: NonLocalOptions,
): Picture {
  const { height, width, channels, data } = picture;
  const radius = (patch - 1) / 2;
  const half = bell((patch - 1) / 4, radius);
  const [tall, wide] = [height + 2 * radius, width + 2 * radius];
  const padded = new Float64Array(tall * wide * channels);
  for (let y = 0; y < tall; y += 1)
    for (let x = 0; x < wide; x += 1) {
      const from =
        (reflected(y - radius, height) * width + reflected(x - radius, width)) * channels;
      for (let c = 0; c < channels; c += 1)
        padded[(y * wide + x) * channels + c] = data[from + c] as number;
    }
  const sums = new Float64Array(data.length);
  const weights = new Float64Array(height * width);
  const gaps = new Float64Array(tall * wide);
  const rows = new Float64Array(tall * wide);
  const scale = 1 / (strength * strength);
  for (let down = -reach; down <= reach; down += 1)
    for (let right = -reach; right <= reach; right += 1) {
      const [top, bottom] = [Math.max(0, -down), Math.min(height, height - down)];
      const [left, end] = [Math.max(0, -right), Math.min(width, width - right)];
      if (top >= bottom || left >= end) continue;
      // Squared differences of the picture and itself, moved, where both are; then their means.
      for (let y = top; y < bottom + 2 * radius; y += 1)
        for (let x = left; x < end + 2 * radius; x += 1) {
          const [here, there] = [y * wide + x, (y + down) * wide + x + right];
          let sum = 0;
          for (let c = 0; c < channels; c += 1)
            sum +=
              ((padded[here * channels + c] as number) -
                (padded[there * channels + c] as number)) **
              2;
          gaps[here] = sum / channels;
        }
      for (let y = top; y < bottom + 2 * radius; y += 1)
        for (let x = left; x < end; x += 1) {
          const at = y * wide + x + radius;
          let sum = (half[0] as number) * (gaps[at] as number);
          for (let r = 1; r <= radius; r += 1)
            sum += (half[r] as number) * ((gaps[at - r] as number) + (gaps[at + r] as number));
          rows[at] = sum;
        }
      for (let y = top; y < bottom; y += 1)
        for (let x = left; x < end; x += 1) {
          const at = (y + radius) * wide + x + radius;
          let sum = (half[0] as number) * (rows[at] as number);
          for (let r = 1; r <= radius; r += 1)
            sum +=
              (half[r] as number) *
              ((rows[at - r * wide] as number) + (rows[at + r * wide] as number));
          const apart = Math.max(0, sum - 2 * noise * noise) * scale;
          if (apart > LEAST) continue;
          const weight = Math.exp(-apart);
          const here = y * width + x;
          weights[here] = (weights[here] as number) + weight;
          const there = ((y + down) * width + x + right) * channels;
          for (let c = 0; c < channels; c += 1)
            sums[here * channels + c] =
              (sums[here * channels + c] as number) + weight * (data[there + c] as number);
        }
    }
  return {
    ...picture,
    data: sums.map((sum, i) => sum / (weights[Math.floor(i / channels)] as number)),
  };
}

export const nonLocal: Control = {
  name: "non-local means",
  prepare: (_, noise) =>
    [3, 5, 7].flatMap((patch) =>
      [0.4, 0.55, 0.7, 0.85, 1].map((share) => ({
        words: `patches of ${patch} × ${patch}, h = ${share} σ`,
        filter: (picture: Picture) =>
          nonLocalMeans(picture, { patch, reach: 9, strength: share * noise || 1e-6, noise }),
      })),
    ),
};
