/** Pictures of what the dimensions of a code change in images. */
import type { ImageSheet } from "./report-data.ts";

const BRIGHTER = [226, 104, 0] as const;
const DARKER = [24, 124, 214] as const;

/**
 * Mean changes as pictures of their own: clear where nothing changes, orange where it gets brighter,
 * blue where darker; full colour is the largest change of that picture.
 *
 * @param changes `[count, height, width, channels]`
 */
export function changeSheet(
  changes: Float32Array,
  { height, width, channels }: Pick<ImageSheet, "height" | "width" | "channels">,
): ImageSheet {
  const pixels = height * width;
  const count = changes.length / (pixels * channels);
  // An alpha channel is no brightness.
  const colours = channels === 4 ? 3 : channels;
  const data = new Uint8Array(count * pixels * 4);
  for (let image = 0; image < count; image += 1) {
    const means = Float32Array.from({ length: pixels }, (_, pixel) => {
      let sum = 0;
      for (let c = 0; c < colours; c += 1)
        sum += changes[(image * pixels + pixel) * channels + c] as number;
      return sum / colours;
    });
    const largest = means.reduce((most, mean) => Math.max(most, Math.abs(mean)), 0);
    for (const [pixel, mean] of means.entries()) {
      const at = (image * pixels + pixel) * 4;
      data.set(mean > 0 ? BRIGHTER : DARKER, at);
      data[at + 3] = largest === 0 ? 0 : Math.round((255 * Math.abs(mean)) / largest);
    }
  }
  return { kind: "images", count, height, width, channels: 4, data };
}

/**
 * Three pictures a dimension, in the order given: the low end, the high end, the change on white.
 *
 * @param ends two images a dimension
 * @param changes one a dimension, `[latent, height, width, channels]`
 */
export function dimensionSheet(
  ends: ImageSheet,
  changes: Float32Array,
  order: readonly number[],
): ImageSheet {
  const { height, width } = ends;
  const pixels = height * width;
  const changed = changeSheet(changes, ends);
  const data = new Uint8Array(order.length * 3 * pixels * 3);
  const put = (image: number, colourAt: (pixel: number) => readonly number[]): void => {
    for (let pixel = 0; pixel < pixels; pixel += 1)
      data.set(colourAt(pixel), (image * pixels + pixel) * 3);
  };
  for (const [line, dimension] of order.entries()) {
    for (const end of [0, 1])
      put(3 * line + end, (pixel) => plain(ends, 2 * dimension + end, pixel));
    put(3 * line + 2, (pixel) => {
      const at = (dimension * pixels + pixel) * 4;
      const alpha = (changed.data[at + 3] as number) / 255;
      return [0, 1, 2].map((c) =>
        Math.round(255 + alpha * ((changed.data[at + c] as number) - 255)),
      );
    });
  }
  return { kind: "images", count: 3 * order.length, height, width, channels: 3, data };
}

/** Grey, or the colour, of a pixel. */
function plain({ height, width, channels, data }: ImageSheet, image: number, pixel: number) {
  const at = (image * height * width + pixel) * channels;
  return [0, 1, 2].map((c) => data[at + (channels >= 3 ? c : 0)] as number);
}
