/** Images damaged as the denoising family damages them, from fixed draws. */
import { imagesFrom } from "../../../dist/index.js";
import { keyAt } from "../../../dist/random/bits.js";
import { normals, uniforms } from "../../../dist/random/numbers.js";

const damages = {
  masking: (share, count, seed) => {
    const draws = uniforms(keyAt(seed, 0), count);
    return (value, at) => (draws[at] < share ? 0 : value);
  },
  gaussian: (deviation, count, seed) => {
    const draws = normals(keyAt(seed, 1), 1, count);
    return (value, at) => value + 255 * deviation * draws[at];
  },
  "salt-and-pepper": (share, count, seed) => {
    const draws = uniforms(keyAt(seed, 2), count);
    return (value, at) => (draws[at] < share / 2 ? 0 : draws[at] < share ? 255 : value);
  },
};

/**
 * @param level share of the pixels hit; for `gaussian` a deviation, with pixels from 0 to 1
 * @returns `images`, and the `source` that models take
 */
export function damaged({ images }, corruption, { level, seed }) {
  const damage = damages[corruption](level, images.data.length, seed);
  // Rounded and kept within black and white, as every image is.
  const data = Uint8ClampedArray.from(images.data, damage);
  const noisy = { ...images, data: new Uint8Array(data.buffer) };
  return { images: noisy, source: imagesFrom(noisy.data, { ...noisy, name: corruption }) };
}
