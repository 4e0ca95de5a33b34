/**
 * How like two pictures are: the peak signal-to-noise ratio −10 log₁₀ (mean squared error / range²), in
 * dB, and structural similarity as in metrics/structural-similarity.ts, for pictures of any size.
 *
 * @see Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment" (2004), equation 13
 */
import type { Picture } from "./picture.ts";
import { bell, planesOf, reflected, smoothed } from "./picture.ts";

/** Of a copy without error: two float32 pictures are hardly ever nearer. */
const PERFECT = 150;
const RADIUS = 5;
const SIGMA = 1.5;

export function peakSignalToNoise(squaredError: number, range = 1): number {
  return squaredError > 0
    ? Math.min(PERFECT, -10 * Math.log10(squaredError / range ** 2))
    : PERFECT;
}

export function squaredErrorOf(a: Picture, b: Picture): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i += 1)
    sum += ((a.data[i] as number) - (b.data[i] as number)) ** 2;
  return sum / a.data.length;
}

/** Means over the channels and the places where the whole window fits. */
export function structuralSimilarityOf(a: Picture, b: Picture, range = 1): number {
  const { height, width } = a;
  const radius = Math.min(RADIUS, (Math.min(height, width) - 1) >> 1);
  const half = bell(SIGMA, radius);
  const blur = (plane: Float64Array): Float64Array => smoothed(plane, a, half, reflected);
  const [c1, c2] = [(0.01 * range) ** 2, (0.03 * range) ** 2];
  const [first, second] = [planesOf(a), planesOf(b)];
  const means = first.map((x, channel) => {
    const y = second[channel] as Float64Array;
    const [muX, muY] = [blur(x), blur(y)];
    const xx = blur(x.map((value) => value * value));
    const yy = blur(y.map((value) => value * value));
    const xy = blur(x.map((value, i) => value * (y[i] as number)));
    let sum = 0;
    for (let row = radius; row < height - radius; row += 1)
      for (let column = radius; column < width - radius; column += 1) {
        const at = row * width + column;
        const [p, q] = [muX[at] as number, muY[at] as number];
        const varX = (xx[at] as number) - p * p;
        const varY = (yy[at] as number) - q * q;
        const both = (xy[at] as number) - p * q;
        sum += ((2 * p * q + c1) * (2 * both + c2)) / ((p * p + q * q + c1) * (varX + varY + c2));
      }
    return sum / ((height - 2 * radius) * (width - 2 * radius));
  });
  return means.reduce((sum, mean) => sum + mean, 0) / means.length;
}
