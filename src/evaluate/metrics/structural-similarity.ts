/**
 * Structural similarity of pictures: with means, variances and covariance of x and y in a
 * Gaussian window (11 × 11, σ = 1.5) about each place where the window fits,
 *
 *   SSIM = (2 μx μy + C1)(2 σxy + C2) / ((μx² + μy² + C1)(σx² + σy² + C2)),
 *
 * C1 = 0.01², C2 = 0.03², averaged over places, channels and pictures. Sides shorter than 11 get
 * the longest odd window that fits.
 *
 * @see Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to
 *   structural similarity" (2004), equation 13
 */
import { tensor } from "../../base/tensor.ts";
import type { Value } from "../../graph/value.ts";
import { constant } from "../../graph/value.ts";
import { add, div, matMul, mean, mul, reshape, square, sub, transpose } from "../../ops/index.ts";
import type { MetricGroup } from "./metric.ts";
import { meanOf } from "./metric.ts";
import { total } from "./total.ts";

const RADIUS = 5;
const SIGMA = 1.5;
const C1 = 0.01 ** 2;
const C2 = 0.03 ** 2;

export const structuralSimilarity: MetricGroup = {
  title: "Reconstruction",
  metrics: {
    ssim: {
      label: "Structural similarity",
      unit: "",
      better: "higher",
      compare: "difference",
      help: "1 = the same picture, by its edges and textures",
    },
  },
  measure: ({ layout, batch, shown }) => {
    if (!layout.bounded || layout.shape.length !== 3) return {};
    const size = layout.shape as readonly [number, number, number];
    return { ssim: total(ssim((batch.target ?? batch).x, shown, size)) };
  },
  figures: (totals) => {
    const [, , channels = 1] = totals.layout.shape;
    const sum = meanOf(totals, "ssim");
    return sum === undefined ? {} : { ssim: sum / channels };
  },
};

/** @returns `[batch · channels]` */
export function ssim(
  x: Value,
  y: Value,
  [height, width, channels]: readonly [number, number, number],
): Value {
  const [down, across] = [window(height), window(width)];
  const planes = (image: Value): Value =>
    reshape(channels === 1 ? image : transpose(image, [0, 3, 1, 2]), [-1, height, width]);
  const blur = (image: Value): Value =>
    matMul(
      constant(tensor("float32", down.weights, [down.places, height])),
      matMul(
        image,
        transpose(constant(tensor("float32", across.weights, [across.places, width])), [1, 0]),
      ),
    );
  const [a, b] = [planes(x), planes(y)];
  const [muA, muB] = [blur(a), blur(b)];
  const varianceA = sub(blur(square(a)), square(muA));
  const varianceB = sub(blur(square(b)), square(muB));
  const covariance = sub(blur(mul(a, b)), mul(muA, muB));
  const map = div(
    mul(add(mul(mul(muA, muB), 2), C1), add(mul(covariance, 2), C2)),
    mul(add(add(square(muA), square(muB)), C1), add(add(varianceA, varianceB), C2)),
  );
  return mean(map, { axes: [1, 2] });
}

/** The window along one axis as a matrix `[places, size]`: a row for each place where it fits. */
function window(size: number): { readonly weights: Float32Array; readonly places: number } {
  const radius = Math.min(RADIUS, (size - 1) >> 1);
  const bell = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * SIGMA ** 2)),
  );
  const sum = bell.reduce((a, b) => a + b, 0);
  const places = size - 2 * radius;
  const weights = new Float32Array(places * size);
  for (let place = 0; place < places; place += 1) {
    for (const [i, weight] of bell.entries()) weights[place * size + place + i] = weight / sum;
  }
  return { weights, places };
}
